/* Programs: their fds, session, signals, errors; and how they are found. */
#include "os/os.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "os_test.h"

/* Runs a shell script with the given fds; its output (fd 1) is read to the end. */
static int
run(struct os_spawn spawn, struct buf *out)
{
	int p[2], status = -1;
	ssize_t n;
	pid_t pid;

	assert_int_equal(os_pipe(p), 0);
	assert_int_equal(fcntl(p[0], F_SETFL, 0), 0);
	if (spawn.nfds < 2)
		spawn.nfds = 2;
	spawn.fds[1] = p[1];
	assert_int_equal(os_spawn(&spawn, &pid), 0);
	(void)close(p[1]);
	while ((n = read(p[0], buf_room(out, 4096), 4096)) > 0)
		buf_grew(out, (size_t)n);
	(void)close(p[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

#define SH(script)                                                                       \
	((char *const[]){ (char[]){ "sh" }, (char[]){ "-c" }, (char[]){ script }, NULL })

static void
child_has_only_the_fds_it_was_given(void **state)
{
	cleanup_buf struct buf out = BUF(1 << 16);
	cleanup_fd int leak =
	    open("/dev/null", O_RDONLY); /* not close-on-exec on purpose */
	cleanup_fd int memfd = -1;

	assert_true(leak >= 0);
	assert_int_equal(os_memfd(STR("spec"), &memfd), 0);
	assert_int_equal(
	    run((struct os_spawn){ .path = "/bin/sh",
		    .argv = SH("cat <&4; for f in 0 1 2 3 4 5 6 7 8 9 10; do "
			       "[ -e /proc/$$/fd/$f ] && printf ' %s' $f; done; "
			       "readlink /proc/$$/fd/0"),
		    .fds = { -1, -1, -1, -1, memfd },
		    .nfds = 5 },
		&out),
	    0);
	assert_string_equal(buf_text(&out), "spec 0 1 2 4/dev/null\n");
}

static void
fds_may_be_crossed(void **state)
{
	cleanup_buf struct buf out = BUF(1 << 16);
	int a, b;

	/* Two sources that are each other's target. */
	assert_int_equal(os_memfd(STR("A"), &a), 0);
	assert_int_equal(os_memfd(STR("B"), &b), 0);
	assert_true(dup2(a, 5) == 5 && dup2(b, 4) == 4);
	assert_int_equal(run((struct os_spawn){ .path = "/bin/sh",
				 .argv = SH("cat <&4; cat <&5"),
				 .fds = { -1, -1, -1, -1, 5, 4 },
				 .nfds = 6 },
			     &out),
	    0);
	assert_string_equal(buf_text(&out), "AB");
	(void)close(4);
	(void)close(5);
}

static void
session_cwd_env_and_signals(void **state)
{
	const struct scratch *s = *state;
	cleanup_buf struct buf out = BUF(1 << 16), want = BUF(1 << 16);
	sigset_t block;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigemptyset(&block);
	(void)sigaddset(&block, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &block, NULL);
	assert_int_equal(
	    run((struct os_spawn){ .path = "/bin/sh",
		    .argv = SH("read -r l < /proc/self/stat; set -- $l; "
			       "[ $1 = $6 ] && echo own session; pwd -P; echo $WORD; "
			       "grep -E 'Sig(Blk|Ign)' /proc/self/status"),
		    .env = (char *const[]){ (char[]){ "WORD=word" }, NULL },
		    .cwd = s->path,
		    .setsid = true },
		&out),
	    0);
	(void)sigprocmask(SIG_UNBLOCK, &block, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	buf_printf(&want,
	    "own "
	    "session\n%s\nword\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n",
	    s->path);
	assert_string_equal(buf_text(&out), buf_text(&want));
}

static void
errors_are_results(void **state)
{
	const char *plain = scratch_path(*state, "plain");
	char *argv[] = { (char[]){ "x" }, NULL };
	struct os_spawn spawn = { .path = "/nonexistent/program", .argv = argv };
	pid_t pid = 77;

	assert_int_equal(os_spawn(&spawn, &pid), -ENOENT);
	spawn.path = "belay-no-such-program";
	assert_int_equal(os_spawn(&spawn, &pid), -ENOENT);
	assert_int_equal(os_write_file(AT_FDCWD, plain, STR("no program")), 0);
	spawn.path = plain;
	assert_int_equal(os_spawn(&spawn, &pid), -EACCES);
	assert_int_equal(chmod(plain, 0700), 0);
	assert_int_equal(os_spawn(&spawn, &pid), -ENOEXEC);
	spawn.path = "/bin/true";
	spawn.cwd = "/nonexistent";
	assert_int_equal(os_spawn(&spawn, &pid), -ENOENT);
	os_fault_set(1, EAGAIN);
	assert_int_equal(os_spawn(&spawn, &pid), -EAGAIN);
	os_fault_set(0, EIO);
	assert_int_equal(pid, 77);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* and no zombie */
	assert_int_equal(errno, ECHILD);
}

static void
programs_get_the_old_limit_of_files(void **state)
{
	cleanup_buf struct buf out = BUF(1 << 16);
	struct rlimit before, small, now;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	small = before;
	small.rlim_cur = 100;
	assert_true(before.rlim_max > 100);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &small), 0);
	os_raise_nofile();
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &now), 0);
	assert_true(now.rlim_cur == before.rlim_max);
	assert_int_equal(
	    run((struct os_spawn){ .path = "sh", .argv = SH("ulimit -Sn") }, &out), 0);
	assert_string_equal(buf_text(&out), "100\n");
}

