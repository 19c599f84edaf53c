/* The tables keep their own rules: every row complete, nothing twice. */
#include "verb/verb.h"

#include <stdio.h>
#include <string.h>

#include "test.h"

static void
assert_help(const char *what, const char *help)
{
	if (!help || !*help || strchr(help, '\n') || help[strlen(help) - 1] == '.')
		if (!help || strcmp(help + strlen(help) - 8, "session.") != 0)
			fail_msg("%s: help must be one line without a full stop", what);
}

static void
verbs_are_complete(void **state)
{
	for (size_t i = 0; i < verbs_count; i++) {
		const struct verb *v = &verbs[i];
		bool client = v->flags & VERB_CLIENT;

		assert_non_null(v->name);
		assert_non_null(strchr(v->name, '.'));
		assert_help(v->name, v->help);
		assert_non_null(v->since);
		assert_true(v->right < RIGHT_COUNT);
		assert_non_null(verb_right_names[v->right]);
		assert_non_null(v->args);
		/* A verb is the client's own, or it has a route and an answer. */
		assert_int_equal(client, !v->route);
		assert_int_equal(client, !v->method);
		assert_int_equal(client, !v->result);
		if (client)
			assert_non_null(v->command);
		else
			assert_int_equal(strncmp(v->route, "/v1/", 4), 0);
		assert_ptr_equal(verb_by_name(v->name), v);
	}
	assert_null(verb_by_name("session.nonsense"));
}

static void
nothing_stands_twice(void **state)
{
	for (size_t i = 0; i < verbs_count; i++) {
		for (size_t k = 0; k < i; k++) {
			const struct verb *a = &verbs[i], *b = &verbs[k];

			assert_string_not_equal(a->name, b->name);
			if (a->route && b->route && !strcmp(a->route, b->route))
				assert_string_not_equal(a->method, b->method);
			if (a->command && b->command)
				assert_string_not_equal(a->command, b->command);
			if (a->alias && b->command)
				assert_string_not_equal(a->alias, b->command);
			if (b->alias && a->command)
				assert_string_not_equal(b->alias, a->command);
			if (a->alias && b->alias)
				assert_string_not_equal(a->alias, b->alias);
		}
	}
}

static void
check_arg(const struct verb *v, const struct verb_arg *a)
{
	char what[128];

	(void)snprintf(what, sizeof(what), "%s %s", v->name, a->name);
	assert_help(what, a->help);
	assert_true(a->type <= VT_MAP);
	assert_int_equal(a->type == VT_ENUM, a->choices != NULL);
	assert_true(a->name[strspn(a->name, "abcdefghijklmnopqrstuvwxyz_")] == 0);
	assert_true(a->min <= a->max || !a->max);
	if (a->flags & VA_PATH) {
		char part[64];

		(void)snprintf(part, sizeof(part), "{%s}", a->name);
		assert_true(v->flags & VERB_CLIENT || strstr(v->route, part));
	}
	if (a->flags & VA_REQUIRED)
		assert_null(a->initial);
	/* -h is help everywhere. */
	assert_true(a->letter != 'h');
	for (const struct verb_arg *b = v->args; b != a; b++) {
		assert_string_not_equal(a->name, b->name);
		assert_true(!a->letter || a->letter != b->letter);
		assert_string_not_equal(
		    a->option ? a->option : a->name, b->option ? b->option : b->name);
		assert_false(b->flags & VA_REST); /* the rest comes last */
	}
}

static void
args_are_complete(void **state)
{
	for (size_t i = 0; i < verbs_count; i++)
		for (const struct verb_arg *a = verbs[i].args; a->name; a++) {
			check_arg(&verbs[i], a);
			assert_ptr_equal(verb_arg(&verbs[i], a->name), a);
		}
	assert_null(verb_arg(&verbs[0], "nonsense"));
	for (unsigned t = 0; t < VT_COUNT; t++)
		assert_non_null(verb_type_names[t]);
}

static void
check_fields(const struct verb_object *o, int depth)
{
	assert_true(depth < 5);
	for (const struct verb_field *f = o->fields; f->name; f++) {
		assert_help(f->name, f->help);
		assert_int_equal(
		    f->type == VT_OBJECT || f->type == VT_OBJECTS, f->object != NULL);
		for (const struct verb_field *g = o->fields; g != f; g++)
			assert_string_not_equal(f->name, g->name);
		if (f->object)
			check_fields(f->object, depth + 1);
	}
}

static void
results_are_complete(void **state)
{
	for (size_t i = 0; i < verbs_count; i++)
		if (verbs[i].result)
			check_fields(verbs[i].result, 0);
}

/* What scripts count on, word for word. */
static void
the_session_keeps_its_keys(void **state)
{
	static const char *const keys[] = { "id", "name", "generation", "lifecycle",
		"stop_cause", "activity", "attention", "since", "agent", "host", "pid",
		"cwd", "workspace", "branch", "project", "labels", "created_at", "size",
		"exit_status", "exit_signal", "pressure", "tokens" };
	const struct verb_object *o = verb_by_name("session.get")->result;

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const struct verb_field *f = o->fields;

		while (f->name && strcmp(f->name, keys[i]) != 0)
			f++;
		if (!f->name)
			fail_msg("a session has lost its key %s", keys[i]);
	}
}

static void
commands_are_found(void **state)
{
	assert_string_equal(verb_by_command("new", NULL)->name, "session.create");
	assert_string_equal(verb_by_command("new", "claude")->name, "session.create");
	assert_string_equal(verb_by_command("ps", NULL)->name, "session.list");
	assert_string_equal(verb_by_command("daemon", "status")->name, "daemon.status");
	assert_null(verb_by_command("daemon", NULL));
	assert_null(verb_by_command("daemon", "statu"));
	assert_null(verb_by_command("ne", NULL));
	assert_null(verb_by_command("news", NULL));
	assert_null(verb_by_command("", NULL));
	assert_null(verb_by_command("daemon status", "x"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verbs_are_complete),
		cmocka_unit_test(nothing_stands_twice),
		cmocka_unit_test(args_are_complete),
		cmocka_unit_test(results_are_complete),
		cmocka_unit_test(the_session_keeps_its_keys),
		cmocka_unit_test(commands_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
