/* Fds: level-triggered, mutable, and alive after an error condition. */
#include "loop_test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

struct watch {
	struct loop_fd fd;
	unsigned io, calls;
	struct loop_fd *kill; /* stopped in the callback */
	bool free_self;
};

static void
watch_ready(struct loop_fd *fd, unsigned io)
{
	struct watch *w = container_of(fd, struct watch, fd);

	w->io |= io;
	w->calls++;
	if (w->kill)
		loop_fd_stop(w->kill);
	if (w->free_self) {
		loop_fd_stop(fd);
		free(w);
	}
}

static void
pair(int fds[2])
{
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
}

static void
level_triggered_and_changeable(void **state)
{
	struct watch w = { 0 };
	int fds[2];
	char c;

	pair(fds);
	assert_int_equal(loop_fd_start(*state, &w.fd, fds[0], LOOP_READ, watch_ready), 0);
	assert_int_equal(loop_turn(*state, false), 0);
	assert_int_equal(w.calls, 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	for (unsigned i = 1; i <= 3; i++) {
		assert_int_equal(loop_turn(*state, false), 0);
		assert_int_equal(w.calls, i);
		assert_int_equal(w.io, LOOP_READ);
	}
	loop_fd_want(&w.fd, 0);
	assert_int_equal(loop_turn(*state, false), 0);
	assert_int_equal(w.calls, 3);
	w.io = 0;
	loop_fd_want(&w.fd, LOOP_WRITE);
	assert_int_equal(loop_turn(*state, false), 0);
	assert_int_equal(w.io, LOOP_WRITE);
	loop_fd_want(&w.fd, LOOP_READ | LOOP_WRITE);
	assert_int_equal(loop_turn(*state, false), 0);
	assert_int_equal(w.io, LOOP_READ | LOOP_WRITE);
	assert_int_equal(read(fds[0], &c, 1), 1);
	loop_fd_want(&w.fd, LOOP_READ);
	w.calls = 0;
	assert_int_equal(loop_turn(*state, false), 0);
	assert_int_equal(w.calls, 0);
	loop_fd_stop(&w.fd);
	loop_fd_stop(&w.fd);
	loop_fd_want(&w.fd, LOOP_READ);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void
hang_up_is_told(void **state)
{
	struct watch w = { 0 };
	int fds[2];

	pair(fds);
	assert_int_equal(loop_fd_start(*state, &w.fd, fds[0], LOOP_HUP, watch_ready), 0);
	(void)close(fds[1]);
	turn_until(*state, w.calls > 0);
	assert_int_equal(w.io, LOOP_HUP);
	loop_fd_stop(&w.fd);
	(void)close(fds[0]);
}

static void
bytes_before_an_error_can_be_read(void **state)
{
	struct watch w = { 0 };
	int fds[2];
	char c;

	/* The other end closes with our bytes unread: a reset, after its own bytes. */
	pair(fds);
	assert_int_equal(write(fds[0], "unread", 6), 6);
	assert_int_equal(write(fds[1], "ab", 2), 2);
	(void)close(fds[1]);
	assert_int_equal(loop_fd_start(*state, &w.fd, fds[0], LOOP_READ, watch_ready), 0);
	unsigned seen = 0, errors = 0;
	for (int turns = 0; turns < 10; turns++) {
		ssize_t n;

		w.calls = 0;
		assert_int_equal(loop_turn(*state, false), 0);
		assert_true(w.calls > 0); /* never silent before the end */
		n = read(fds[0], &c, 1);
		if (n == 0)
			break;
		seen += n == 1;
		errors += n < 0;
	}
	assert_int_equal(seen, 2);
	assert_int_equal(errors, 1);
	loop_fd_stop(&w.fd);
	(void)close(fds[0]);
}

static void
stops_in_callbacks(void **state)
{
	struct watch *a = calloc(1, sizeof(*a)), b = { 0 }, c = { 0 };
	int fds[2], more[2];

	/* b and c are ready in the same turn and each stops the other: one call. */
	pair(fds);
	pair(more);
	assert_int_equal(
	    loop_fd_start(*state, &b.fd, fds[0], LOOP_WRITE, watch_ready), 0);
	assert_int_equal(
	    loop_fd_start(*state, &c.fd, fds[1], LOOP_WRITE, watch_ready), 0);
	b.kill = &c.fd;
	c.kill = &b.fd;
	a->free_self = true;
	assert_int_equal(
	    loop_fd_start(*state, &a->fd, more[0], LOOP_WRITE, watch_ready), 0);
	turn_until(*state, b.calls + c.calls > 0);
	assert_int_equal(b.calls + c.calls, 1);
	assert_int_equal(loop_turn(*state, false), 0);
	b.kill = c.kill = NULL;
	loop_fd_stop(&b.fd);
	loop_fd_stop(&c.fd);
	/* The numbers can be used again at once. */
	for (int i = 0; i < 2; i++) {
		(void)close(fds[i]);
		(void)close(more[i]);
	}
	pair(fds);
	b.calls = 0;
	assert_int_equal(
	    loop_fd_start(*state, &b.fd, fds[0], LOOP_WRITE, watch_ready), 0);
	turn_until(*state, b.calls > 0);
	loop_fd_stop(&b.fd);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void
what_can_not_be_watched_is_an_error(void **state)
{
	struct watch w = { 0 };
	int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	assert_int_equal(
	    loop_fd_start(*state, &w.fd, file, LOOP_READ, watch_ready), -EPERM);
	assert_null(w.fd.handle);
	(void)close(file);
	assert_int_equal(
	    loop_fd_start(*state, &w.fd, file, LOOP_READ, watch_ready), -EBADF);
	os_fault_set(1, ENOMEM);
	assert_int_equal(
	    loop_fd_start(*state, &w.fd, 0, LOOP_READ, watch_ready), -ENOMEM);
	os_fault_set(0, EIO);
	loop_fd_stop(&w.fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		loop_test(level_triggered_and_changeable),
		loop_test(hang_up_is_told),
		loop_test(bytes_before_an_error_can_be_read),
		loop_test(stops_in_callbacks),
		loop_test(what_can_not_be_watched_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
