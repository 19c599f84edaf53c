#include "core/lifecycle.h"

#include <string.h>

/* clang-format off */
#define NAME(id, text) text,
const char *const lifecycle_names[LIFECYCLE_COUNT] = { LIFECYCLES(NAME) };
const char *const lifecycle_event_names[LIFECYCLE_EVENT_COUNT] = { LIFECYCLE_EVENTS(NAME) };
const char *const lifecycle_causes[STOP_CAUSE_COUNT] = { STOP_CAUSES(NAME) };
#undef NAME

struct edge {
	bool ok;
	enum lifecycle next;
};

#define TO(state) { .ok = true, .next = LIFECYCLE_##state }

/* FOUND leads back to running from every state but archived: the daemon may
 * have died between a start and its record, and a living process is a fact.
 * REMOVE stays where it is: the record goes away with it. */
static const struct edge edges[LIFECYCLE_COUNT][LIFECYCLE_EVENT_COUNT] = {
	[LIFECYCLE_PROVISIONING] = {
		[LIFECYCLE_EV_STARTED]     = TO(RUNNING),
		[LIFECYCLE_EV_NOT_STARTED] = TO(FAILED),
		[LIFECYCLE_EV_ENDED]       = TO(STOPPED),
		[LIFECYCLE_EV_FOUND]       = TO(RUNNING) },
	[LIFECYCLE_RUNNING] = {
		[LIFECYCLE_EV_ENDED]       = TO(STOPPED),
		[LIFECYCLE_EV_FOUND]       = TO(RUNNING),
		[LIFECYCLE_EV_STOP]        = TO(RUNNING) },
	[LIFECYCLE_STOPPED] = {
		[LIFECYCLE_EV_FOUND]       = TO(RUNNING),
		[LIFECYCLE_EV_RESTART]     = TO(PROVISIONING),
		[LIFECYCLE_EV_ARCHIVE]     = TO(ARCHIVED),
		[LIFECYCLE_EV_REMOVE]      = TO(STOPPED) },
	[LIFECYCLE_FAILED] = {
		[LIFECYCLE_EV_FOUND]       = TO(RUNNING),
		[LIFECYCLE_EV_RESTART]     = TO(PROVISIONING),
		[LIFECYCLE_EV_ARCHIVE]     = TO(ARCHIVED),
		[LIFECYCLE_EV_REMOVE]      = TO(FAILED) },
	[LIFECYCLE_ARCHIVED] = {
		[LIFECYCLE_EV_REMOVE]      = TO(ARCHIVED) },
};

/* clang-format on */

bool
lifecycle_next(enum lifecycle from, enum lifecycle_event event, enum lifecycle *ret_next)
{
	const struct edge *e = &edges[from][event];

	if (!e->ok)
		return false;
	*ret_next = e->next;
	return true;
}

bool
lifecycle_parse(const char *name, enum lifecycle *ret)
{
	for (unsigned i = 0; name && i < LIFECYCLE_COUNT; i++)
		if (!strcmp(lifecycle_names[i], name)) {
			*ret = (enum lifecycle)i;
			return true;
		}
	return false;
}

bool
lifecycle_parse_cause(const char *name, enum stop_cause *ret)
{
	for (unsigned i = 0; name && i < STOP_CAUSE_COUNT; i++)
		if (!strcmp(lifecycle_causes[i], name)) {
			*ret = (enum stop_cause)i;
			return true;
		}
	return false;
}

void
lifecycle_draw(struct buf *out)
{
	buf_puts(out,
	    "# The life of a session\n\n"
	    "Drawn from the table in `src/core/lifecycle.c` by its unit test; a test\n"
	    "compares this page with the table.  An empty cell: the event is refused\n"
	    "in that state.\n\n| state |");
	for (unsigned e = 0; e < LIFECYCLE_EVENT_COUNT; e++)
		buf_printf(out, " %s |", lifecycle_event_names[e]);
	buf_puts(out, "\n|---|");
	for (unsigned e = 0; e < LIFECYCLE_EVENT_COUNT; e++)
		buf_puts(out, "---|");
	for (unsigned s = 0; s < LIFECYCLE_COUNT; s++) {
		buf_printf(out, "\n| **%s** |", lifecycle_names[s]);
		for (unsigned e = 0; e < LIFECYCLE_EVENT_COUNT; e++)
			buf_printf(out, " %s |",
			    edges[s][e].ok ? lifecycle_names[edges[s][e].next] : "");
	}
	buf_puts(out, "\n\nA stopped session says why: `stop_cause` is one of");
	for (unsigned c = 1; c < STOP_CAUSE_COUNT; c++)
		buf_printf(out, "%s `%s`", c > 1 ? "," : "", lifecycle_causes[c]);
	buf_puts(out, ".\n");
}
