/* Sockets under paths of any length, and what a killed listener leaves. */
#include "os/os.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "os_test.h"

static void
long_paths_work(void **state)
{
	cleanup_fd int dir = -1, listener = -1, a = -1, b = -1, second = -1;
	char path[400];
	struct stat st;
	uid_t uid = (uid_t)-1;
	pid_t pid = 0;

	(void)snprintf(
	    path, sizeof(path), "%s/%0120d/%0120d", scratch_path(*state, "x"), 1, 2);
	assert_int_equal(os_mkdir_private(path), 0);
	assert_int_equal(os_open_dir(path, &dir), 0);
	assert_int_equal(os_unix_connect(dir, "sock", &a), -ENOENT);
	assert_int_equal(os_unix_listen(dir, "sock", &listener), 0);
	assert_int_equal(fstatat(dir, "sock", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(os_unix_accept(listener, &b), -EAGAIN);
	assert_int_equal(os_unix_connect(dir, "sock", &a), 0);
	assert_int_equal(os_unix_accept(listener, &b), 0);
	assert_int_equal(os_peer(b, &uid, &pid), 0);
	assert_int_equal(uid, getuid());
	assert_int_equal(pid, getpid());
	assert_int_equal(fcntl(b, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(fcntl(a, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	/* A living listener is not pushed away, a dead one is. */
	assert_int_equal(os_unix_listen(dir, "sock", &second), -EADDRINUSE);
	(void)close(TAKE_FD(listener));
	assert_int_equal(os_unix_listen(dir, "sock", &second), 0);
}

static void
a_file_in_the_way_stays(void **state)
{
	const struct scratch *s = *state;
	cleanup_fd int dir = -1;
	cleanup_buf struct buf b = BUF(100);
	char name[200];
	int fd = -1;

	assert_int_equal(os_open_dir(s->path, &dir), 0);
	assert_int_equal(os_write_file(dir, "sock", STR("precious")), 0);
	assert_int_equal(os_unix_listen(dir, "sock", &fd), -EADDRINUSE);
	assert_int_equal(os_read_file(dir, "sock", 100, &b), 0);
	assert_string_equal(buf_text(&b), "precious");
	memset(name, 'n', sizeof(name));
	name[199] = '\0';
	assert_int_equal(os_unix_listen(dir, name, &fd), -ENAMETOOLONG);
	assert_int_equal(fd, -1);
}

static void
memfd_is_sealed_and_at_its_begin(void **state)
{
	cleanup_fd int fd = -1;
	char text[10] = "";

	assert_int_equal(os_memfd(STR("hello"), &fd), 0);
	assert_int_equal(read(fd, text, sizeof(text)), 5);
	assert_string_equal(text, "hello");
	assert_int_equal(write(fd, "x", 1), -1);
	assert_int_equal(errno, EPERM);
}

static void
pipe_does_not_block_its_reader(void **state)
{
	int p[2];
	char c;

	assert_int_equal(os_pipe(p), 0);
	assert_int_equal(read(p[0], &c, 1), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(
	    fcntl(p[0], F_GETFD) & fcntl(p[1], F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	(void)close(p[0]);
	(void)close(p[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(long_paths_work),
		scratch_test(a_file_in_the_way_stays),
		scratch_test(memfd_is_sealed_and_at_its_begin),
		scratch_test(pipe_does_not_block_its_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
