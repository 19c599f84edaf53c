/* Ways to fail a start, and the way through a user manager. */
#include "host_test.h"

#include <sys/stat.h>

static char sh[] = "sh", option[] = "-c", script[] = "true";
static char *script_true[] = { sh, option, script, NULL };

static void
expect_failure(
    struct bench *b, const struct host_spec *spec, const char *stage, int error)
{
	int is = 0;

	bench_clear(b);
	bench_start_spec(b, spec);
	bench_until(b, b->count[HOST_EV_START_FAILED]);
	assert_string_equal(b->order, "F");
	assert_string_equal(host_start_failure(b->link, &is), stage);
	assert_int_equal(is, error);
	assert_false(host_connected(b->link));
	assert_int_equal(b->status.state, SHIM_FAILED);
	assert_int_equal(b->status.exec_errno, error);
	b->link = host_free(b->link);
}

static void
every_failure_has_its_stage(void **state)
{
	struct bench *b = *state;
	struct host_spec good = bench_spec(b, script_true), bad;
	size_t len = 2 << 20;
	cleanup_free char *big = malloc(len);
	char *argv[] = { big, NULL };

	bad = good;
	bad.cwd = "/nonexistent";
	expect_failure(b, &bad, "cwd", ENOENT);
	bad = good;
	bad.program = "/nonexistent/program";
	expect_failure(b, &bad, "exec", ENOENT);
	bad = good;
	bad.program = "/etc/passwd";
	expect_failure(b, &bad, "exec", EACCES);
	bad = good;
	bad.cols = 0;
	expect_failure(b, &bad, "spec.cols", EINVAL);
	bad = good;
	bad.dir = "/nonexistent";
	expect_failure(b, &bad, "dir", ENOENT);
	bad = good;
	memset(big, 'x', len - 1);
	big[len - 1] = '\0';
	bad.argv = argv;
	expect_failure(b, &bad, "spec", E2BIG);
}

static void
a_missing_or_mute_shim(void **state)
{
	struct bench *b = *state;
	struct host_spec spec = bench_spec(b, script_true);
	char *real = strdup(getenv("BELAY_SHIM"));

	(void)setenv("BELAY_SHIM", "/nonexistent/belay-shim", 1);
	expect_failure(b, &spec, "shim", ENOENT);
	(void)setenv("BELAY_SHIM", "/bin/true", 1);
	expect_failure(b, &spec, "shim", EPIPE);
	(void)setenv("BELAY_SHIM", real, 1);
	free(real);
}

static void
one_generation_at_a_time(void **state)
{
	struct bench *b = *state;
	struct host_spec spec = bench_spec(b, script_true);
	struct host_link *first;

	bench_start(b, "exec sleep 1000", false);
	first = b->link;
	spec.generation = 4;
	expect_failure(b, &spec, "lock", EWOULDBLOCK);
	b->link = first;
	assert_true(host_connected(first));
}

static void
nothing(struct loop_dir *dir, const char *name)
{
	(void)dir;
	(void)name;
}

static void
freed_while_it_starts(void **state)
{
	struct bench *b = *state;
	struct host_spec spec = bench_spec(b, script_true);
	struct loop_dir watch = { 0 };
	struct shim_status st = { 0 };

	assert_int_equal(loop_dir_start(b->loop, &watch, b->dir, nothing), 0);
	bench_start_spec(b, &spec);
	b->link = host_free(b->link);
	/* The first process is reaped all the same, and the shim goes on. */
	bench_reap(b);
	bench_until(b, bench_record(b, &st) && st.state == SHIM_GONE);
	loop_dir_stop(&watch);
	assert_string_equal(b->order, "");
	bench_adopt(b, 0);
	bench_until(b, b->count[HOST_EV_EXITED]);
	assert_string_equal(b->order, "CX");
}

/* --- systemd-run ---------------------------------------------------------------- */

struct path {
	char text[256];
};

static struct path
in_dir(struct bench *b, const char *name)
{
	struct path p;

	(void)snprintf(p.text, sizeof(p.text), "%s/%s", b->dir, name);
	return p;
}

/* A user manager and its tool, as far as a link can see them. */
static void
fake_manager(struct bench *b, const char *program)
{
	char path[1024];

	assert_int_equal(os_mkdir_private(in_dir(b, "run/systemd").text), 0);
	assert_int_equal(os_mkdir_private(in_dir(b, "bin").text), 0);
	assert_int_equal(
	    os_write_file(AT_FDCWD, in_dir(b, "run/systemd/private").text, STR("")), 0);
	assert_int_equal(
	    os_write_file(AT_FDCWD, in_dir(b, "bin/systemd-run").text, str_of(program)),
	    0);
	assert_int_equal(chmod(in_dir(b, "bin/systemd-run").text, 0700), 0);
	(void)setenv("XDG_RUNTIME_DIR", in_dir(b, "run").text, 1);
	(void)setenv("FAKE_LOG", in_dir(b, "log").text, 1);
	(void)snprintf(path, sizeof(path), "%s:/usr/bin:/bin", in_dir(b, "bin").text);
	(void)setenv("PATH", path, 1);
}

