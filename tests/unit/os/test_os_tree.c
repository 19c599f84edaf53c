/* Removal: links are not followed, depth does not matter. */
#include "os/os.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "os_test.h"

static void
removes_all_but_what_links_point_to(void **state)
{
	const struct scratch *s = *state;
	cleanup_fd int dir = -1;
	char command[1024];

	(void)snprintf(command, sizeof(command),
	    "cd '%s' && mkdir -p keep tree/a/b && touch keep/file tree/a/b/c "
	    "tree/.hidden && "
	    "ln -s ../keep tree/link && ln -s ../../keep/file tree/a/file && mkfifo "
	    "tree/fifo && "
	    "mkdir tree/ro && touch tree/ro/x && chmod 500 tree/ro && mkdir -m 0 "
	    "tree/none && "
	    "ln -s keep toplink",
	    s->path);
	assert_int_equal(system(command), 0);
	assert_int_equal(os_open_dir(s->path, &dir), 0);
	assert_int_equal(os_remove_tree(dir, "tree"), 0);
	assert_int_equal(os_remove_tree(dir, "tree"), 0);
	assert_int_equal(os_remove_tree(dir, "toplink"), 0);
	(void)snprintf(command, sizeof(command),
	    "cd '%s' && test \"$(ls -A)\" = keep && test -f keep/file", s->path);
	assert_int_equal(system(command), 0);
}

static void
removes_a_tree_deeper_than_fds_or_paths_allow(void **state)
{
	const struct scratch *s = *state;
	cleanup_fd int dir = -1, at = -1;

	assert_int_equal(os_open_dir(s->path, &dir), 0);
	assert_int_equal(mkdirat(dir, "deep", 0700), 0);
	at = openat(dir, "deep", O_RDONLY | O_DIRECTORY);
	for (int i = 0; i < 3000; i++) {
		int next;

		assert_int_equal(mkdirat(at, "directory", 0700), 0);
		next = openat(at, "directory", O_RDONLY | O_DIRECTORY);
		assert_true(next >= 0);
		(void)close(at);
		at = next;
	}
	assert_int_equal(os_remove_tree(dir, "deep"), 0);
	assert_int_equal(faccessat(dir, "deep", F_OK, 0), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(removes_all_but_what_links_point_to),
		scratch_test(removes_a_tree_deeper_than_fds_or_paths_allow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
