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
	GEN_GOTO = 1 << 1,   /* CUP */
	GEN_MOVE = 1 << 2,   /* relative movement, columns, rows */
	GEN_ERASE = 1 << 3,  /* ED, EL, ECH */
	GEN_EDIT = 1 << 4,   /* ICH, DCH */
	GEN_LINES = 1 << 5,  /* IL, DL */
	GEN_SCROLL = 1 << 6, /* SU, SD, IND, RI, NEL */
	GEN_REGION = 1 << 7, /* DECSTBM */
	GEN_SGR = 1 << 8,
	GEN_NARROW = 1 << 9, /* not ASCII, one column */
	GEN_WIDE = 1 << 10,
	GEN_MARKS = 1 << 11, /* combining */
	GEN_TABS = 1 << 12,
	GEN_REP = 1 << 13,
	GEN_ALT = 1 << 14,    /* 1049 */
	GEN_WRAP = 1 << 15,   /* DECAWM */
	GEN_INSERT = 1 << 16, /* IRM */
	GEN_ORIGIN = 1 << 17,
	GEN_SAVE = 1 << 18, /* DECSC, DECRC */
	GEN_CHARSET = 1 << 19,
	GEN_STRINGS = 1 << 20, /* titles, input modes */
	GEN_BROKEN = 1 << 21,  /* invalid UTF-8, cancelled sequences */
	/* Where terminals are known to part ways: */
	GEN_CAREFUL =
	    1 << 22, /* no erasing or editing in a pending wrap, CR after IL and DL */
	GEN_SAVED = 1 << 23, /* DECSC first, so that DECRC alone has a meaning */
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
