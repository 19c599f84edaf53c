/* id.h: identities and times as types.
 *
 * A session's id is a UUIDv7 (RFC 9562 section 5.7): 48 bits of Unix time in
 * milliseconds, then random bits.  Its text is the usual 36 characters;
 * any unique prefix names a session. */
#ifndef BASE_ID_H
#define BASE_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

#define ID_TEXT_BYTES 37 /* with the NUL */

struct session_id {
	uint8_t bytes[16];
};

/* Wall clock: milliseconds since the Unix epoch.  Monotonic clock:
 * nanoseconds since some start.  Structs, so that they can not be mixed. */
typedef struct {
	int64_t ms;
} wall_t;

typedef struct {
	uint64_t ns;
} mono_t;

/* `random` gives 10 bytes. */
struct session_id session_id_make(wall_t now, const uint8_t random[10]);
bool session_id_eq(struct session_id a, struct session_id b);
void session_id_text(struct session_id id, char out[ID_TEXT_BYTES]);
bool session_id_parse(struct str s, struct session_id *ret) MUST_CHECK;

/* RFC 3339, UTC, milliseconds: "2026-11-21T03:00:00.000Z". */
void wall_put(struct buf *b, wall_t t);
bool wall_parse(struct str s, wall_t *ret) MUST_CHECK;

static inline int64_t
mono_ms_between(mono_t from, mono_t to)
{
	return ((int64_t)(to.ns - from.ns)) / 1000000;
}

#endif
