/* replay.h: what a session's program wrote, read from the shim's files.  For
 * raw output, and for the last screen of a program whose end nobody saw. */
#ifndef CORE_REPLAY_H
#define CORE_REPLAY_H

#include "core/session.h"

/* The last `most` bytes of output, in base64. */
int replay_raw(const struct session *s, uint64_t most, struct buf *out) MUST_CHECK;
/* Bytes from `from` (or the oldest that are left) to the end; *ret_start is where they
 * begin. */
int replay_read(const struct session *s, uint64_t from, struct buf *out,
    uint64_t *ret_start) MUST_CHECK;
/* The last keyframe; the drawing is put into `out`. */
int replay_keyframe(
    const struct session *s, struct shim_keyframe_info *ret, struct buf *out) MUST_CHECK;

#endif
