/* The service manager is a datagram socket here. */
#include "os/os.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "os_test.h"

static void
notify_sends_one_datagram(void **state)
{
	const char *path = scratch_path(*state, "notify");
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	cleanup_fd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	cleanup_fd int abstract = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	char text[64] = "", name[64];
	int n;

	(void)unsetenv("NOTIFY_SOCKET");
	assert_int_equal(os_sd_notify("READY=1"), 0);
	(void)setenv("NOTIFY_SOCKET", path, 1);
	assert_int_equal(os_sd_notify("READY=1"), -ENOENT);
	(void)snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(os_sd_notify("READY=1"), 0);
	assert_int_equal(recv(fd, text, sizeof(text), 0), 7);
	assert_string_equal(text, "READY=1");
	n = snprintf(name, sizeof(name), "@belay-test-%d", (int)getpid());
	memcpy(sa.sun_path, name, (size_t)n);
	sa.sun_path[0] = '\0';
	assert_int_equal(
	    bind(abstract, (struct sockaddr *)&sa,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)n)),
	    0);
	(void)setenv("NOTIFY_SOCKET", name, 1);
	assert_int_equal(os_sd_notify("STOPPING=1"), 0);
	assert_int_equal(recv(abstract, text, sizeof(text), 0), 10);
	(void)setenv("NOTIFY_SOCKET", "relative", 1);
	assert_int_equal(os_sd_notify("X=1"), -EINVAL);
}

static void
listen_fds_only_when_meant_for_us(void **state)
{
	char pid[32];

	assert_int_equal(os_sd_listen_fds(), 0);
	(void)setenv("LISTEN_PID", "1", 1);
	(void)setenv("LISTEN_FDS", "1", 1);
	assert_int_equal(os_sd_listen_fds(), 0);
	assert_null(getenv("LISTEN_FDS"));
	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	(void)setenv("LISTEN_PID", pid, 1);
	(void)setenv("LISTEN_FDS", "1", 1);
	int saved = fcntl(3, F_DUPFD, 10);
	assert_int_equal(dup2(0, 3), 3);
	assert_int_equal(os_sd_listen_fds(), 1);
	assert_int_equal(fcntl(3, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	if (saved >= 0) {
		(void)dup2(saved, 3);
		(void)close(saved);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(notify_sends_one_datagram),
		scratch_test(listen_fds_only_when_meant_for_us),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
