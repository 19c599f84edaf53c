/* The table is outcome.def; a problem document is RFC 9457's, with `code` for
 * programs and `field` for forms beside the members of the standard. */
#include "verb/outcome.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct outcome_row outcomes[OUTCOME_COUNT] = {
#define OUTCOME(id, c, h, e, r, t)                                                       \
	[OUTCOME_##                                                                      \
	    id] = { .code = (c), .http = (h), .exit = (e), .rpc = (r), .title = (t) },
#include "verb/outcome.def"
#undef OUTCOME
};

/* A text that was cut may end in the middle of a character: JSON wants whole ones. */
static void
drop_broken_end(char *text)
{
	size_t len = strlen(text);

	for (int i = 0; i < 3 && len && !str_is_utf8(str_make(text, len)); i++)
		text[--len] = 0;
}

int
problem_set(
    struct problem *p, enum outcome outcome, const char *field, const char *fmt, ...)
{
	va_list ap;

	p->outcome = outcome;
	(void)snprintf(p->field, sizeof(p->field), "%s", field ? field : "");
	va_start(ap, fmt);
	(void)vsnprintf(p->detail, sizeof(p->detail), fmt, ap);
	va_end(ap);
	drop_broken_end(p->field);
	drop_broken_end(p->detail);
	return (int)outcome;
}

struct json *
problem_json(const struct problem *p)
{
	const struct outcome_row *row = &outcomes[p->outcome];
	struct json *j = json_new_object();

	json_set_text(j, "type", "about:blank");
	json_set_text(j, "title", row->title);
	json_set_int(j, "status", row->http);
	json_set_text(j, "detail", p->detail);
	json_set_text(j, "code", row->code);
	if (p->field[0])
		json_set_text(j, "field", p->field);
	return j;
}

bool
problem_from_json(const struct json *j, struct problem *ret)
{
	const char *code = json_get_text(j, "code");
	const char *detail = json_get_text(j, "detail");
	const char *field = json_get_text(j, "field");

	if (!code || !detail)
		return false;
	for (unsigned i = OUTCOME_DONE + 1; i < OUTCOME_COUNT; i++) {
		if (strcmp(outcomes[i].code, code) != 0)
			continue;
		*ret = (struct problem){ 0 };
		(void)problem_set(ret, (enum outcome)i, field, "%s", detail);
		return true;
	}
	return false;
}
