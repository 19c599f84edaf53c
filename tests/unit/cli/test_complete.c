#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "cli/complete.h"

static void
test_every_verb_and_option_is_there(void **state)
{
	static const char *const shells[] = { "bash", "zsh", "fish" };

	for (size_t s = 0; s < ARRAY_LEN(shells); s++) {
		cleanup_buf struct buf out = BUF_UNLIMITED;

		assert_true(complete_put(shells[s], &out));
		for (size_t i = 0; i < verbs_count; i++) {
			const char *second;
			if (!verbs[i].command)
				continue;
			second = strchr(verbs[i].command, ' ');
			assert_non_null(
			    strstr(buf_text(&out), second ? second : verbs[i].command));
			for (const struct verb_arg *a = verbs[i].args; a->name; a++) {
				cleanup_buf struct buf option = BUF_UNLIMITED;
				if (!args_is_option(a))
					continue;
				args_put_option(a, &option);
				assert_non_null(
				    strstr(buf_text(&out), buf_text(&option)));
			}
		}
	}
}

static void
test_unknown_shell(void **state)
{
	cleanup_buf struct buf out = BUF_UNLIMITED;

	assert_false(complete_put("csh", &out));
	assert_false(complete_put(NULL, &out));
	assert_int_equal(out.len, 0);
}

/* Runs the script in bash, with a `belay` of its own, and presses Tab. */
static void
completes(const char *words, int at, const char *expected)
{
	cleanup_buf struct buf script = BUF_UNLIMITED, got = BUF_UNLIMITED;
	char chunk[512];
	size_t n;
	FILE *f;

	assert_true(complete_put("bash", &script));
	buf_printf(&script,
	    "belay() { echo one; echo two; }\n"
	    "COMP_WORDS=(%s)\nCOMP_CWORD=%d\n_belay\necho \"${COMPREPLY[*]}\"\n",
	    words, at);
	assert_int_equal(setenv("SCRIPT", buf_text(&script), 1), 0);
	f = popen("bash -c \"$SCRIPT\"", "r");
	assert_non_null(f);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_put(&got, chunk, n);
	assert_int_equal(pclose(f), 0);
	assert_string_equal(buf_text(&got), expected);
}

static void
test_bash(void **state)
{
	completes("belay at", 1, "attach\n");
	completes("belay daemon st", 2, "status start stop\n");
	completes("belay attach ''", 2, "one two\n");
	completes("belay attach --rea", 2, "--read-only\n");
	completes("belay send --pas", 2, "--paste\n");
	completes("belay send --no", 2, "--no-enter\n");
	completes("belay screen one --format s", 4, "svg\n");
	completes("belay events --session t", 3, "two\n");
	completes("belay completion f", 2, "fish\n");
	completes("belay help do", 2, "doctor\n");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_verb_and_option_is_there),
		cmocka_unit_test(test_unknown_shell),
		cmocka_unit_test(test_bash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
