/* Prints the table of verbs for people: the manuals are made from it.
 *
 *   gen-verb-docs mdoc       commands and options, for belay.1
 *   gen-verb-docs markdown   routes, arguments and results, for doc/protocol-http.md
 *
 * tools/check-verb-docs puts the output between the marks in these files, or
 * says that what stands there is not current. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "verb/verb.h"

/* --- mdoc ------------------------------------------------------------------------ */

/* A sentence for mdoc: begins with a capital, ends with a full stop, lines of
 * less than 80 bytes; a backslash, and a dot or quote at the start of a line,
 * would mean something. */
static void
put_sentence(const char *help, const char *initial)
{
	cleanup_buf struct buf b = BUF(4096);
	struct str rest, word;
	size_t column = 0;

	for (const char *z = help; *z; z++)
		if (*z == '\\')
			buf_puts(&b, "\\e");
		else if (!strncmp(z, "…", strlen("…")))
			buf_puts(&b, "..."), z += strlen("…") - 1;
		else
			buf_putc(&b,
			    (char)(z == help && *z >= 'a' && *z <= 'z' ? *z - 'a' + 'A'
								       : *z));
	if (initial)
		buf_printf(&b, " (default %s)", initial);
	buf_putc(&b, '.');
	for (rest = buf_str(&b); rest.len;) {
		word = str_cut(&rest, ' ');
		if (column && column + 1 + word.len > 78)
			(void)putchar('\n'), column = 0;
		else if (column)
			(void)putchar(' '), column++;
		if (!column && word.len && (word.p[0] == '.' || word.p[0] == '\''))
			(void)fputs("\\&", stdout);
		(void)printf("%.*s", STR_ARG(word));
		column += word.len;
	}
	(void)putchar('\n');
}

static void
put_upper(const char *z)
{
	for (; *z && *z != ':'; z++)
		(void)putchar(*z >= 'a' && *z <= 'z' ? *z - 'a' + 'A' : *z);
}

static const char *
default_meta(const struct verb_arg *a)
{
	static const char *const metas[VT_COUNT] = { [VT_TEXT] = "TEXT",
		[VT_NAME] = "NAME",
		[VT_SESSION] = "SESSION",
		[VT_INT] = "N",
		[VT_SIZE] = "COLSxROWS",
		[VT_DURATION] = "TIME",
		[VT_BYTES] = "BYTES",
		[VT_ENUM] = "WORD",
		[VT_TEXTS] = "TEXT",
		[VT_MAP] = "K=V" };

	return a->meta ? a->meta : metas[a->type];
}

static void
put_option(const char *option, bool no)
{
	if (no)
		(void)fputs("no-", stdout);
	for (; *option; option++)
		(void)putchar(*option == '_' ? '-' : *option);
}

static bool
is_word(const struct verb_arg *a)
{
	return a->flags & (VA_POSITIONAL | VA_REST);
}

static void
mdoc_usage(const struct verb *v)
{
	(void)printf(".It Cm %s", v->command);
	if (v->alias)
		(void)printf(" Pq or Cm %s", v->alias);
	for (const struct verb_arg *a = v->args; a->name; a++)
		if (!is_word(a) && !(a->flags & VA_HIDDEN)) {
			(void)fputs(" Op Ar options", stdout);
			break;
		}
	for (const struct verb_arg *a = v->args; a->name; a++) {
		if (!is_word(a))
			continue;
		(void)fputs(a->flags & VA_REQUIRED ? " Ar " : " Op Ar ", stdout);
		put_upper(a->meta ? a->meta : a->name);
		if (a->flags & VA_REST || (v->flags & VERB_MANY && a->type == VT_SESSION))
			(void)fputs(" ...", stdout);
	}
	(void)putchar('\n');
}

static void
mdoc_option(const struct verb_arg *a)
{
	bool no = a->type == VT_BOOL && a->initial && !strcmp(a->initial, "true");

	(void)fputs(".It ", stdout);
	if (a->letter && !no)
		(void)printf("Fl %c , ", a->letter);
	(void)fputs("Fl Fl ", stdout);
	put_option(a->option ? a->option : a->name, no);
	if (a->type != VT_BOOL)
		(void)printf(" Ar %s", default_meta(a));
	(void)putchar('\n');
	if (no)
		(void)fputs("Do not:\n", stdout);
	put_sentence(a->help, a->type == VT_BOOL ? NULL : a->initial);
}

