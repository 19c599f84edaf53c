/* tty.h: a person's terminal while a session is shown on it.
 *
 * Whatever a program switched on in it is noted from the bytes that are
 * written (they come from the escape filter, so no sequence is cut), and is
 * undone when we leave: normally, by a signal, or, when we are killed, by the
 * guard: a small process forked before the terminal is touched, which waits
 * for our end of a pipe to close. */
#ifndef CLI_TTY_H
#define CLI_TTY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/compiler.h"

/* What is switched on.  Plain data: shared with the guard. */
struct tty_modes {
	uint32_t on;      /* bits of the table in tty.c */
	bool alt;         /* the alternate screen shows */
	uint8_t kitty[2]; /* pushes of keyboard flags: primary, alternate screen */
	bool kitty_set;   /* flags were set without a push */
	bool other_keys;  /* xterm's modifyOtherKeys */
	bool cursor_shape, keypad, tabs;
	bool title; /* the title was pushed on the terminal's stack */
};

void tty_modes_note(struct tty_modes *m, struct str bytes);
/* The bytes that bring a terminal back; valid for any *m. */
void tty_modes_undo(const struct tty_modes *m, struct buf *out);
/* The same without leaving: the terminal is as fresh, ready to be drawn anew. */
void tty_modes_reset(struct tty_modes *m, struct buf *out);

struct tty;

/* Puts the terminal of fd `in` into raw mode.  TTY_E_NOT: in or out is no terminal. */
enum tty_outcome { TTY_E_NOT = 1 };

int tty_open(int in, int out, struct tty **ret) MUST_CHECK;
/* Undoes everything; safe to call twice.  NULL is fine; returns NULL. */
struct tty *tty_close(struct tty *t);

int tty_fd(const struct tty
	*t); /* for poll(): where to write, non-blocking if that can be had */
/* Bytes for the terminal: whole sequences only. */
void tty_put(struct tty *t, struct str bytes);
/* Writes what the terminal takes.  0, or a fault (it is gone). */
int tty_flush(struct tty *t) MUST_CHECK;
size_t tty_pending(const struct tty *t); /* bytes not written yet */
/* Forgets them and brings the terminal to rest: what follows draws anew. */
void tty_reset(struct tty *t);
/* Size in cells, within LIMIT_COLS/ROWS; 80x24 when the terminal does not know it. */
void tty_size(int fd, uint16_t *ret_cols, uint16_t *ret_rows);

#endif
