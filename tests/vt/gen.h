/* gen.h: terminal streams that a program could have written, from a seed.
 *
 * A stream is a list of pieces (a sequence or a run of text each), so that a
 * difference can be made small by leaving pieces out.  The same seed, features
 * and version of this file give the same stream. */
#ifndef TESTS_VT_GEN_H
#define TESTS_VT_GEN_H

#include <stdint.h>

#include "base/buf.h"

enum gen_feature {
	GEN_TEXT = 1 << 0,   /* ASCII, CR, LF, BS */
	GEN_MOVE = 1 << 1,   /* cursor movement */
	GEN_ERASE = 1 << 2,  /* ED, EL, ECH */
	GEN_EDIT = 1 << 3,   /* ICH, DCH, IL, DL */
	GEN_SCROLL = 1 << 4, /* SU, SD, IND, RI, DECSTBM */
	GEN_SGR = 1 << 5,
	GEN_WIDE = 1 << 6,
	GEN_MARKS = 1 << 7, /* combining */
	GEN_TABS = 1 << 8,
	GEN_REP = 1 << 9,
	GEN_ALT = 1 << 10,   /* 1049 */
	GEN_MODES = 1 << 11, /* DECAWM, IRM */
	GEN_ORIGIN = 1 << 12,
	GEN_SAVE = 1 << 13, /* DECSC, DECRC */
	GEN_CHARSET = 1 << 14,
	GEN_STRINGS = 1 << 15, /* OSC titles, unknown sequences */
	GEN_BROKEN = 1 << 16,  /* invalid UTF-8, cancelled sequences */
};

struct gen {
	uint16_t cols, rows;
	struct buf bytes;
	uint32_t *ends; /* of each piece, in bytes */
	uint32_t count;
};

void gen_make(struct gen *g, uint64_t seed, unsigned features);
void gen_deinit(struct gen *g);
/* The pieces whose bit in `keep` (a byte each) is set; all when NULL. */
void gen_put(const struct gen *g, const uint8_t *keep, struct buf *out);

/* Leaves out pieces as long as `differs` says so of what is left; writes what
 * remains as an escaped text. */
void gen_shrink(const struct gen *g, bool (*differs)(struct str bytes, void *ctx),
    void *ctx, struct buf *out);

#endif
