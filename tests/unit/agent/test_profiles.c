#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../test.h"
#include "agent/profiles.h"

static void
write_file(const char *dir, const char *name, const char *text)
{
	struct buf path = BUF_UNLIMITED;
	FILE *f;

	buf_printf(&path, "%s/%s", dir, name);
	f = fopen(buf_text(&path), "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	buf_deinit(&path);
}

static void
remove_file(const char *dir, const char *name)
{
	struct buf path = BUF_UNLIMITED;

	buf_printf(&path, "%s/%s", dir, name);
	assert_int_equal(unlink(buf_text(&path)), 0);
	buf_deinit(&path);
}

static void
test_fields(void **state)
{
	struct profiles all;
	const struct profile *p;

	(void)state;
	profiles_init(&all);
	assert_true(profiles_add(&all, "x",
	    STR("title: X\ncommand: [x, '{task}']\nresume: x --again\nenv: {A: 1, B: "
		"two}\n"
		"unset: [C, D*]\ninterrupt: Escape\nstop_signal: HUP\ntask: argument\n"),
	    "x.yaml"));
	p = profiles_get(&all, "x");
	assert_string_equal(p->title, "X");
	assert_string_equal(p->command[1], "{task}");
	assert_string_equal(p->resume[0], "x --again");
	assert_null(p->resume[1]);
	assert_string_equal(p->env[1], "B=two");
	assert_int_equal(p->stop_signal, SIGHUP);
	assert_int_equal(p->task, PROFILE_TASK_ARGUMENT);
	assert_null(profiles_get(&all, "y"));
	profiles_deinit(&all);
}

static void
mistake(const char *text, const char *sentence)
{
	struct profiles all;

	profiles_init(&all);
	assert_false(profiles_add(&all, "x", str_of(text), "x.yaml"));
	assert_string_equal(profiles_get(&all, "x")->error, sentence);
	profiles_deinit(&all);
}

static void
test_mistakes(void **state)
{
	(void)state;
	mistake("title: x\n", "x.yaml:1:1: command is missing: a list of words");
	mistake("command: []\n", "x.yaml:1:1: command is missing: a list of words");
	mistake("command: x\ncolour: red\n", "x.yaml:2:1: unknown key 'colour', expected "
					     "one of title, command, resume, env, unset, "
					     "interrupt, stop_signal, task");
	mistake("command: x\nstop_signal: KILL\n",
	    "x.yaml:2:14: stop_signal: 'KILL' is not one of TERM|HUP|INT|QUIT");
	mistake("command: x\nresume: []\n", "x.yaml:2:9: resume must not be empty");
	mistake("", "x.yaml:1:1: command is missing: a list of words");
}

static void
test_directories(void **state)
{
	char first[] = "/tmp/belay-unit-XXXXXX", second[] = "/tmp/belay-unit-XXXXXX";
	struct buf names = BUF(100);
	struct profiles all;

	(void)state;
	assert_non_null(mkdtemp(first));
	assert_non_null(mkdtemp(second));
	write_file(first, "b.yaml", "command: mine\n");
	write_file(first, "bad.yaml", "command: {\n");
	write_file(first, "note.txt", "not a profile");
	write_file(second, "b.yaml", "command: theirs\n");
	write_file(second, "a.yaml", "command: a\n");
	profiles_init(&all);
	assert_int_equal(profiles_load(&all, first), 1);
	assert_int_equal(profiles_load(&all, second), 0);
	assert_int_equal(profiles_load(&all, "/no/such/directory"), 0);
	profiles_put_names(&all, &names);
	assert_string_equal(buf_text(&names), "a, b, bad");
	assert_string_equal(profiles_get(&all, "b")->command[0], "mine");
	assert_non_null(profiles_get(&all, "bad")->error);
	profiles_deinit(&all);
	buf_deinit(&names);
	remove_file(first, "b.yaml");
	remove_file(first, "bad.yaml");
	remove_file(first, "note.txt");
	remove_file(second, "a.yaml");
	remove_file(second, "b.yaml");
	assert_int_equal(rmdir(first), 0);
	assert_int_equal(rmdir(second), 0);
}

/* The ones that are installed are free of mistakes. */
static void
test_ours(void **state)
{
	static const char *const names[] = { "claude", "demo", "generic", "shell" };
	const char *dir = getenv("PROFILES");
	struct profiles all;

	(void)state;
	assert_non_null(dir);
	profiles_init(&all);
	assert_int_equal(profiles_load(&all, dir), 0);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_non_null(profiles_get(&all, names[i]));
	assert_true(
	    profiles_match(profiles_get(&all, "claude")->unset, STR("CLAUDECODE")));
	profiles_deinit(&all);
}

static void
test_patterns(void **state)
{
	char a[] = "A", b[] = "LC_*";
	char *const list[] = { a, b, NULL };

	(void)state;
	assert_true(profiles_match(list, STR("A")));
	assert_false(profiles_match(list, STR("AB")));
	assert_true(profiles_match(list, STR("LC_ALL")));
	assert_false(profiles_match(list, STR("LC")));
	assert_false(profiles_match(NULL, STR("LC")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_directories),
		cmocka_unit_test(test_ours),
		cmocka_unit_test(test_patterns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
