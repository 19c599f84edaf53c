# The short door to meson.  Everything lands in build/.
#
#   make            build                       make check    format, floors, manuals, sizes…
#   make run        build, start an agent       make fuzz     libFuzzer, 60 s a target
#   make test       build, run the tests        make torture  the long random tests
#   make bench      figures, with peers         make install  as usual: PREFIX, DESTDIR
#   make test-agents  real agents against a scripted model server

B       ?= build
PREFIX  ?= /usr/local
SECONDS_A_TARGET ?= 60

all: $(B)/build.ninja
	@ninja -C $(B) --quiet

$(B)/build.ninja:
	@tools/bootstrap build
	@meson setup $(B) --prefix=$(PREFIX) -Dtests=false -Dbench=false >/dev/null

run: all
	@tools/run $(B)

# The tests use their own build directory: a developer's programs stay as they are.
$(B)/test/build.ninja:
	@tools/bootstrap test
	@mkdir -p $(B)
	@meson setup $(B)/test >/dev/null

test: $(B)/test/build.ninja
	@tools/bootstrap test
	@tools/run-tests $(B)/test

test-agents: $(B)/test/build.ninja
	@tools/bootstrap test
	@tools/run-tests $(B)/test --suite agents

bench: $(B)/test/build.ninja
	@tools/bootstrap test
	@tools/run-bench $(B)/test $(BENCH)

check:
	@tools/bootstrap check
	@tools/check

fuzz:
	@tools/bootstrap check
	@tools/run-fuzz $(SECONDS_A_TARGET)

torture: $(B)/test/build.ninja
	@tools/bootstrap check
	@tools/run-torture $(B)/test

install: all
	@meson install -C $(B)

clean:
	@rm -rf $(B)

.PHONY: all run test test-agents bench check fuzz torture install clean
