/* filter.h: what may pass from a program to a person's terminal.
 *
 * A stream filter (bytes in any chunks) that drops or keeps escape sequences
 * that act outside the screen.  Everything else passes unchanged, byte for
 * byte, with two exceptions, so that all terminals read the same: a stray byte
 * 0x80..0x9f (invalid UTF-8, but a control in an 8-bit mode) becomes U+FFFD,
 * which is what a UTF-8 terminal shows for it; and C1 controls in UTF-8
 * (U+0080..U+009F) are left out.  Device queries (DA, DSR, DECRQM, XTVERSION,
 * XTGETTCAP, DECRQSS, kitty keyboard and graphics queries, OSC colour queries,
 * OSC 7501 probe) are answered by the daemon's engine and must not be answered
 * twice, so the default drops them.  Sequences are held back until complete;
 * one longer than 8 KiB is dropped whole (bounded memory).
 *
 * Dropped whatever the flags: clipboard reads, title reports, window
 * operations, printing, user-defined keys and fonts, palette changes, pictures,
 * file transfers, OSC numbers not named here.  doc/terminal.md has the table. */
#ifndef TERM_FILTER_H
#define TERM_FILTER_H

#include "base/buf.h"

enum term_filter_flags {
	TERM_FILTER_QUERIES = 1
			      << 0, /* let device queries through (no daemon is there) */
	TERM_FILTER_CLIPBOARD = 1 << 1, /* let OSC 52 writes through (never reads) */
	TERM_FILTER_NOTIFY = 1 << 2,    /* OSC 9, 777, 99 */
	TERM_FILTER_TITLE = 1 << 3,     /* OSC 0, 1, 2 */
	TERM_FILTER_LINKS = 1 << 4,     /* OSC 8 */
};

#define TERM_FILTER_DEFAULT (TERM_FILTER_TITLE | TERM_FILTER_LINKS)

struct term_filter {
	unsigned flags; /* may be changed between calls */
	/* private */
	uint8_t state;
	uint8_t need;   /* continuation bytes that the UTF-8 character still wants */
	uint8_t lo, hi; /* range of the next one */
	struct buf held;
};

void term_filter_init(struct term_filter *f, unsigned flags);
void term_filter_deinit(struct term_filter *f);
void term_filter_feed(
    struct term_filter *f, const void *bytes, size_t len, struct buf *out);

#endif
