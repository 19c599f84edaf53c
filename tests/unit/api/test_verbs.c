/* Every verb of the daemon on real sessions: what it answers, what it refuses. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "../test.h"
#include "base/cleanup.h"
#include "core/session.h"
#include "face.h"

static struct face f;

#define LOOP "while read -r x; do echo \\\"<$x>\\\"; done"

static const char *
text(const char *key)
{
	return json_get_text(f.result, key);
}

static int
setup(void **state)
{
	(void)state;
	face_open(&f);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	face_close(&f);
	return 0;
}

static void
refused(enum outcome outcome, const char *detail)
{
	assert_true(f.failed);
	assert_string_equal(f.problem.detail, detail);
	assert_int_equal(f.problem.outcome, outcome);
}

static void
make(const char *name)
{
	assert_true(face_call(&f, "session.create",
	    "{'name':'%s','cwd':'/','command':['sh','-c','echo ready; " LOOP "']}",
	    name));
	assert_true(face_call(&f, "session.wait",
	    "{'session':'%s','until':'text=ready','timeout':60000}", name));
}

static void
shows(const char *name, const char *what)
{
	assert_true(face_call(&f, "session.wait",
	    "{'session':'%s','until':'text=%s','timeout':60000}", name, what));
}

static void
test_names_and_labels(void **state)
{
	(void)state;
	make("a");
	make("b");
	assert_false(face_call(&f, "session.rename", "{'session':'a','name':'b'}"));
	refused(OUTCOME_NAME_TAKEN, "name: \"b\" is taken by a session that is running; "
				    "choose another or remove it");
	assert_false(
	    face_call(&f, "session.create", "{'name':'b','cwd':'/','command':['cat']}"));
	assert_int_equal(f.problem.outcome, OUTCOME_NAME_TAKEN);
	assert_true(face_call(&f, "session.rename", "{'session':'a','name':'a'}"));
	assert_true(face_call(&f, "session.rename", "{'session':'a','name':'c'}"));
	assert_string_equal(text("name"), "c");
	assert_true(
	    face_call(&f, "session.label", "{'session':'c','set':{'k':'v','x':''}}"));
	assert_true(face_call(
	    &f, "session.label", "{'session':'c','remove':['x'],'set':{'y':'1'}}"));
	assert_string_equal(json_get_text(json_get(f.result, "labels"), "y"), "1");
	assert_false(json_has(json_get(f.result, "labels"), "x"));
	assert_true(face_call(&f, "session.list", "{'label':['k=v']}"));
	assert_int_equal(json_count(json_get(f.result, "sessions")), 1);
	assert_true(face_call(&f, "session.list", "{'label':['k']}"));
	assert_int_equal(json_count(json_get(f.result, "sessions")), 1);
	assert_true(face_call(&f, "session.list", "{'label':['k=']}"));
	assert_int_equal(json_count(json_get(f.result, "sessions")), 0);
	face_reopen(&f);
	assert_true(face_call(&f, "session.get", "{'session':'c'}"));
	assert_string_equal(json_get_text(json_get(f.result, "labels"), "k"), "v");
}

static void
test_stop_kill_and_states(void **state)
{
	(void)state;
	assert_true(face_call(&f, "session.create",
	    "{'name':'deaf','cwd':'/','command':['sh','-c',"
	    "'trap \\'\\' TERM; echo ready; while :; do read -r x || :; done']}"));
	shows("deaf", "ready");
	assert_false(face_call(&f, "session.archive", "{'session':'deaf'}"));
	refused(OUTCOME_WRONG_STATE,
	    "session deaf is running and can not be archived; stop it first");
	assert_false(face_call(&f, "session.remove", "{'session':'deaf'}"));
	refused(OUTCOME_WRONG_STATE,
	    "session deaf is running; stop it first, or remove it with force");
	assert_true(face_call(&f, "session.stop", "{'session':'deaf','grace':50}"));
	assert_string_equal(text("stop_cause"), "deliberate");
	assert_string_equal(text("exit_signal"), "SIGKILL");
	assert_string_equal(text("activity"), "exited");
	assert_false(face_call(&f, "session.stop", "{'session':'deaf'}"));
	refused(OUTCOME_WRONG_STATE, "session deaf is stopped and can not be stopped");
	assert_false(face_call(&f, "session.send", "{'session':'deaf','text':'x'}"));
	refused(OUTCOME_WRONG_STATE,
	    "session deaf is stopped: there is no program to type to");
	assert_false(face_call(&f, "session.get", "{'session':'deaf','x':1}"));
	assert_int_equal(f.problem.outcome, OUTCOME_BAD_REQUEST);
	assert_true(face_call(&f, "session.archive", "{'session':'deaf'}"));
	assert_string_equal(text("lifecycle"), "archived");
	assert_true(face_call(&f, "session.list", "{}"));
	assert_int_equal(json_count(json_get(f.result, "sessions")), 0);
	assert_false(face_call(&f, "session.restart", "{'session':'deaf'}"));
	refused(OUTCOME_WRONG_STATE, "session deaf is archived and can not be restarted");
	make("deaf"); /* the name is free again */
	assert_true(face_call(&f, "session.kill", "{'session':'deaf','generation':1}"));
	assert_string_equal(text("exit_signal"), "SIGKILL");
	assert_false(face_call(&f, "session.kill", "{'session':'deaf','generation':2}"));
	refused(OUTCOME_STALE, "session deaf is at generation 1, not 2");
}

