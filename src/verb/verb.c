/* The tables are the .def files themselves, put into arrays here; the rest is
 * looking things up in them.  There are some thirty rows: a walk is enough. */
#include "verb/verb.h"

#include <string.h>

#include "base/limits.h"

#define OBJECT(id, ...)                                                                  \
	static const struct verb_field fields_##id[] = { __VA_ARGS__,                    \
		{ .name = NULL } };                                                      \
	static const struct verb_object object_##id = { .name = #id,                     \
		.fields = fields_##id };
#include "verb/objects.def"
#undef OBJECT

#define ARGS(...) ((const struct verb_arg[]){ __VA_ARGS__, { .name = NULL } })
#define ARGS_NONE ((const struct verb_arg[]){ { .name = NULL } })

const struct verb verbs[] = {
#include "verb/verbs.def"
};

const size_t verbs_count = ARRAY_LEN(verbs);

const char *const verb_right_names[RIGHT_COUNT] = {
	[RIGHT_NONE] = "none",
	[RIGHT_VIEWER] = "viewer",
	[RIGHT_OPERATOR] = "operator",
	[RIGHT_ADMIN] = "admin",
};

const char *const verb_type_names[VT_COUNT] = {
	[VT_TEXT] = "text",
	[VT_NAME] = "name",
	[VT_SESSION] = "session",
	[VT_INT] = "integer",
	[VT_BOOL] = "boolean",
	[VT_SIZE] = "size",
	[VT_DURATION] = "duration",
	[VT_BYTES] = "bytes",
	[VT_ENUM] = "word",
	[VT_TEXTS] = "texts",
	[VT_MAP] = "map",
	[VT_TIME] = "time",
	[VT_OBJECT] = "object",
	[VT_OBJECTS] = "objects",
	[VT_ANY] = "any",
};

const struct verb *
verb_by_name(const char *name)
{
	for (size_t i = 0; i < verbs_count; i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

static bool
command_is(const char *command, const char *word, const char *second)
{
	size_t len = strlen(word);

	if (!command || strchr(word, ' ') || strncmp(command, word, len) != 0)
		return false;
	if (!command[len])
		return true;
	return command[len] == ' ' && second && !strcmp(command + len + 1, second);
}

const struct verb *
verb_by_command(const char *word, const char *second)
{
	for (size_t i = 0; i < verbs_count; i++)
		if (command_is(verbs[i].command, word, second) ||
		    command_is(verbs[i].alias, word, second))
			return &verbs[i];
	return NULL;
}

const struct verb_arg *
verb_arg(const struct verb *v, const char *name)
{
	for (const struct verb_arg *a = v->args; a->name; a++)
		if (!strcmp(a->name, name))
			return a;
	return NULL;
}
