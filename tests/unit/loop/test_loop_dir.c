#include "loop_test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

struct watch {
	struct loop_dir dir;
	unsigned calls;
	bool saw_wanted;
	const char *wanted;
};

static void
watch_changed(struct loop_dir *dir, const char *name)
{
	struct watch *w = container_of(dir, struct watch, dir);

	w->calls++;
	if (name && strcmp(name, w->wanted) == 0)
		w->saw_wanted = true;
}

static void
changes_are_told_by_name(void **state)
{
	char path[] = "/tmp/belay-test-XXXXXX", file[64];
	struct watch w = { .wanted = "status" }, second = { .wanted = "status" };

	assert_non_null(mkdtemp(path));
	assert_int_equal(loop_dir_start(*state, &w.dir, path, watch_changed), 0);
	assert_int_equal(loop_dir_start(*state, &second.dir, path, watch_changed), 0);
	assert_int_equal(loop_turn(*state, false), 0);
	assert_int_equal(w.calls, 0);
	(void)snprintf(file, sizeof(file), "%s/status", path);
	assert_int_equal(os_write_file(AT_FDCWD, file, STR("x")), 0);
	turn_until(*state, w.saw_wanted && second.saw_wanted);
	loop_dir_stop(&w.dir);
	loop_dir_stop(&w.dir);
	w.calls = 0;
	second.saw_wanted = false;
	assert_int_equal(unlink(file), 0);
	turn_until(*state, second.saw_wanted);
	assert_int_equal(w.calls, 0);
	loop_dir_stop(&second.dir);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(loop_dir_start(*state, &w.dir, path, watch_changed), -ENOENT);
	loop_dir_stop(&w.dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { loop_test(changes_are_told_by_name) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
