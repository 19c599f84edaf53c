/* term.h: bytes a program wrote in, screen model out.
 *
 * Pure: no fd, no clock, no log, no global.  One `struct term` is one
 * terminal: two grids (primary with scrollback, alternate), a cursor, modes, a
 * style table, a title.  The parser is Paul Williams' VT500 state machine
 * (vt100.net/emu/dec_ansi_parser) with UTF-8; what differs from xterm is
 * listed in doc/terminal.md.
 *
 * Bytes may be cut anywhere: feeding a stream in any chunks gives the same
 * model.  No input can make term_feed() fail, loop, or use memory beyond
 * what the size, the scrollback limit and the fixed string limits allow.
 *
 * What acts outside the screen leaves through term_ops, called during
 * term_feed(); an op must not call back into the same term except to read. */
#ifndef TERM_TERM_H
#define TERM_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"

struct term;

enum term_event {
	TERM_EV_BELL,
	TERM_EV_TITLE,       /* OSC 0/2; text = the new title */
	TERM_EV_ICON,        /* OSC 1 */
	TERM_EV_CWD,         /* OSC 7; text = the URL as sent */
	TERM_EV_NOTIFY,      /* OSC 9 or 777; text = message (777: "title;body") */
	TERM_EV_PROGRESS,    /* OSC 9;4; text = "state;percent" */
	TERM_EV_CLIPBOARD,   /* OSC 52 write; text = "selection;base64".  Nothing else
				happens */
	TERM_EV_PROMPT_MARK, /* OSC 133 and 633; text = the rest after the number and ; */
	TERM_EV_STATUS,      /* OSC 7501 record (not the probe); text = the rest */
	TERM_EV_ALT_SCREEN,  /* entered or left; see term_modes() */
	TERM_EV_RESET,       /* RIS */
	TERM_EV_COUNT
};

struct term_ops {
	/* Answer to a device query, to be written to the program's input.
	 * Exactly one answer a query.  May be NULL: then no answer is made. */
	void (*reply)(struct str bytes, void *ctx);
	/* May be NULL.  `text` is valid only during the call, at most 4 KiB. */
	void (*event)(enum term_event event, struct str text, void *ctx);
};

struct term_config {
	uint16_t cols, rows;        /* within LIMIT_COLS/ROWS_MIN..MAX */
	uint32_t scrollback_rows;   /* 0: keep none */
	const struct term_ops *ops; /* may be NULL */
	void *ctx;
	bool answer_status_probe; /* answer OSC 7501 ? (before DA1, as it asks) */
	const char *version;      /* XTVERSION answer, e.g. "belay 0.1.0" */
};

struct term *term_new(const struct term_config *config);
struct term *term_free(struct term *t); /* NULL is fine; returns NULL */
void term_feed(struct term *t, const void *bytes, size_t len);
/* Lines are neither joined nor wrapped anew (xterm's rule); rows that fall off
 * the top go to the scrollback while the primary screen shows. */
void term_resize(struct term *t, uint16_t cols, uint16_t rows);
void term_reset(struct term *t); /* as after term_new(), scrollback gone */

/* --- Reading ----------------------------------------------------------- */

uint16_t term_cols(const struct term *t);
uint16_t term_rows(const struct term *t);
uint32_t term_scrollback(const struct term *t); /* rows kept now */
const char *term_title(const struct term *t);   /* "" until set */
const char *term_cwd(const struct term *t);     /* OSC 7, "" until set */

struct term_cursor {
	uint16_t col, row; /* 0-based */
	bool visible, pending_wrap;
	uint8_t shape; /* DECSCUSR 0..6 */
};

struct term_cursor term_cursor(const struct term *t);

struct term_modes {
	bool alt_screen, app_cursor, app_keypad, bracketed_paste, focus_events,
	    sync_output;
	bool autowrap, origin, insert, reverse_screen;
	uint16_t mouse;      /* 0, 9, 1000, 1002 or 1003 */
	uint16_t mouse_enc;  /* 0, 1005, 1006, 1015 or 1016 */
	uint8_t kitty_flags; /* top of the kitty keyboard stack of this screen */
};

struct term_modes term_modes(const struct term *t);

