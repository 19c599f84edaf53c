/* A process is its pid and start time. */
#include "os/os.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "os_test.h"

static pid_t
child_that_waits(int *ret_gate)
{
	int p[2];
	pid_t pid;
	char c;

	assert_int_equal(pipe(p), 0);
	pid = fork();
	if (pid == 0) {
		(void)close(p[1]);
		/* A name made to confuse readers of /proc/PID/stat. */
		(void)prctl(PR_SET_NAME, "a) Z 1 (b");
		(void)!read(p[0], &c, 1);
		_exit(7);
	}
	(void)close(p[0]);
	*ret_gate = p[1];
	return pid;
}

static void
start_time_is_an_identity(void **state)
{
	uint64_t start = 0, again = 0;
	cleanup_fd int pidfd = -1;
	int gate, status = 0;
	pid_t pid = child_that_waits(&gate);
	struct pollfd pfd;

	cleanup_buf struct buf name = BUF(32);

	assert_int_equal(os_process_start(pid, &start), 0);
	assert_int_equal(os_process_name(getpid(), &name), 0);
	assert_string_equal(buf_text(&name), "test_os_linux");
	assert_true(start > 0);
	assert_int_equal(os_process_start(getpid(), &again), 0);
	assert_true(start >= again);
	assert_true(os_process_is(pid, start));
	assert_false(os_process_is(pid, start + 1));
	assert_int_equal(os_pidfd(pid, start + 1, &pidfd), -ESRCH);
	assert_int_equal(os_pidfd(pid, start, &pidfd), 0);
	assert_int_equal(os_pidfd_reap(pidfd, &status), -EAGAIN);
	(void)close(gate);
	pfd = (struct pollfd){ .fd = pidfd, .events = POLLIN };
	assert_int_equal(poll(&pfd, 1, 10000), 1);
	/* A zombie is no process. */
	assert_int_equal(os_process_start(pid, &again), -ESRCH);
	assert_false(os_process_is(pid, start));
	assert_int_equal(os_pidfd_reap(pidfd, &status), 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	assert_int_equal(os_pidfd_reap(pidfd, &status), -ECHILD);
	assert_int_equal(os_pidfd_signal(pidfd, SIGTERM), -ESRCH);
	assert_int_equal(os_process_start(pid, &again), -ESRCH);
	assert_int_equal(os_process_start(0, &again), -ESRCH);
	assert_int_equal(os_process_start(-1, &again), -ESRCH);
}

static void
signal_and_reap_by_pidfd(void **state)
{
	cleanup_fd int pidfd = -1;
	int gate, status = 0;
	pid_t pid = child_that_waits(&gate);
	struct pollfd pfd;

	assert_int_equal(os_pidfd_child(pid, &pidfd), 0);
	assert_int_equal(os_pidfd_signal(pidfd, SIGTERM), 0);
	pfd = (struct pollfd){ .fd = pidfd, .events = POLLIN };
	assert_int_equal(poll(&pfd, 1, 10000), 1);
	assert_int_equal(os_pidfd_reap(pidfd, &status), 0);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	(void)close(gate);
}

static void
clocks_random_and_boot(void **state)
{
	cleanup_buf struct buf dir = BUF(4096);
	uint8_t a[32] = { 0 }, b[32] = { 0 };
	mono_t t = os_mono();
	char boot[37];

	assert_true(os_mono().ns >= t.ns);
	assert_true(os_wall().ms > 1700000000000);
	os_random(a, sizeof(a));
	os_random(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	os_boot_id(boot);
	assert_int_equal(strlen(boot), 36);
	assert_int_equal(os_exe_dir(&dir), 0);
	assert_int_equal(buf_text(&dir)[0], '/');
	buf_puts(&dir, "/test_os_linux");
	assert_int_equal(access(buf_text(&dir), X_OK), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(start_time_is_an_identity),
		cmocka_unit_test(signal_and_reap_by_pidfd),
		cmocka_unit_test(clocks_random_and_boot),
	};

	if (under_valgrind()) {
		(void)puts("1..0 # SKIP valgrind has no pidfds");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
