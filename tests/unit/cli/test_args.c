#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "cli/args.h"

/* Parses a line of words with blanks between; NULL p: it must be right. */
static struct args
parse(const char *line, struct problem *p)
{
	struct problem own = { 0 };
	char *words[32], *copy = xstrdup(line);
	struct str rest = str_of(copy);
	const struct verb *v;
	struct args args = { 0 };
	int n = 0, used, r;

	while (rest.len > 0) {
		struct str word = str_cut(&rest, ' ');
		words[n++] = xstrndup(word.p, word.len);
	}
	r = args_command(words, n, &v, &used, p ? p : &own);
	if (r == 0)
		r = args_parse(v, words + used, n - used, &args, p ? p : &own);
	if (r == 0)
		r = args_check(&args, p ? p : &own);
	if (!p)
		assert_string_equal(own.detail, "");
	else
		assert_int_equal(r, OUTCOME_BAD_REQUEST);
	while (n > 0)
		free(words[--n]);
	free(copy);
	return args;
}

static void
good(const char *line, const char *request, const char *options)
{
	struct args args = parse(line, NULL);
	cleanup_buf struct buf a = BUF_UNLIMITED, b = BUF_UNLIMITED;

	json_write(&a, args.request);
	json_write(&b, args.options);
	assert_string_equal(buf_text(&a), request);
	assert_string_equal(buf_text(&b), options);
	args_deinit(&args);
}

static void
bad(const char *line, const char *sentence)
{
	struct problem p = { 0 };
	struct args args = parse(line, &p);

	assert_string_equal(p.detail, sentence);
	args_deinit(&args);
}

static void
test_options(void **state)
{
	good("ls", "{}", "{}");
	good("ls --json -q", "{}", "{\"json\":true,\"quiet\":true}");
	good("ls -qa", "{\"all\":true}", "{\"quiet\":true}");
	good("ps --state=idle", "{\"state\":\"idle\"}", "{}");
	good("ls -l a=b --label c", "{\"label\":[\"a=b\",\"c\"]}", "{}");
	good("tail s -n5", "{\"session\":\"s\",\"lines\":5}", "{}");
	good("tail -n 5 s -f", "{\"lines\":5,\"session\":\"s\"}", "{\"follow\":true}");
	good("wait s --timeout 2m", "{\"session\":\"s\",\"timeout\":120000}", "{}");
	good("get s --timeout 500ms", "{\"session\":\"s\"}", "{\"timeout\":500}");
	good("get s -h", "{\"session\":\"s\"}", "{\"help\":true}");
	good("attach -r s", "{\"session\":\"s\"}", "{\"read_only\":true}");
}

static void
test_rest(void **state)
{
	good("new -d ls -l --name x", "{\"command\":[\"ls\",\"-l\",\"--name\",\"x\"]}",
	    "{\"detach\":true}");
	good("new --env A=1 -e B=2=3 --size 80x24 --dir /tmp -- -x",
	    "{\"env\":{\"A\":\"1\",\"B\":\"2=3\"},\"size\":{\"cols\":80,\"rows\":24},"
	    "\"cwd\":\"/tmp\","
	    "\"command\":[\"-x\"]}",
	    "{}");
	good("send s --no-enter hello world -q",
	    "{\"session\":\"s\",\"enter\":false,\"text\":\"hello world -q\"}", "{}");
	good("send s -- --no-enter", "{\"session\":\"s\",\"text\":\"--no-enter\"}", "{}");
	good("label s a=b c -r d",
	    "{\"session\":\"s\",\"set\":{\"a\":\"b\",\"c\":\"\"},\"remove\":[\"d\"]}",
	    "{}");
}

static void
test_several_sessions(void **state)
{
	struct args args = parse("kill a b c -y", NULL);

	assert_int_equal(json_count(args.sessions), 3);
	assert_string_equal(json_text(json_at(args.sessions, 1)), "b");
	assert_true(args_flag(&args, "yes"));
	assert_int_equal(json_count(args.request), 0);
	args_deinit(&args);
}

static void
test_the_session_one_is_in(void **state)
{
	assert_int_equal(unsetenv("BELAY_SESSION_ID"), 0);
	bad("get -", "\"-\" is the session one is in, but BELAY_SESSION_ID is not set "
		     "here; name a session");
	assert_int_equal(setenv("BELAY_SESSION_ID", "0190", 1), 0);
	good("get -", "{\"session\":\"0190\"}", "{}");
	good("events --session -", "{\"session\":\"0190\"}", "{}");
}

static void
test_bad(void **state)
{
	bad("lst", "there is no command \"lst\"; did you mean \"belay ls\"?");
	bad("xttach s", "there is no command \"xttach\"; did you mean \"belay attach\"?");
	bad("frobnicate", "there is no command \"frobnicate\"; see belay help");
	bad("daemon", "\"daemon\" needs a second word; see belay help daemon");
	bad("daemon stat",
	    "there is no command \"daemon stat\"; did you mean \"belay daemon start\"?");
	bad("ls --al", "belay ls has no option --al; did you mean --all?");
	bad("ls --colour=red", "belay ls has no option --colour; see belay help ls");
	bad("ls -z", "belay ls has no option -z; see belay help ls");
	bad("ls x", "\"x\" is one word too many; see belay help ls");
	bad("new --name", "option --name needs a value");
	bad("tail s -n", "option -n needs a value");
	bad("new -d --size 0x0 -- cat",
	    "size: expected COLUMNSxROWS between 2x1 and 1000x1000, got \"0x0\"");
	bad("get", "belay get needs session: name, id or unique beginning of an id; - is "
		   "the session "
		   "one is in; see belay help get");
	bad("tail s -n x", "lines: expected an integer between 0 and 100000, got \"x\"");
}

static void
test_distance(void **state)
{
	assert_int_equal(args_distance("", ""), 0);
	assert_int_equal(args_distance("ls", "ls"), 0);
	assert_int_equal(args_distance("sl", "ls"), 1);
	assert_int_equal(args_distance("kitten", "sitting"), 3);
	assert_int_equal(args_distance("", "abc"), 3);
}

/* Every option of every command can be written, and no letter means two things. */
static void
test_every_option_is_reachable(void **state)
{
	for (size_t i = 0; i < verbs_count; i++) {
		const struct verb *v = &verbs[i];
		const struct verb_arg *lists[] = { v->args, args_common };
		bool seen[128] = { false };

		for (size_t l = 0; l < ARRAY_LEN(lists) && v->command; l++)
			for (const struct verb_arg *a = lists[l]; a->name; a++) {
				if (!args_is_option(a) || !a->letter)
					continue;
				assert_false(seen[(uint8_t)a->letter]);
				seen[(uint8_t)a->letter] = true;
			}
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_rest),
		cmocka_unit_test(test_several_sessions),
		cmocka_unit_test(test_the_session_one_is_in),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_distance),
		cmocka_unit_test(test_every_option_is_reachable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