static void
find_program_walks_the_path(void **state)
{
	const struct scratch *s = *state;
	cleanup_buf struct buf out = BUF(4096), path = BUF(4096);

	assert_int_equal(os_mkdir_private(scratch_path(s, "one")), 0);
	assert_int_equal(os_mkdir_private(scratch_path(s, "two/prog2")), 0);
	assert_int_equal(
	    os_write_file(AT_FDCWD, scratch_path(s, "one/prog"), STR("x")), 0);
	assert_int_equal(
	    os_write_file(AT_FDCWD, scratch_path(s, "two/prog"), STR("x")), 0);
	buf_printf(&path, "%s/one:%s/two", s->path, s->path);
	assert_int_equal(os_find_program("prog", buf_text(&path), "/", &out), -EACCES);
	assert_int_equal(os_find_program("gone", buf_text(&path), "/", &out), -ENOENT);
	assert_int_equal(os_find_program("prog2", buf_text(&path), "/", &out), -EACCES);
	assert_int_equal(os_find_program("", buf_text(&path), "/", &out), -ENOENT);
	assert_int_equal(chmod(scratch_path(s, "two/prog"), 0700), 0);
	assert_int_equal(os_find_program("prog", buf_text(&path), "/", &out), 0);
	assert_string_equal(buf_text(&out), scratch_path(s, "two/prog"));
	buf_clear(&out);
	/* Relative ones are relative to the directory given, not to ours. */
	assert_int_equal(os_find_program("two/prog", "", s->path, &out), 0);
	assert_string_equal(buf_text(&out), scratch_path(s, "two/prog"));
	buf_clear(&out);
	assert_int_equal(os_find_program("prog", "x:two", s->path, &out), 0);
	assert_string_equal(buf_text(&out), scratch_path(s, "two/prog"));
	buf_clear(&out);
	assert_int_equal(os_find_program("sh", NULL, NULL, &out), 0);
	assert_int_equal(buf_text(&out)[0], '/');
}

int
main(void)
{
	/* What valgrind has the means for. */
	const struct CMUnitTest few[] = {
		scratch_test(child_has_only_the_fds_it_was_given),
		scratch_test(fds_may_be_crossed),
		scratch_test(session_cwd_env_and_signals),
		scratch_test(find_program_walks_the_path),
	};
	const struct CMUnitTest tests[] = {
		scratch_test(child_has_only_the_fds_it_was_given),
		scratch_test(fds_may_be_crossed),
		scratch_test(session_cwd_env_and_signals),
		scratch_test(find_program_walks_the_path),
		scratch_test(errors_are_results),
		scratch_test(programs_get_the_old_limit_of_files),
	};

	if (under_valgrind())
		return cmocka_run_group_tests_name("tests", few, NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
