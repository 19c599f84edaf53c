/* help.c: two columns; the right one is as far right as the longest left one
 * of its block wants. */
#include "cli/help.h"

#include <ctype.h>
#include <string.h>

#include "cli/args.h"

/* clang-format off */
static const struct group {
	const char *prefix, *title;
} groups[] = {
	{ "session.", "Sessions" },
	{ "event.",   "What happened" },
	{ "daemon.",  "The daemon" },
	{ "client.",  "The command itself" },
};

/* clang-format on */

#define LEFT_MOST 30u

static void
title(const struct face *f, const char *text, struct buf *out)
{
	buf_putc(out, '\n');
	face_put(f, COLOUR_BOLD, str_of(text), out);
	buf_putc(out, '\n');
}

static void
row(const char *left, const char *right, unsigned column, struct buf *out)
{
	unsigned columns = (unsigned)strlen(left);

	buf_printf(out, "  %s", left);
	if (columns > column) {
		buf_puts(out, "\n  ");
		columns = 0;
	}
	for (; columns < column + 2; columns++)
		buf_putc(out, ' ');
	buf_printf(out, "%s\n", right);
}

/* --- One command -------------------------------------------------------------------- */

const char *
help_meta(const struct verb_arg *a)
{
	static const char *const metas[VT_COUNT] = {
		[VT_TEXT] = "TEXT",
		[VT_NAME] = "NAME",
		[VT_SESSION] = "SESSION",
		[VT_INT] = "N",
		[VT_BOOL] = "",
		[VT_SIZE] = "COLSxROWS",
		[VT_DURATION] = "TIME",
		[VT_BYTES] = "BYTES",
		[VT_ENUM] = "WORD",
		[VT_TEXTS] = "TEXT",
		[VT_MAP] = "K=V",
		[VT_TIME] = "TIME",
	};

	return a->meta ? a->meta : metas[a->type] ? metas[a->type] : "VALUE";
}

static void
put_place(const struct verb *v, const struct verb_arg *a, struct buf *out)
{
	bool many =
	    (a->flags & VA_REST) || ((v->flags & VERB_MANY) && a->type == VT_SESSION);
	bool must = (a->flags & VA_REQUIRED) && !(v->flags & VERB_MANY);

	buf_puts(out, must ? " " : " [");
	if (a->flags & VA_REST && !a->meta && a->type != VT_MAP)
		for (const char *z = a->name; *z; z++)
			buf_putc(out, (char)toupper((uint8_t)*z));
	else
		buf_puts(out, help_meta(a));
	buf_printf(out, "%s%s", many ? "..." : "", must ? "" : "]");
}

static void
put_left(const struct verb_arg *a, struct buf *out)
{
	bool no = a->type == VT_BOOL && a->initial && strcmp(a->initial, "true") == 0;

	if (a->letter)
		buf_printf(out, "-%c, ", a->letter);
	else
		buf_puts(out, "    ");
	buf_printf(out, "--%s", no ? "no-" : "");
	args_put_option(a, out);
	if (a->type != VT_BOOL)
		buf_printf(out, " %s", help_meta(a));
}

static void
put_right(const struct verb_arg *a, struct buf *out)
{
	if (a->type == VT_BOOL && a->initial && strcmp(a->initial, "true") == 0)
		buf_puts(out, "do not ");
	buf_puts(out, a->help);
	if (a->type == VT_ENUM && !strstr(a->help, ":")) {
		buf_puts(out, ": ");
		for (const char *z = a->choices; *z; z++)
			buf_putc(out, *z == '|' ? ' ' : *z);
	}
	if (a->initial && a->type != VT_BOOL)
		buf_printf(out, " (%s)", a->initial);
}

static bool
shown(const struct verb *v, const struct verb_arg *a)
{
	const struct verb_arg *own = verb_arg(v, a->name);

	return args_is_option(a) && (!own || own == a);
}

static void
put_options(
    const struct verb *v, const struct verb_arg *list, unsigned column, struct buf *out)
{
	for (const struct verb_arg *a = list; a->name; a++) {
		cleanup_buf struct buf left = BUF_UNLIMITED, right = BUF_UNLIMITED;

		if (!shown(v, a))
			continue;
		put_left(a, &left);
		put_right(a, &right);
		row(buf_text(&left), buf_text(&right), column, out);
	}
}

static unsigned
left_columns(const struct verb *v, const struct verb_arg *list, unsigned most)
{
	for (const struct verb_arg *a = list; a->name; a++) {
		cleanup_buf struct buf left = BUF_UNLIMITED;

		if (!shown(v, a))
			continue;
		put_left(a, &left);
		if (left.len > most && left.len <= LEFT_MOST)
			most = (unsigned)left.len;
	}
	return most;
}

void
help_put_verb(const struct face *f, const struct verb *v, struct buf *out)
{
	unsigned column = left_columns(v, args_common, left_columns(v, v->args, 0));
	bool places = false;

	buf_printf(out, "usage: belay %s [OPTIONS]", v->command);
	for (const struct verb_arg *a = v->args; a->name; a++)
		if (a->flags & (VA_POSITIONAL | VA_REST)) {
			put_place(v, a, out);
			places = true;
		}
	buf_printf(out, "\n%s.\n", v->help);
	if (v->alias)
		buf_printf(out, "Also: belay %s\n", v->alias);
	if (places)
		title(f, "Words", out);
	for (const struct verb_arg *a = v->args; a->name; a++) {
		cleanup_buf struct buf left = BUF_UNLIMITED;
		if (!(a->flags & (VA_POSITIONAL | VA_REST)))
			continue;
		put_place(v, a, &left);
		row(buf_text(&left) + 1, a->help, column, out);
	}
	title(f, "Options", out);
	put_options(v, v->args, column, out);
	put_options(v, args_common, column, out);
}

/* --- All of them -----------------------------------------------------------------------
 */

bool
help_put_group(const struct face *f, const char *word, struct buf *out)
{
	size_t len = strlen(word);
	bool any = false;

	for (size_t i = 0; i < verbs_count; i++) {
		const char *command = verbs[i].command;
		if (!command || strncmp(command, word, len) != 0 || command[len] != ' ')
			continue;
		if (!any)
			buf_printf(out, "usage: belay %s COMMAND\n\n", word);
		any = true;
		row(command, verbs[i].help, 16, out);
	}
	return any;
}

void
help_put_overview(const struct face *f, struct buf *out)
{
	buf_puts(out, "usage: belay COMMAND [OPTIONS] [WORDS]\n"
		      "A supervisor for fleets of terminal coding agents.\n");
	for (size_t g = 0; g < ARRAY_LEN(groups); g++) {
		title(f, groups[g].title, out);
		for (size_t i = 0; i < verbs_count; i++)
			if (verbs[i].command &&
			    str_starts(str_of(verbs[i].name), str_of(groups[g].prefix)))
				row(verbs[i].command, verbs[i].help, 16, out);
	}
	title(f, "Every command", out);
	row("--json", "print the answer as JSON", 16, out);
	row("-q, --quiet", "print names only, or nothing", 16, out);
	row("-h, --help", "the options of a command; also belay help COMMAND", 16, out);
	buf_puts(out, "\nA SESSION is a name, an id, a unique beginning of an id, or - "
		      "for the one you are in.\n");
}