static void
mdoc(void)
{
	(void)fputs(".Bl -tag -width Ds\n", stdout);
	for (size_t i = 0; i < verbs_count; i++) {
		const struct verb *v = &verbs[i];
		bool open = false;

		if (!v->command)
			continue;
		mdoc_usage(v);
		put_sentence(v->help, NULL);
		for (const struct verb_arg *a = v->args; a->name; a++) {
			if (is_word(a) || a->flags & VA_HIDDEN)
				continue;
			if (!open)
				(void)fputs(".Bl -tag -width Ds -compact\n", stdout);
			open = true;
			mdoc_option(a);
		}
		if (open)
			(void)fputs(".El\n", stdout);
	}
	(void)fputs(".El\n", stdout);
}

/* --- Markdown ---------------------------------------------------------------------- */

static void
put_cell(const char *z)
{
	for (; *z; z++)
		(void)printf(*z == '|' ? "\\|" : "%c", *z);
}

static void
markdown_args(const struct verb *v)
{
	bool any = false;

	for (const struct verb_arg *a = v->args; a->name; a++) {
		cleanup_buf struct buf expects = BUF(1024);

		if (a->flags & VA_CLIENT)
			continue;
		if (!any)
			(void)fputs("\n| argument | is | |\n|---|---|---|\n", stdout);
		any = true;
		verb_arg_expects(&expects, a);
		(void)printf(
		    "| `%s`%s | ", a->name, a->flags & VA_REQUIRED ? " (needed)" : "");
		put_cell(buf_text(&expects));
		(void)fputs(" | ", stdout);
		put_cell(a->help);
		if (a->initial)
			(void)printf("; else `%s`", a->initial);
		(void)fputs(" |\n", stdout);
	}
}

static void
markdown_object(const struct verb_object *o)
{
	(void)printf("\n### %s\n\n| key | type | |\n|---|---|---|\n", o->name);
	for (const struct verb_field *f = o->fields; f->name; f++) {
		(void)printf("| `%s` | %s%s%s%s | ", f->name,
		    f->object ? f->object->name : verb_type_names[f->type],
		    f->type == VT_OBJECTS ? " (array)" : "",
		    f->nullable ? " or null" : "", "");
		put_cell(f->help);
		(void)fputs(" |\n", stdout);
	}
}

/* Each object once, after those that it is made of were seen. */
static void
markdown_objects(void)
{
	const struct verb_object *seen[64];
	size_t n = 0;

	for (size_t i = 0; i < verbs_count; i++)
		if (verbs[i].result && n < ARRAY_LEN(seen))
			seen[n++] = verbs[i].result;
	for (size_t i = 0; i < n; i++)
		for (const struct verb_field *f = seen[i]->fields; f->name; f++)
			if (f->object && n < ARRAY_LEN(seen))
				seen[n++] = f->object;
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (seen[k] != seen[i])
			k++;
		if (k == i)
			markdown_object(seen[i]);
	}
}

static void
markdown(void)
{
	for (size_t i = 0; i < verbs_count; i++) {
		const struct verb *v = &verbs[i];

		if (!v->route)
			continue;
		(void)printf(
		    "%s### `%s %s`\n\n%s (`%s`, since %s, right: %s). Answer: %s%s.\n",
		    i ? "\n" : "", v->method, v->route, v->help, v->name, v->since,
		    verb_right_names[v->right], v->result->name,
		    v->flags & VERB_STREAM ? ", or a stream of events" : "");
		markdown_args(v);
	}
	(void)fputs("\n## Answers\n", stdout);
	markdown_objects();
	(void)fputs("\n## Problems\n\n| code | HTTP | exit status | JSON-RPC | title |\n"
		    "|---|---|---|---|---|\n",
	    stdout);
	for (unsigned i = OUTCOME_DONE + 1; i < OUTCOME_COUNT; i++)
		(void)printf("| `%s` | %d | %d | %d | %s |\n", outcomes[i].code,
		    outcomes[i].http, outcomes[i].exit, outcomes[i].rpc,
		    outcomes[i].title);
}

int
main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "mdoc"))
		mdoc();
	else if (argc == 2 && !strcmp(argv[1], "markdown"))
		markdown();
	else {
		(void)fputs("usage: gen-verb-docs mdoc|markdown\n", stderr);
		return 2;
	}
	return 0;
}
