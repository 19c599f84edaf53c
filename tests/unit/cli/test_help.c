#include "test.h"

#include <string.h>

#include "cli/args.h"
#include "cli/help.h"

static const struct face plain = { .utf8 = true };

static void
test_overview_names_every_command(void **state)
{
	cleanup_buf struct buf out = BUF_UNLIMITED;

	help_put_overview(&plain, &out);
	for (size_t i = 0; i < verbs_count; i++)
		if (verbs[i].command) {
			cleanup_buf struct buf line = BUF_UNLIMITED;
			buf_printf(&line, "\n  %s ", verbs[i].command);
			assert_non_null(strstr(buf_text(&out), buf_text(&line)));
		}
}

static void
test_command_names_every_option(void **state)
{
	for (size_t i = 0; i < verbs_count; i++) {
		cleanup_buf struct buf out = BUF_UNLIMITED;

		if (!verbs[i].command)
			continue;
		help_put_verb(&plain, &verbs[i], &out);
		assert_true(str_starts(buf_str(&out), STR("usage: belay ")));
		for (const struct verb_arg *a = verbs[i].args; a->name; a++) {
			cleanup_buf struct buf option = BUF_UNLIMITED;
			if (!args_is_option(a))
				continue;
			args_put_option(a, &option);
			assert_non_null(strstr(buf_text(&out), buf_text(&option)));
		}
	}
}

static void
test_form(void **state)
{
	cleanup_buf struct buf out = BUF_UNLIMITED;

	help_put_verb(&plain, verb_by_name("session.rename"), &out);
	assert_string_equal(buf_text(&out),
	    "usage: belay rename [OPTIONS] SESSION NAME\n"
	    "Give a session another name.\n"
	    "\n"
	    "Words\n"
	    "  SESSION             name, id or unique beginning of an id; - is the "
	    "session one is in\n"
	    "  NAME                new name\n"
	    "\n"
	    "Options\n"
	    "      --json          print the answer as JSON\n"
	    "  -q, --quiet         print names only, or nothing\n"
	    "      --timeout TIME  give up on a daemon that does not answer (10s)\n"
	    "  -h, --help          show this help\n");
}

static void
test_group(void **state)
{
	cleanup_buf struct buf out = BUF_UNLIMITED;

	assert_true(help_put_group(&plain, "daemon", &out));
	assert_non_null(strstr(buf_text(&out), "daemon restart"));
	assert_false(help_put_group(&plain, "ls", &out));
	assert_false(help_put_group(&plain, "daem", &out));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_overview_names_every_command),
		cmocka_unit_test(test_command_names_every_option),
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