enum term_colour_kind { TERM_COLOUR_DEFAULT, TERM_COLOUR_INDEXED, TERM_COLOUR_RGB };

struct term_colour {
	uint8_t kind;    /* enum term_colour_kind */
	uint8_t r, g, b; /* INDEXED: the index is in r */
};

enum term_attr {
	TERM_BOLD = 1 << 0,
	TERM_FAINT = 1 << 1,
	TERM_ITALIC = 1 << 2,
	TERM_BLINK = 1 << 3,
	TERM_REVERSE = 1 << 4,
	TERM_CONCEAL = 1 << 5,
	TERM_STRIKE = 1 << 6,
	TERM_OVERLINE = 1 << 7,
	TERM_PROTECTED = 1 << 8,
};

struct term_style {
	struct term_colour fg, bg, underline_colour;
	uint16_t attrs;    /* enum term_attr */
	uint8_t underline; /* 0 none, 1 single, 2 double, 3 curly, 4 dotted, 5 dashed */
	uint32_t link;     /* 0 none, else term_link() */
};

struct term_cell {
	struct str text; /* UTF-8 of the whole cluster; empty: never written (blank) */
	uint8_t width;   /* 1 or 2; 0 for the right half of a wide character */
	struct term_style style;
};

/* Row -term_scrollback() .. -1 is scrollback (oldest first), 0 .. rows-1 the
 * screen.  The cell's text is valid until the next change of the term. */
void term_cell(const struct term *t, int32_t row, uint16_t col, struct term_cell *ret);
struct str term_link(const struct term *t, uint32_t link); /* the URI */
bool term_row_wrapped(const struct term *t, int32_t row);  /* continues on the next row */

/* --- Damage ------------------------------------------------------------ */

/* A mark is a number that only grows with changes; equal marks: nothing on
 * screen (cells, cursor, title, modes) changed between. */
uint64_t term_mark(const struct term *t);
/* Has this screen row changed after `mark` was taken?  Scrolling changes rows. */
bool term_row_changed(const struct term *t, uint16_t row, uint64_t mark);

/* --- Output ------------------------------------------------------------ */

/* Text of one row, right-trimmed, no newline.  Any row as for term_cell(). */
void term_put_row(const struct term *t, int32_t row, struct buf *out);
/* Screen rows first..last, each right-trimmed and ended with \n; trailing blank
 * rows are kept. */
void term_put_text(const struct term *t, int32_t first, int32_t last, struct buf *out);

enum term_draw_flags {
	/* A keyframe: also title, modes, tab stops, margins, saved cursors, charset, pen,
	 * both screens, the scrollback, the kitty stack: fed to a fresh term of the same
	 * size it gives an identical model (term_equal()).  Fresh: term_new() or
	 * term_reset(), and not a byte fed since; what has no standard sequence goes as
	 * OSC 7502, which is honoured only there, and while it loads no event and no
	 * reply is made.  Without it: what a person's terminal should show now: clears,
	 * draws the visible screen, places the cursor, sets input modes. */
	TERM_DRAW_KEYFRAME = 1 << 0,
	TERM_DRAW_NO_SCROLLBACK = 1 << 1, /* keyframe without the scrollback */
	TERM_DRAW_NO_LINKS = 1 << 2,
};

void term_put_ansi(const struct term *t, unsigned flags, struct buf *out);
/* {"cols","rows","cursor":{…},"title","modes":{…},"lines":[[{text,style…} runs]…]} */
struct json *term_json(const struct term *t);
/* A picture as SVG text, using a monospace font stack; colours of the `dark` palette. */
void term_put_svg(const struct term *t, struct buf *out);

/* Same model: size, cells, styles by value, cursor, modes, margins, title, scrollback. On
 * a difference false and, if `why` is given, one sentence. */
bool term_equal(const struct term *a, const struct term *b, struct buf *why);
/* Asserts every invariant; for tests and fuzzing. */
void term_check(const struct term *t);
size_t term_memory(const struct term *t); /* bytes held now, for bench and doctor */

/* Columns of a code point: 0 combining, 1, 2; -1 control.  From the generated
 * Unicode table (term/width.inc). */
int term_width(uint32_t cp);

#endif
