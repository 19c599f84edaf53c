/* Files: what is promised about atomicity, limits, kinds of file and locks. */
#include "os/os.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "os_test.h"

static void
mkdir_makes_parents_private(void **state)
{
	const char *deep = scratch_path(*state, "a/b/c");
	struct stat st;

	assert_int_equal(os_mkdir_private(deep), 0);
	assert_int_equal(os_mkdir_private(deep), 0);
	assert_int_equal(stat(scratch_path(*state, "a"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(stat(deep, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
}

static void
mkdir_over_a_file_is_refused(void **state)
{
	const char *file = scratch_path(*state, "file");
	const char *below = scratch_path(*state, "file/below");

	assert_int_equal(os_write_file(AT_FDCWD, file, STR("x")), 0);
	assert_int_equal(os_mkdir_private(file), -ENOTDIR);
	assert_int_equal(os_mkdir_private(below), -ENOTDIR);
	assert_int_equal(os_mkdir_private(""), -ENOENT);
}

static void
write_then_read(void **state)
{
	const char *path = scratch_path(*state, "file");
	cleanup_buf struct buf b = BUF(100);
	struct stat st;

	assert_int_equal(os_write_file(AT_FDCWD, path, STR("one")), 0);
	assert_int_equal(os_write_file(AT_FDCWD, path, STR("two!")), 0);
	assert_int_equal(os_read_file(AT_FDCWD, path, 4, &b), 0);
	assert_string_equal(buf_text(&b), "two!");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	buf_clear(&b);
	assert_int_equal(os_read_file(AT_FDCWD, path, 3, &b), -EFBIG);
	assert_int_equal(b.len, 0);
	assert_int_equal(
	    os_read_file(AT_FDCWD, scratch_path(*state, "none"), 3, &b), -ENOENT);
}

static void
write_that_fails_keeps_the_old_content(void **state)
{
	const struct scratch *s = *state;
	cleanup_fd int dir = -1;
	char command[256];

	assert_int_equal(os_open_dir(s->path, &dir), 0);
	assert_int_equal(os_write_file(dir, "file", STR("old")), 0);
	for (uint64_t n = 1;; n++) {
		cleanup_buf struct buf b = BUF(100);
		int r;

		os_fault_set(n, ENOSPC);
		r = os_write_file(dir, "file", STR("new"));
		bool reached = os_fault_calls() >= n;

		os_fault_set(0, EIO);
		assert_int_equal(os_read_file(dir, "file", 100, &b), 0);
		assert_string_equal(buf_text(&b), reached ? "old" : "new");
		assert_int_equal(r, reached ? -ENOSPC : 0);
		if (!reached) {
			assert_true(n > 3);
			break;
		}
	}
	/* No temporary file is left. */
	(void)snprintf(
	    command, sizeof(command), "test \"$(ls -A '%s')\" = file", s->path);
	assert_int_equal(system(command), 0);
}

static void
read_of_odd_files_does_not_block(void **state)
{
	const struct scratch *s = *state;
	const char *fifo = scratch_path(*state, "fifo");
	cleanup_buf struct buf b = BUF(1 << 20);

	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(os_read_file(AT_FDCWD, fifo, 100, &b), -EINVAL);
	assert_int_equal(os_read_file(AT_FDCWD, s->path, 100, &b), -EISDIR);
	assert_int_equal(os_read_file(AT_FDCWD, "/dev/zero", 100, &b), -EINVAL);
	/* No size given by stat(): read to the end. */
	assert_int_equal(os_read_file(AT_FDCWD, "/proc/self/status", 1 << 20, &b), 0);
	assert_true(b.len > 100);
}

static void
lock_is_exclusive_and_names_its_holder(void **state)
{
	const char *path = scratch_path(*state, "lock");
	int pipes[2], go[2], fd = -1, status;
	pid_t child, holder = 0;
	char c;

	assert_int_equal(os_pipe(pipes), 0);
	assert_int_equal(pipe(go), 0);
	child = fork();
	if (child == 0) {
		if (os_lock_file(AT_FDCWD, path, &fd, NULL) != 0)
			_exit(1);
		(void)!write(pipes[1], "x", 1);
		(void)!read(go[0], &c, 1);
		_exit(0); /* ends the lock by ending */
	}
	assert_int_equal(fcntl(pipes[0], F_SETFL, 0), 0);
	assert_int_equal(read(pipes[0], &c, 1), 1);
	assert_int_equal(os_lock_file(AT_FDCWD, path, &fd, &holder), -EWOULDBLOCK);
	assert_int_equal(holder, child);
	assert_int_equal(fd, -1);
	assert_int_equal(write(go[1], "x", 1), 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(os_lock_file(AT_FDCWD, path, &fd, &holder), 0);
	assert_int_equal(holder, getpid());
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	/* The file is removed: a second lock is on a new file, and holds. */
	assert_int_equal(unlink(path), 0);
	int second = -1;
	assert_int_equal(os_lock_file(AT_FDCWD, path, &second, NULL), 0);
	(void)close(second);
	(void)close(fd);
	(void)close(pipes[0]);
	(void)close(pipes[1]);
	(void)close(go[0]);
	(void)close(go[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(mkdir_makes_parents_private),
		scratch_test(mkdir_over_a_file_is_refused),
		scratch_test(write_then_read),
		scratch_test(write_that_fails_keeps_the_old_content),
		scratch_test(read_of_odd_files_does_not_block),
		scratch_test(lock_is_exclusive_and_names_its_holder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
