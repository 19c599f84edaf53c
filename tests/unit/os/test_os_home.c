/* Where things are, from each mix of variables; and which places are refused. */
#include "os/os.h"

#include <errno.h>
#include <sys/stat.h>

#include "os_test.h"

static const char *const variables[] = { "BELAY_HOME", "HOME", "XDG_CONFIG_HOME",
	"XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR" };

static void
clear_env(void)
{
	for (size_t i = 0; i < ARRAY_LEN(variables); i++)
		(void)unsetenv(variables[i]);
}

static void
home_follows_xdg(void **state)
{
	struct os_home h;

	clear_env();
	(void)setenv("HOME", "/u", 1);
	assert_int_equal(os_home_init(&h), 0);
	assert_false(h.from_env);
	assert_null(h.root);
	assert_string_equal(h.config, "/u/.config/belay");
	assert_string_equal(h.data, "/u/.local/share/belay");
	assert_string_equal(h.state, "/u/.local/state/belay");
	assert_string_equal(h.run, "/u/.local/state/belay/run");
	assert_string_equal(h.sessions, "/u/.local/state/belay/sessions");
	assert_string_equal(h.socket, "/u/.local/state/belay/run/belayd.sock");
	os_home_deinit(&h);
	(void)setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
	(void)setenv("XDG_CONFIG_HOME", "relative", 1); /* to be ignored */
	(void)setenv("XDG_STATE_HOME", "/s", 1);
	assert_int_equal(os_home_init(&h), 0);
	assert_string_equal(h.config, "/u/.config/belay");
	assert_string_equal(h.state, "/s/belay");
	assert_string_equal(h.run, "/run/user/7/belay");
	os_home_deinit(&h);
}

static void
belay_home_rules(void **state)
{
	struct os_home h;

	(void)setenv("BELAY_HOME", "relative", 1);
	assert_int_equal(os_home_init(&h), -EINVAL);
	(void)setenv("BELAY_HOME", "/b//", 1);
	assert_int_equal(os_home_init(&h), 0);
	assert_true(h.from_env);
	assert_string_equal(h.root, "/b");
	assert_string_equal(h.config, "/b/config");
	assert_string_equal(h.data, "/b/data");
	assert_string_equal(h.socket, "/b/run/belayd.sock");
	os_home_deinit(&h);
	clear_env();
}

static void
make_is_private_and_refuses_strangers(void **state)
{
	const char *root = scratch_path(*state, "home"), *failed = NULL;
	struct os_home h;
	struct stat st;

	(void)setenv("BELAY_HOME", root, 1);
	assert_int_equal(os_home_init(&h), 0);
	assert_int_equal(os_home_make(&h, &failed), 0);
	assert_int_equal(os_home_make(&h, &failed), 0);
	assert_null(failed);
	assert_int_equal(stat(h.sessions, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	/* Too open to read: mended.  Writable by others: refused. */
	assert_int_equal(chmod(h.config, 0755), 0);
	assert_int_equal(os_home_make(&h, &failed), 0);
	assert_int_equal(stat(h.config, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(chmod(h.data, 0770), 0);
	assert_int_equal(os_home_make(&h, &failed), -EPERM);
	assert_string_equal(failed, h.data);
	assert_int_equal(chmod(h.data, 0700), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(h.run, 12345, 12345), 0);
		assert_int_equal(os_home_make(&h, &failed), -EPERM);
		assert_string_equal(failed, h.run);
	}
	os_home_deinit(&h);
	assert_int_equal(os_write_file(-1, scratch_path(*state, "file"), STR("x")), 0);
	(void)setenv("BELAY_HOME", scratch_path(*state, "file/below"), 1);
	assert_int_equal(os_home_init(&h), 0);
	assert_int_equal(os_home_make(&h, &failed), -ENOTDIR);
	assert_string_equal(failed, h.root);
	os_home_deinit(&h);
	clear_env();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(home_follows_xdg),
		scratch_test(belay_home_rules),
		scratch_test(make_is_private_and_refuses_strangers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