static void
check_log(struct bench *b, const char *want)
{
	cleanup_buf struct buf log = BUF(4096);

	assert_int_equal(os_read_file(AT_FDCWD, in_dir(b, "log").text, 4096, &log), 0);
	assert_string_equal(buf_text(&log), want);
}

static void
through_the_user_manager(void **state)
{
	struct bench *b = *state;

	fake_manager(b, "#!/bin/sh\n"
			"echo \"$1 $2 $3 $4 $5 $6\" >\"$FAKE_LOG\"\n"
			"shift 6\nexec \"$@\"\n");
	bench_start(b, "echo in scope; read x", false);
	bench_until(b, bench_said(b, "in scope"));
	check_log(b, "--user --scope --quiet --collect --unit=belay-" ID "-3 --\n");
}

static void
a_manager_that_refuses_is_done_without(void **state)
{
	struct bench *b = *state;

	fake_manager(b, "#!/bin/sh\necho called >\"$FAKE_LOG\"\nexit 1\n");
	bench_start(b, "echo without; read x", false);
	bench_until(b, bench_said(b, "without"));
	assert_string_equal(b->order, "SC");
	check_log(b, "called\n");
}

static void
a_manager_that_hangs_is_done_without(void **state)
{
	struct bench *b = *state;
	char *argv[] = { (char[]){ "sh" }, (char[]){ "-c" },
		(char[]){ "echo free; read x" }, NULL };
	struct host_spec spec = bench_spec(b, argv);

	fake_manager(b, "#!/bin/sh\necho called >\"$FAKE_LOG\"\nexec sleep 1000\n");
	bench_start_spec(b, &spec);
	loop_clock_advance(b->loop, 9000);
	assert_int_equal(loop_turn(b->loop, false), 0);
	assert_string_equal(b->order, "");
	loop_clock_advance(b->loop, 2000);
	bench_until(b, bench_said(b, "free"));
	assert_string_equal(b->order, "SC");
}

static void
an_error_behind_the_manager_is_the_answer(void **state)
{
	struct bench *b = *state;
	struct host_spec spec = bench_spec(b, script_true);

	fake_manager(b, "#!/bin/sh\necho called >>\"$FAKE_LOG\"\nshift 6\nexec \"$@\"\n");
	spec.cwd = "/nonexistent";
	expect_failure(b, &spec, "cwd", ENOENT);
	check_log(b, "called\n"); /* once, and not again without */
}

/* --- Each call fails once ---------------------------------------------------------- */

static bool
one_round(struct bench *b, uint64_t n)
{
	struct host_spec spec = bench_spec(b, script_true);
	char *argv[] = { (char[]){ "sh" }, (char[]){ "-c" },
		(char[]){ "exec sleep 1000" }, NULL };
	struct shim_status st;
	bool reached;
	int r;

	spec.argv = argv;
	bench_clear(b);
	os_fault_set(n, EMFILE);
	b->in_call = true;
	r = host_start(b->loop, &spec, bench_event, b, &b->link);
	b->in_call = false;
	if (r < 0)
		assert_null(b->link);
	else
		bench_until(
		    b, b->count[HOST_EV_CONNECTED] || b->count[HOST_EV_START_FAILED]);
	reached = os_fault_calls() >= n;
	os_fault_set(0, EIO);
	assert_int_equal(b->count[HOST_EV_GONE], 0);
	if (r == 0 && b->count[HOST_EV_CONNECTED]) {
		assert_true(os_process_is(b->status.child_pid, b->status.child_start));
	} else {
		/* What failed left nothing running. */
		assert_true(reached);
		assert_false(
		    bench_record(b, &st) && os_process_is(st.shim_pid, st.shim_start));
	}
	b->link = host_free(b->link);
	bench_end_processes(b);
	bench_reap(b);
	assert_int_equal(os_remove_tree(AT_FDCWD, b->dir), 0);
	assert_int_equal(os_mkdir_private(b->dir), 0);
	return reached;
}

static void
any_call_may_fail_once(void **state)
{
	uint64_t n = 1;

	(void)unsetenv("XDG_RUNTIME_DIR");
	while (one_round(*state, n))
		n++;
	assert_true(n > 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(every_failure_has_its_stage),
		bench_test(a_missing_or_mute_shim),
		bench_test(one_generation_at_a_time),
		bench_test(freed_while_it_starts),
		bench_test(any_call_may_fail_once),
		bench_test(through_the_user_manager),
		bench_test(a_manager_that_refuses_is_done_without),
		bench_test(a_manager_that_hangs_is_done_without),
		bench_test(an_error_behind_the_manager_is_the_answer),
	};

	(void)unsetenv("XDG_RUNTIME_DIR");
	if (under_valgrind()) {
		(void)puts("1..0 # SKIP valgrind has no pidfds");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
