#include <stdio.h>
#include <string.h>

#include "../test.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/settings.h"

static int
parse(struct settings *s, const char *text, char *sentence, size_t size)
{
	struct buf error = BUF(1024);
	int r = settings_parse(s, str_of(text), "belay.conf", &error);

	(void)snprintf(sentence, size, "%s", error.len > 0 ? buf_text(&error) : "");
	buf_deinit(&error);
	return r;
}

static void
defaults_are_those_of_the_manual(void **state)
{
	struct settings s;

	(void)state;
	settings_init(&s);
	assert_int_equal(s.ring_bytes, LIMIT_RING_DEFAULT);
	assert_int_equal(s.scrollback_rows, 2000);
	assert_int_equal(s.size[0], 120);
	assert_int_equal(s.size[1], 30);
	assert_int_equal(s.linger_ms, 86400000);
	assert_int_equal(s.stop_grace_ms, 10000);
	assert_null(s.shell);
	assert_string_equal(s.detach_keys[0], "C-q");
	assert_string_equal(s.detach_keys[1], "C-b d");
	assert_null(s.detach_keys[2]);
	assert_int_equal(s.log_level, LOG_INFO);
	assert_string_equal(s.pass_env[0], "PATH");
	assert_int_equal(s.retain_events, 1000000);
	settings_deinit(&s);
}

/* Every key is read: with a value that none takes, each is the one complained of. */
static void
every_key_is_known_and_checked(void **state)
{
	char text[128], sentence[512];
	struct settings s;
	size_t n = 0;

	(void)state;
	settings_init(&s);
	for (; settings_key(n); n++) {
		(void)snprintf(text, sizeof(text), "%s: {a: b}\n", settings_key(n));
		assert_int_equal(
		    parse(&s, text, sentence, sizeof(sentence)), SETTINGS_E_BAD);
		assert_non_null(strstr(sentence, settings_key(n)));
		assert_null(strstr(sentence, "unknown"));
	}
	assert_true(n >= 10);
	assert_null(settings_key(n + 1));
	settings_deinit(&s);
}

/* What was read before the mistake is not taken over either. */
static void
a_mistake_changes_nothing(void **state)
{
	char sentence[512];
	struct settings s;

	(void)state;
	settings_init(&s);
	assert_int_equal(
	    parse(&s, "size: 80x24\nshell: /bin/dash\n", sentence, sizeof(sentence)), 0);
	assert_int_equal(parse(&s, "size: 90x20\nshell: /bin/sh\nlinger: 31d\n", sentence,
			     sizeof(sentence)),
	    SETTINGS_E_BAD);
	assert_non_null(strstr(sentence, "belay.conf:3:"));
	assert_non_null(strstr(sentence, "linger"));
	assert_int_equal(s.size[0], 80);
	assert_string_equal(s.shell, "/bin/dash");
	settings_deinit(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_those_of_the_manual),
		cmocka_unit_test(every_key_is_known_and_checked),
		cmocka_unit_test(a_mistake_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