static void
test_crash_is_told(void **state)
{
	int64_t pid;

	(void)state;
	make("a");
	assert_true(face_call(&f, "session.get", "{'session':'a'}"));
	pid = json_get_int(f.result, "pid", 0);
	assert_int_equal(kill((pid_t)pid, SIGSEGV), 0);
	assert_true(face_call(&f, "session.wait", "{'session':'a','timeout':60000}"));
	assert_true(face_call(&f, "session.list", "{}"));
	face_dig(&f, json_at(json_get(f.result, "sessions"), 0));
	assert_string_equal(text("stop_cause"), "crashed");
	assert_string_equal(text("exit_signal"), "SIGSEGV");
	assert_string_equal(text("attention"), "failed");
	assert_true(face_call(&f, "session.restart", "{'session':'a'}"));
	assert_string_equal(text("lifecycle"), "running");
	assert_null(text("stop_cause"));
}

static void
test_wait(void **state)
{
	struct api_call *call;

	(void)state;
	make("a");
	assert_false(face_call(
	    &f, "session.wait", "{'session':'a','until':'exited','timeout':30}"));
	refused(OUTCOME_TIMEOUT,
	    "session a did not reach exited within 0.03 seconds; it is running");
	assert_true(face_call(&f, "session.wait", "{'session':'a','until':'running'}"));
	assert_string_equal(text("reached"), "running");
	call = face_begin(&f, "session.wait", "{'session':'a','until':'text=never'}");
	face_cancel(&f, call);
	call = face_begin(&f, "session.wait", "{'session':'a','until':'text=never'}");
	assert_int_equal(
	    kill((pid_t)container_of(f.core->sessions.next, struct session, node)->pid,
		SIGKILL),
	    0);
	assert_false(face_wait(&f));
	refused(OUTCOME_WRONG_STATE,
	    "session a is stopped and the text is not on its screen");
	face_cancel(&f, call);
	assert_false(face_call(&f, "session.wait", "{'session':'a','until':'text='}"));
	assert_int_equal(f.problem.outcome, OUTCOME_BAD_REQUEST);
}

static void
test_looking(void **state)
{
	(void)state;
	make("a");
	for (unsigned i = 0; i < 40; i++)
		assert_true(
		    face_call(&f, "session.send", "{'session':'a','text':'line-%u'}", i));
	shows("a", "<line-39>");
	assert_true(face_call(&f, "session.screen", "{'session':'a'}"));
	assert_null(strstr(text("content"), "<line-2>"));
	assert_true(json_get_bool(f.result, "complete", false));
	assert_true(face_call(&f, "session.screen", "{'session':'a','scrollback':2000}"));
	assert_non_null(strstr(text("content"), "<line-2>"));
	assert_true(face_call(&f, "session.screen", "{'session':'a','format':'ansi'}"));
	assert_non_null(strstr(text("content"), "\033["));
	assert_true(face_call(&f, "session.screen", "{'session':'a','format':'svg'}"));
	assert_non_null(strstr(text("content"), "<svg"));
	assert_true(face_call(&f, "session.screen", "{'session':'a','format':'json'}"));
	assert_int_equal(json_kind(json_get(f.result, "content")), JSON_OBJECT);
	assert_true(face_call(&f, "session.tail", "{'session':'a','lines':3}"));
	assert_int_equal(json_count(json_get(f.result, "lines")), 3);
	assert_string_equal(
	    json_text(json_at(json_get(f.result, "lines"), 2)), "<line-39>");
	/* The same after an orderly end of the daemon, and after that of the program. */
	face_reopen(&f);
	assert_true(face_call(&f, "session.tail", "{'session':'a','lines':500}"));
	assert_string_equal(json_text(json_at(json_get(f.result, "lines"), 0)), "ready");
	assert_true(face_call(&f, "session.kill", "{'session':'a'}"));
	face_reopen(&f);
	assert_true(face_call(&f, "session.tail", "{'session':'a','lines':500}"));
	assert_string_equal(json_text(json_at(json_get(f.result, "lines"), 0)), "ready");
}

