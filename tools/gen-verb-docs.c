/* Prints the table of verbs as Markdown: routes, arguments and results, for
 * doc/protocol-http.md.
 *
 * tools/check-verb-docs puts the output between the marks in the file, or says
 * that what stands there is not current.  (The manual is written by hand;
 * tools/check-manual sees that no verb and no option is missing in it.) */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "verb/verb.h"

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

int
main(void)
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
	return 0;
}
