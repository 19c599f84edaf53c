/* lifecycle.h: where a session stands, as a table.
 *
 * edges[STATE][EVENT] says where an event leads; an empty edge means the event
 * is refused in that state.  doc/lifecycle.md is drawn from the same table. */
#ifndef CORE_LIFECYCLE_H
#define CORE_LIFECYCLE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/compiler.h"

/* clang-format off */
#define LIFECYCLES(X) \
	X(PROVISIONING, "provisioning") /* recorded; its process is being started */ \
	X(RUNNING, "running")           /* its process lives, as far as is known */ \
	X(STOPPED, "stopped")           /* its process ended; see the stop cause */ \
	X(FAILED, "failed")             /* its process could not be started */ \
	X(ARCHIVED, "archived")         /* put away by a person */

#define LIFECYCLE_EVENTS(X) \
	X(STARTED, "started")           /* the process runs */ \
	X(NOT_STARTED, "not_started")   /* it could not be started */ \
	X(ENDED, "ended")               /* it ended, by itself or because it was asked to */ \
	X(FOUND, "found")               /* it was found alive when the daemon started */ \
	X(STOP, "stop")                 /* asked to end */ \
	X(RESTART, "restart")           /* asked to start anew, under the next generation */ \
	X(ARCHIVE, "archive")           /* asked to be put away */ \
	X(REMOVE, "remove")             /* asked to be forgotten */

#define STOP_CAUSES(X) \
	X(NONE, "")                     /* not stopped */ \
	X(DELIBERATE, "deliberate")     /* someone asked for it */ \
	X(EXITED, "exited")             /* it exited by itself */ \
	X(CRASHED, "crashed")           /* a signal that was not ours ended it */ \
	X(LOST, "lost")                 /* the machine restarted */ \
	X(HOST_DIED, "host_died")       /* its shim ended without recording how it ended */

#define LIFECYCLE_ENUM(id, text) LIFECYCLE_##id,
#define LIFECYCLE_EVENT_ENUM(id, text) LIFECYCLE_EV_##id,
#define STOP_CAUSE_ENUM(id, text) STOP_##id,
enum lifecycle { LIFECYCLES(LIFECYCLE_ENUM) LIFECYCLE_COUNT };
enum lifecycle_event { LIFECYCLE_EVENTS(LIFECYCLE_EVENT_ENUM) LIFECYCLE_EVENT_COUNT };
enum stop_cause { STOP_CAUSES(STOP_CAUSE_ENUM) STOP_CAUSE_COUNT };
#undef LIFECYCLE_ENUM
#undef LIFECYCLE_EVENT_ENUM
#undef STOP_CAUSE_ENUM
/* clang-format on */

extern const char *const lifecycle_names[LIFECYCLE_COUNT];
extern const char *const lifecycle_event_names[LIFECYCLE_EVENT_COUNT];
extern const char *const lifecycle_causes[STOP_CAUSE_COUNT];

/* False: refused, and *ret_next is untouched. */
bool lifecycle_next(
    enum lifecycle from, enum lifecycle_event event, enum lifecycle *ret_next) MUST_CHECK;
bool lifecycle_parse(const char *name, enum lifecycle *ret) MUST_CHECK;
bool lifecycle_parse_cause(const char *name, enum stop_cause *ret) MUST_CHECK;
/* The table as Markdown: what doc/lifecycle.md must contain. */
void lifecycle_draw(struct buf *out);

#endif