static void
test_typing(void **state)
{
	(void)state;
	make("a");
	assert_true(face_call(&f, "session.keys",
	    "{'session':'a','keys':['h','i','Space','x','BSpace','y','Enter']}"));
	assert_int_equal(json_get_int(f.result, "bytes", 0), 7);
	shows("a", "<hi y>");
	assert_true(face_call(
	    &f, "session.keys", "{'session':'a','keys':['Enter'],'literal':true}"));
	assert_false(face_call(&f, "session.keys", "{'session':'a','keys':['Entre']}"));
	refused(OUTCOME_BAD_REQUEST,
	    "keys: no key is called \"Entre\"; see belay keys --help, or use --literal");
	assert_false(
	    face_call(&f, "session.send", "{'session':'a','text':'','enter':false}"));
	refused(OUTCOME_BAD_REQUEST, "text is empty and enter is false: nothing to do");
	assert_true(face_call(&f, "session.send",
	    "{'session':'a','text':'!','enter':false,'paste':'always'}"));
	assert_string_equal(text("stage"), "typed");
	assert_true(json_get_bool(f.result, "bracketed", false));
	assert_true(face_call(
	    &f, "session.resize", "{'session':'a','size':{'cols':90,'rows':20}}"));
	assert_int_equal(json_get_int(json_get(f.result, "size"), "cols", 0), 90);
	assert_true(face_call(&f, "session.interrupt", "{'session':'a'}"));
	assert_true(face_call(&f, "session.wait", "{'session':'a','timeout':60000}"));
	face_dig(&f, json_get(f.result, "session"));
	assert_string_equal(text("exit_signal"), "SIGINT");
}

static void
test_pipe(void **state)
{
	(void)state;
	assert_true(face_call(&f, "session.create",
	    "{'name':'p','host':'pipe','cwd':'/','command':['sh','-c','" LOOP "']}"));
	assert_string_equal(text("host"), "pipe");
	assert_null(json_get(f.result, "size"));
	assert_true(face_call(&f, "session.send", "{'session':'p','text':'one\\ntwo'}"));
	shows("p", "<two>");
	assert_true(face_call(&f, "session.tail", "{'session':'p'}"));
	assert_string_equal(json_text(json_at(json_get(f.result, "lines"), 0)), "<one>");
	assert_false(face_call(
	    &f, "session.resize", "{'session':'p','size':{'cols':90,'rows':20}}"));
	refused(
	    OUTCOME_WRONG_STATE, "session p has no terminal: it was made with host pipe");
	assert_true(face_call(&f, "session.interrupt", "{'session':'p'}"));
	assert_true(face_call(&f, "session.wait", "{'session':'p','timeout':60000}"));
}

static void
test_profiles_and_environment(void **state)
{
	(void)state;
	assert_int_equal(setenv("NOT_ME_TOO", "secret", 1), 0);
	assert_true(face_call(&f, "session.create",
	    "{'name':'t','agent':'typist','cwd':'/','task':'from the task',"
	    "'command':['sh','-c','env | sort | grep -E "
	    "\\'^(NOT_ME|SET_BY|BELAY_|TERM|GIVEN)\\'; cat'],"
	    "'env':{'GIVEN':'by hand'},'size':{'cols':200,'rows':50}}"));
	shows("t", "from the task"); /* typed when it had gone quiet */
	assert_true(face_call(&f, "session.screen", "{'session':'t'}"));
	assert_null(strstr(text("content"), "NOT_ME"));
	assert_non_null(strstr(text("content"), "SET_BY=profile"));
	assert_non_null(strstr(text("content"), "GIVEN=by hand"));
	assert_non_null(strstr(text("content"), "TERM=xterm-256color"));
	assert_non_null(strstr(text("content"), "BELAY_SESSION_NAME=t"));
	assert_non_null(strstr(text("content"), "BELAY_GENERATION=1"));
	assert_null(strstr(text("content"), "BELAY_HOME"));
	assert_int_equal(unsetenv("NOT_ME_TOO"), 0);
	/* A later generation has the same environment; it is in no record. */
	face_reopen(&f);
	assert_true(face_call(&f, "session.restart", "{'session':'t','grace':0}"));
	shows("t", "GIVEN=by hand");
	shows("t", "BELAY_GENERATION=2");
	assert_true(face_call(&f, "event.list", "{}"));
	{
		struct buf all = BUF_UNLIMITED;

		json_write(&all, f.result);
		assert_null(strstr(buf_text(&all), "by hand"));
		buf_deinit(&all);
	}
	assert_true(face_call(&f, "session.create",
	    "{'name':'w','agent':'worded','cwd':'/','task':'the task'}"));
	assert_true(face_call(&f, "session.wait", "{'session':'w','timeout':60000}"));
	assert_true(face_call(&f, "session.tail", "{'session':'w'}"));
	assert_string_equal(
	    json_text(json_at(json_get(f.result, "lines"), 0)), "w the task");
	assert_false(face_call(&f, "session.create", "{'agent':'broken','cwd':'/'}"));
	assert_int_equal(f.problem.outcome, OUTCOME_UNKNOWN_AGENT);
	assert_true(
	    strncmp(f.problem.detail,
		"agent: profile \"broken\" can not be read: broken.yaml:2:1: ", 57) == 0);
}

