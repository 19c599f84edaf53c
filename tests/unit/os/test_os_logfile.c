/* The log keeps one old file and never more. */
#include "os/os.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "os_test.h"

static off_t
size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_size : -1;
}

static void
lines_are_appended(void **state)
{
	const char *path = scratch_path(*state, "log");
	cleanup_buf struct buf b = BUF(100);
	struct os_logfile f;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(os_logfile_open(&f, path), 0);
		assert_int_equal(os_logfile_write(&f, STR("a line")), 0);
		os_logfile_close(&f);
	}
	assert_int_equal(os_read_file(AT_FDCWD, path, 100, &b), 0);
	assert_string_equal(buf_text(&b), "a line\na line\n");
	os_logfile_close(&f);
	assert_int_equal(os_logfile_write(&f, STR("x")), -EBADF);
}

static void
it_rotates_at_the_limit(void **state)
{
	const char *path = scratch_path(*state, "log"),
		   *old = scratch_path(*state, "log.1");
	const char *older = scratch_path(*state, "log.2");
	size_t line = 65535, per_file = LIMIT_LOG_FILE_BYTES / (line + 1);
	cleanup_free char *text = malloc(line);
	struct os_logfile f;

	memset(text, 'x', line);
	assert_int_equal(os_logfile_open(&f, path), 0);
	for (size_t i = 0; i < per_file; i++)
		assert_int_equal(os_logfile_write(&f, str_make(text, line)), 0);
	assert_int_equal(size_of(path), LIMIT_LOG_FILE_BYTES);
	assert_int_equal(size_of(old), -1);
	assert_int_equal(os_logfile_write(&f, STR("next")), 0);
	assert_int_equal(size_of(path), 5);
	assert_int_equal(size_of(old), LIMIT_LOG_FILE_BYTES);
	/* The count goes on over a restart. */
	os_logfile_close(&f);
	assert_int_equal(os_logfile_open(&f, path), 0);
	for (size_t i = 0; i < per_file; i++)
		assert_int_equal(os_logfile_write(&f, str_make(text, line)), 0);
	assert_int_equal(size_of(path), line + 1);
	assert_int_equal(size_of(old), (per_file - 1) * (line + 1) + 5);
	assert_int_equal(size_of(older), -1);
	os_logfile_close(&f);
}

static void
a_failed_rotation_loses_no_line(void **state)
{
	const char *path = scratch_path(*state, "log");
	cleanup_free char *text = calloc(1, LIMIT_LOG_FILE_BYTES);
	struct os_logfile f;

	assert_int_equal(os_logfile_open(&f, path), 0);
	assert_int_equal(os_logfile_write(&f, str_make(text, LIMIT_LOG_FILE_BYTES)), 0);
	os_fault_set(1, EACCES);
	assert_int_equal(os_logfile_write(&f, STR("line")), -EACCES);
	os_fault_set(0, EIO);
	assert_int_equal(size_of(path), LIMIT_LOG_FILE_BYTES + 1 + 5);
	assert_int_equal(os_logfile_write(&f, STR("line")), 0);
	os_logfile_close(&f);
	assert_int_equal(mkfifo(scratch_path(*state, "fifo"), 0600), 0);
	assert_true(os_logfile_open(&f, scratch_path(*state, "fifo")) < 0);
	assert_true(os_logfile_open(&f, scratch_path(*state, "no/such/dir")) == -ENOENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(lines_are_appended),
		scratch_test(it_rotates_at_the_limit),
		scratch_test(a_failed_rotation_loses_no_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
