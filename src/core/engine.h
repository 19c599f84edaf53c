/* engine.h: the screen of a session, fed from its host.
 *
 * The model answers the program's device queries, exactly once each: right
 * after an answer the shim gets a keyframe, so that a daemon that comes after
 * us does not see the query again.  Keyframes also go out when a quarter of
 * the ring was written since the last one, when the output went quiet, and at
 * an orderly end. */
#ifndef CORE_ENGINE_H
#define CORE_ENGINE_H

#include "core/session.h"

void engine_output(struct session *s, const struct host_event_data *d);
void engine_keyframe(struct session *s, const struct host_event_data *d);
void engine_lost(struct session *s, uint64_t to);
void engine_resized(struct session *s, uint16_t cols, uint16_t rows);
/* Hands the shim a full keyframe if anything came since the last one. */
void engine_flush(struct session *s);
/* The program ended: the screen is written into the session's directory, and
 * the memory given back. */
void engine_end(struct session *s);

/* The screen for reading: the live model, or that of an ended program read
 * from its directory.  NULL: nothing was ever written.  engine_return() when done. */
const struct term *engine_borrow(struct session *s);
void engine_return(struct session *s);

/* Is `text` to be seen on one row of the screen? */
bool engine_shows(struct session *s, struct str text);

#endif