static void
test_events(void **state)
{
	struct api_call *call;
	unsigned before;

	(void)state;
	make("a");
	assert_true(face_call(&f, "event.list", "{'kind':'session.','limit':2}"));
	assert_int_equal(json_count(json_get(f.result, "events")), 2);
	assert_string_equal(
	    json_get_text(json_at(json_get(f.result, "events"), 0), "kind"),
	    "session.created");
	call = face_begin(&f, "event.list", "{'follow':true,'since':0}");
	while (f.events < 3)
		assert_int_equal(loop_turn(f.loop, true), 0);
	before = f.events;
	assert_true(face_call(&f, "session.label", "{'session':'a','set':{'k':'v'}}"));
	while (f.events == before)
		assert_int_equal(loop_turn(f.loop, true), 0);
	for (unsigned i = 0; i < f.events; i++)
		assert_int_equal(json_get_int(json_at(f.stream, i), "seq", 0), i + 1);
	f.slow = true; /* the face ends it: nothing comes any more */
	assert_true(face_call(&f, "session.label", "{'session':'a','set':{'k':'w'}}"));
	before = f.events;
	f.slow = false;
	face_cancel(&f, call);
	assert_true(face_call(&f, "session.label", "{'session':'a','set':{'k':'x'}}"));
	assert_int_equal(f.events, before);
	call = face_begin(&f, "event.list", "{'follow':true,'kind':'session.rem'}");
	assert_true(face_call(&f, "session.remove", "{'session':'a','force':true}"));
	while (f.events == before)
		assert_int_equal(loop_turn(f.loop, true), 0);
	assert_int_equal(f.events, before + 1);
	face_cancel(&f, call);
}

static void
test_daemon(void **state)
{
	(void)state;
	make("a");
	assert_true(face_call(&f, "daemon.status", "{}"));
	assert_int_equal(json_get_int(f.result, "running", 0), 1);
	assert_string_equal(text("home"), f.dir);
	assert_string_equal(text("store"), "ok");
	assert_true(face_call(&f, "daemon.check", "{}"));
	assert_false(json_get_bool(f.result, "ok", true)); /* the broken profile */
	assert_true(face_call(&f, "daemon.stop", "{}"));
	assert_true(f.stop_asked);
	assert_true(face_call(&f, "daemon.restart", "{}"));
	assert_true(f.restart_asked);
}

static void
test_ambiguous(void **state)
{
	struct session *one, *two;
	char prefix[9];
	struct buf want = BUF(512);

	(void)state;
	make("a");
	make("b");
	one = container_of(f.core->sessions.next, struct session, node);
	two = container_of(f.core->sessions.prev, struct session, node);
	memcpy(prefix, one->id_text, 4);
	prefix[4] = '\0';
	buf_printf(&want, "\"%s\" fits 2 sessions: a (%s), b (%s)", prefix, one->id_text,
	    two->id_text);
	assert_false(face_call(&f, "session.get", "{'session':'%s'}", prefix));
	refused(OUTCOME_AMBIGUOUS, buf_text(&want));
	buf_deinit(&want);
	assert_true(face_call(&f, "session.get", "{'session':'%s'}", two->id_text));
	assert_string_equal(text("name"), "b");
}

static void
test_rights(void **state)
{
	(void)state;
	for (size_t i = 0; i < verbs_count; i++)
		if (verbs[i].route)
			assert_true(verbs[i].right > RIGHT_NONE);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_names_and_labels),
		T(test_stop_kill_and_states),
		T(test_crash_is_told),
		T(test_wait),
		T(test_looking),
		T(test_typing),
		T(test_pipe),
		T(test_profiles_and_environment),
		T(test_events),
		T(test_daemon),
		T(test_ambiguous),
		cmocka_unit_test(test_rights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
