/* impl.h: the terminal from inside; for the files of this folder only.
 *
 * Rows and columns are 0-based; `bottom` is one past the last row of the
 * scroll region.  Whoever changes a row of the screen calls touch(); cursor
 * and modes are compared at the end of each feed. */
#ifndef TERM_IMPL_H
#define TERM_IMPL_H

#include "base/limits.h"
#include "term/cluster.h"
#include "term/grid.h"
#include "term/parser.h"
#include "term/scrollback.h"
#include "term/style.h"
#include "term/term.h"

#define KITTY_DEPTH       16u
#define TITLE_BYTES       1024u
#define TITLE_STACK_DEPTH 8u
#define EVENT_BYTES       4096u

enum mode_bit {
	M_APP_CURSOR = 1 << 0,
	M_REVERSE_SCREEN = 1 << 1,
	M_ORIGIN = 1 << 2,
	M_WRAP = 1 << 3,
	M_REPEAT = 1 << 4,
	M_BLINK = 1 << 5,
	M_CURSOR = 1 << 6,
	M_APP_KEYPAD = 1 << 7,
	M_FOCUS = 1 << 8,
	M_ALT_SCROLL = 1 << 9,
	M_PASTE = 1 << 10,
	M_SYNC = 1 << 11,
	M_THEME = 1 << 12,
	M_INSERT = 1 << 13,
	M_NEWLINE = 1 << 14,
};

#define M_DEFAULT ((uint32_t)(M_WRAP | M_REPEAT | M_CURSOR))

/* What a program sets and a feed may change, beside the cells. */
struct settings {
	uint32_t modes; /* enum mode_bit */
	uint16_t mouse, mouse_enc;
	uint8_t cursor_shape;
	bool alt;
};

struct charsets {
	uint8_t g[4];  /* final byte: 'B' ASCII, '0' DEC graphics, 'A' British */
	uint8_t gl;    /* 0..3 */
	uint8_t shift; /* 0, or 2 or 3: for the next character only */
};

struct cursor {
	uint16_t row, col;
	bool wrap; /* the last column was written; the next character wraps */
};

struct saved_cursor {
	struct cursor at;
	struct style pen; /* without its link */
	struct charsets charsets;
	bool origin;
};

struct kitty_stack {
	uint8_t flags[KITTY_DEPTH];
	uint8_t top;
};

struct screen {
	struct grid grid; /* the alternate one exists only while it holds something */
	struct saved_cursor saved;
	struct kitty_stack kitty;
};

struct title {
	char *title, *icon; /* NULL: empty */
};

struct term {
	struct term_config config;
	uint16_t cols, rows, top, bottom;
	struct cursor cursor;
	struct settings set;
	uint32_t saved_modes; /* XTSAVE */
	struct screen screens[2];
	struct screen *screen;
	struct grid *grid; /* of `screen` */
	struct scrollback scrollback;

	struct style pen;
	uint16_t pen_id, fill_id;
	bool pen_stale, fill_stale;
	struct charsets charsets;
	uint8_t last[4]; /* UTF-8 of the character REP repeats; 0: none */
	struct style_table styles;
	uint32_t style_debt; /* failures until the next try to sweep */
	uint32_t link_debt;
	struct cluster_table clusters;

	uint8_t tabs[(LIMIT_COLS_MAX + 7) / 8];
	struct title title;
	struct title titles[TITLE_STACK_DEPTH];
	uint8_t titles_count;
	char *cwd;

	struct parser parser;
	uint64_t fed; /* bytes before this feed */
	bool loading; /* between the marks of a keyframe */
	bool no_join; /* loading: the next character starts a cell of its own */

	/* Damage: a row changed at row_mark[row], and all rows of the region
	 * last scrolled at scroll_mark. */
	uint64_t now, mark, scroll_mark;
	uint64_t *row_mark;
	uint16_t scroll_top, scroll_bottom;
};

static inline void
touch(struct term *t, unsigned row)
{
	t->row_mark[row] = t->mark = t->now;
}

/* --- term.c --- */
void term_touch_all(struct term *t);
void term_touch_scroll(struct term *t, unsigned top, unsigned bottom);
void term_emit(struct term *t, enum term_event ev, struct str text);
void term_reply(struct term *t, const char *fmt, ...) PRINTF(2, 3);
void term_soft_reset(struct term *t);
void term_full_reset(struct term *t); /* RIS: the title stays */
void term_title_set(char **slot, struct str text);
void term_tabs_default(uint8_t *tabs);
struct saved_cursor term_saved_default(void);

/* --- pen.c --- */
uint16_t pen_style(struct term *t); /* number of the pen's look */
uint16_t pen_fill(struct term *t);  /* of a blank erased with it */
void pen_changed(struct term *t);
void pen_sgr(struct term *t);
void pen_link(struct term *t, struct str id, struct str uri);
int32_t pen_cluster(struct term *t, struct str text);
void pen_put_sgr(
    const struct style *v, struct buf *out); /* "0;1;38;5;3", without CSI and m */

/* --- print.c --- */
void print_ascii(struct term *t, const uint8_t *p, size_t n);
void print_char(struct term *t, uint32_t cp, const uint8_t *utf8, unsigned n);
void print_repeat(struct term *t, unsigned n);
/* Would this character be drawn into the cell before it? */
bool print_joins(struct str before, unsigned before_width, uint32_t cp);

/* --- move.c --- */
void move_index(struct term *t);
void move_reverse_index(struct term *t);
void move_to(struct term *t, unsigned row, unsigned col); /* as CUP: origin mode counts */
void move_scroll_up(struct term *t, unsigned top, unsigned bottom, unsigned n);
void move_scroll_down(struct term *t, unsigned top, unsigned bottom, unsigned n);
void move_save(struct term *t);
void move_restore(struct term *t);
void move_execute(struct term *t, uint8_t c); /* C0 */

/* --- csi.c, esc.c, osc.c, dcs.c, mode.c, report.c --- */
void csi_dispatch(struct term *t, uint8_t final);
void esc_dispatch(struct term *t, uint8_t final);
void osc_dispatch(struct term *t, bool bel);
void dcs_dispatch(struct term *t);
bool dcs_wanted(const struct parser *p);
void mode_private(struct term *t, bool on);
void mode_ansi(struct term *t, bool on);
void mode_save(struct term *t);
void mode_restore(struct term *t);
void mode_report(struct term *t, bool private_mode);
void mode_alt_screen(struct term *t, bool on, bool clear);
void mode_put(const struct term *t, struct buf *out, bool keyframe);
void report_da(struct term *t);
void report_dsr(struct term *t);
void report_version(struct term *t);
void report_window(struct term *t);

/* --- load.c --- */
void load_command(struct term *t, struct str text);

#endif
