#include <string.h>

#include "../test.h"
#include "base/config.h"
#include "base/settings.h"

static void
refused(const char *text, const char *sentence)
{
	struct settings s;
	struct buf error = BUF(4096);

	settings_init(&s);
	assert_int_equal(
	    settings_parse(&s, str_of(text), "belay.conf", &error), SETTINGS_E_BAD);
	assert_string_equal(buf_text(&error), sentence);
	assert_int_equal(s.size[0], 120); /* nothing was taken over */
	buf_deinit(&error);
	settings_deinit(&s);
}

static void
test_settings(void **state)
{
	struct settings s;
	struct buf error = BUF(4096);

	(void)state;
	settings_init(&s);
	assert_int_equal(
	    settings_parse(&s,
		STR("# a comment\nring_bytes: 2M\nsize: 80x24\nlinger: 2m\n"
		    "stop_grace: 500ms\nshell: /bin/dash\ndetach_keys: [C-a]\n"
		    "log_level: debug\npass_env: PATH\nretain_events: 5\n"
		    "scrollback_rows: 0\n"),
		"belay.conf", &error),
	    0);
	assert_int_equal(s.ring_bytes, 2 << 20);
	assert_int_equal(s.size[0], 80);
	assert_int_equal(s.size[1], 24);
	assert_int_equal(s.linger_ms, 120000);
	assert_int_equal(s.stop_grace_ms, 500);
	assert_string_equal(s.shell, "/bin/dash");
	assert_string_equal(s.detach_keys[0], "C-a");
	assert_null(s.detach_keys[1]);
	assert_int_equal(s.log_level, 0);
	assert_string_equal(s.pass_env[0], "PATH");
	assert_int_equal(s.retain_events, 5);
	assert_int_equal(s.scrollback_rows, 0);
	/* What is not named anew goes back to its default. */
	assert_int_equal(settings_parse(&s, STR(""), "belay.conf", &error), 0);
	assert_null(s.shell);
	assert_int_equal(s.size[0], 120);
	buf_deinit(&error);
	settings_deinit(&s);
}

static void
test_mistakes(void **state)
{
	(void)state;
	refused("size: 120x30\n  foo: 1\n",
	    "belay.conf:2:6: mapping values are not allowed in this context");
	refused("size: 80x24\nfoo: 1\n",
	    "belay.conf:2:1: unknown key 'foo', expected one of ring_bytes, "
	    "scrollback_rows, size, "
	    "linger, stop_grace, shell, detach_keys, log_level, pass_env, retain_events");
	refused(
	    "size: big\n", "belay.conf:1:7: size: 'big' is not a size such as 120x30");
	refused("size: 0x10\n",
	    "belay.conf:1:7: size: '0x10' is out of range, expected 2x1 to 1000x1000");
	refused("ring_bytes: 1\n", "belay.conf:1:13: ring_bytes: '1' is out of range, "
				   "expected 65536 to 1073741824");
	refused("ring_bytes: []\n", "belay.conf:1:13: ring_bytes: expected a number of "
				    "bytes such as 64K or 1M, found a list");
	refused("log_level: loud\n",
	    "belay.conf:1:12: log_level: 'loud' is not one of debug|info|warn|error");
	refused("linger: soon\n",
	    "belay.conf:1:9: linger: 'soon' is not a time such as 500ms, 10s or 2m");
	refused("shell: {a: b}\n", "belay.conf:1:8: shell: expected text, found a map");
	refused("pass_env: [a, [b]]\n",
	    "belay.conf:1:15: pass_env: every entry must be text");
	refused("scrollback_rows: many\n",
	    "belay.conf:1:18: scrollback_rows: 'many' is not a whole number");
	refused(
	    "size: 80x24\nsize: 80x25\n", "belay.conf:2:1: key 'size' stands here twice");
	refused("- a\n", "belay.conf:1:1: expected a map of keys and values");
	refused("a: &x 1\n", "belay.conf:1:4: anchors and tags are not allowed");
	refused("shell: !!int 1\n", "belay.conf:1:8: anchors and tags are not allowed");
	refused("shell: *x\n", "belay.conf:1:8: aliases are not allowed");
	refused("---\nshell: a\n---\nshell: b\n", "belay.conf:3:1: a second document");
	refused("? [a]\n: b\n", "belay.conf:1:3: a key must be plain text");
	refused("shell: \"a\\0b\"\n", "belay.conf:1:8: a NUL is not allowed");
	refused("[[[[[[[[[[[[[[[[[a]]]]]]]]]]]]]]]]]\n",
	    "belay.conf:1:17: nested too deeply");
	refused("shell: \"\n", "belay.conf:2:1: found unexpected end of stream");
}

static void
test_too_large(void **state)
{
	struct buf text = BUF_UNLIMITED, error = BUF(4096);
	struct config_node *root = NULL;

	(void)state;
	for (unsigned i = 0; i < 60000; i++)
		buf_puts(&text, "# a line that says nothing\n");
	assert_int_equal(config_parse(buf_str(&text), "f", &root, &error), CONFIG_E_BAD);
	assert_string_equal(buf_text(&error), "f:1:1: larger than 1048576 bytes");
	buf_deinit(&text);
	buf_deinit(&error);
}

static void
test_tree(void **state)
{
	struct buf error = BUF(4096);
	struct config_node *root = NULL;
	const struct config_node *n;

	(void)state;
	assert_int_equal(config_parse(STR("a: 1\nb:\n  - x\n  - 'y'\nc: {d: e}\n"), "f",
			     &root, &error),
	    0);
	n = config_get(root, "b");
	assert_int_equal(n->kind, CONFIG_LIST);
	assert_int_equal(n->key_line, 2);
	assert_string_equal(n->child->text, "x");
	assert_true(n->child->plain);
	assert_false(n->child->next->plain);
	assert_int_equal(n->child->next->line, 4);
	assert_int_equal(n->child->next->column, 5);
	assert_string_equal(config_get(config_get(root, "c"), "d")->text, "e");
	assert_null(config_get(root, "z"));
	assert_null(config_free(root));
	buf_deinit(&error);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
