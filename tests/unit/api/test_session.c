#include <string.h>
#include <unistd.h>

#include "../test.h"
#include "base/cleanup.h"
#include "core/session.h"
#include "face.h"

static struct face f;

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
test_create_and_exit(void **state)
{
	(void)state;
	assert_true(face_call(&f, "session.create",
	    "{'name':'a','cwd':'/tmp','command':['sh','-c','echo hello; read x; exit 3'],"
	    "'labels':{'k':'v'},'task':'do it','size':{'cols':80,'rows':24}}"));
	assert_string_equal(text("name"), "a");
	assert_string_equal(text("lifecycle"), "running");
	assert_string_equal(text("agent"), "generic");
	assert_true(json_get_int(f.result, "pid", 0) > 0);
	assert_true(face_call(
	    &f, "session.wait", "{'session':'a','until':'text=hello','timeout':60000}"));
	assert_true(
	    face_call(&f, "session.keys", "{'session':'a','keys':['x','Enter']}"));
	assert_true(face_call(&f, "session.wait", "{'session':'a','timeout':60000}"));
	face_dig(&f, json_get(f.result, "session"));
	assert_string_equal(text("lifecycle"), "stopped");
	assert_string_equal(text("stop_cause"), "exited");
	assert_int_equal(json_get_int(f.result, "exit_status", -1), 3);
	assert_true(face_call(&f, "session.screen", "{'session':'a'}"));
	assert_true(strncmp(text("content"), "hello\nx\n", 8) == 0);
	assert_true(face_call(&f, "session.tail", "{'session':'a'}"));
	assert_int_equal(json_count(json_get(f.result, "lines")), 2);
	assert_true(face_call(&f, "session.tail", "{'session':'a','raw':10}"));
	assert_string_equal(text("raw"), "aGVsbG8NCngNCg==");
}

static void
test_send_and_reopen(void **state)
{
	int64_t pid;

	(void)state;
	assert_true(face_call(&f, "session.create",
	    "{'name':'c','cwd':'/','command':['sh','-c','while read -r x; do echo "
	    "\\'<$x>\\'; done']}"));
	pid = json_get_int(f.result, "pid", 0);
	assert_true(
	    face_call(&f, "session.send", "{'session':'c','text':'one','key':'k1'}"));
	assert_string_equal(text("stage"), "submitted");
	assert_true(face_call(
	    &f, "session.wait", "{'session':'c','until':'text=<one>','timeout':60000}"));
	assert_true(
	    face_call(&f, "session.send", "{'session':'c','text':'one','key':'k1'}"));
	assert_true(json_get_bool(f.result, "duplicate", false));
	face_reopen(&f);
	assert_true(face_call(&f, "session.get", "{'session':'c'}"));
	assert_int_equal(json_get_int(f.result, "pid", 0), pid);
	assert_true(face_call(
	    &f, "session.wait", "{'session':'c','until':'text=<one>','timeout':60000}"));
	assert_true(
	    face_call(&f, "session.send", "{'session':'c','text':'one','key':'k1'}"));
	assert_true(json_get_bool(f.result, "duplicate", false));
	assert_true(face_call(&f, "session.send", "{'session':'c','text':'two'}"));
	assert_true(face_call(
	    &f, "session.wait", "{'session':'c','until':'text=<two>','timeout':60000}"));
	assert_true(face_call(&f, "session.restart", "{'session':'c','grace':0}"));
	assert_int_equal(json_get_int(f.result, "generation", 0), 2);
	assert_true(json_get_int(f.result, "pid", 0) != pid);
	assert_true(face_call(&f, "session.stop", "{'session':'c'}"));
	assert_string_equal(text("stop_cause"), "deliberate");
}

static void
test_refusals(void **state)
{
	(void)state;
	assert_false(face_call(&f, "session.get", "{'session':'x'}"));
	refused(
	    OUTCOME_NOT_FOUND, "no session named or with id \"x\"; belay ls shows them");
	assert_false(
	    face_call(&f, "session.create", "{'cwd':'/no/dir','command':['cat']}"));
	refused(OUTCOME_CWD_MISSING, "cwd: directory does not exist: /no/dir");
	assert_false(face_call(&f, "session.create",
	    "{'command':['no-such'],'env':{'PATH':'/bin'},'cwd':'/'}"));
	refused(OUTCOME_COMMAND_NOT_FOUND,
	    "command not found: no-such (looked in PATH=/bin)");
	assert_false(face_call(&f, "session.create", "{'agent':'hal','cwd':'/'}"));
	refused(OUTCOME_UNKNOWN_AGENT, "agent: no profile named \"hal\"; there is "
				       "broken, generic, shell, typist, worded");
	assert_true(list_empty(&f.core->sessions));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_create_and_exit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_send_and_reopen, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
