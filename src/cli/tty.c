/* tty.c: the output goes through a description of its own (the terminal opened
 * again, non-blocking), so that the shell's is never made non-blocking and a
 * terminal that does not read can not keep a signal from being served.
 *
 * The guard holds the saved settings; the modes are in a page both see.  It
 * acts only when the pipe ends without the word of farewell, and only if the
 * terminal's settings are still the ones we made: if not, the shell has
 * already taken over. */
#include "cli/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/limits.h"

#define FAREWELL   'b'
#define UNDO_BYTES 2048u
#define WRITE_ONCE 16384u

struct tty {
	int in, out; /* out is ours when own_out */
	bool own_out;
	struct termios saved, raw;
	struct tty_modes *modes; /* shared with the guard */
	struct buf pending;
	pid_t guard;
	int guard_pipe;
};

/* --- Modes ------------------------------------------------------------------- */

/* clang-format off */
static const struct {
	uint16_t mode;
	bool usual; /* the state of a terminal at rest */
} private_modes[] = {
	{ 1, false }, { 5, false }, { 6, false }, { 7, true }, { 9, false }, { 12, false },
	{ 25, true }, { 45, false }, { 66, false }, { 69, false }, { 1000, false }, { 1001, false },
	{ 1002, false }, { 1003, false }, { 1004, false }, { 1005, false }, { 1006, false },
	{ 1007, true }, { 1015, false }, { 1016, false }, { 2004, false }, { 2026, false },
	{ 2027, false }, { 2031, false }, { 2048, false },
};

/* clang-format on */
_Static_assert(ARRAY_LEN(private_modes) <= 32, "one bit each in tty_modes.on");

static void
note_private(struct tty_modes *m, unsigned mode, bool set)
{
	if (mode == 47 || mode == 1047 || mode == 1049) {
		m->alt = set;
		if (!set)
			m->kitty[1] = 0;
	}
	for (unsigned i = 0; i < ARRAY_LEN(private_modes); i++) {
		if (private_modes[i].mode != mode)
			continue;
		if (set == private_modes[i].usual)
			m->on &= ~(1u << i);
		else
			m->on |= 1u << i;
	}
}

static void
note_kitty(struct tty_modes *m, uint8_t marker, unsigned n)
{
	uint8_t *depth = &m->kitty[m->alt];

	if (marker == '>' && *depth < UINT8_MAX)
		(*depth)++;
	else if (marker == '<')
		*depth = n > *depth ? 0 : (uint8_t)(*depth - n);
	else if (marker == '=')
		m->kitty_set = n != 0;
}

#define CSI_PARAMS 16u

struct csi {
	uint8_t marker, inter, final;
	unsigned count, params[CSI_PARAMS];
};

static void
note_csi(struct tty_modes *m, const struct csi *c)
{
	unsigned first = c->params[0];

	if (c->marker == '?' && !c->inter && (c->final == 'h' || c->final == 'l')) {
		for (unsigned i = 0; i < c->count; i++)
			note_private(m, c->params[i], c->final == 'h');
	} else if (c->final == 'u' && c->marker) {
		note_kitty(m, c->marker, c->marker == '<' && first == 0 ? 1 : first);
	} else if (c->marker == '>' && c->final == 'm' && first == 4) {
		m->other_keys = c->count > 1 && c->params[1] != 0;
	} else if (c->inter == ' ' && c->final == 'q') {
		m->cursor_shape = first != 0;
	} else if (c->final == 'g' && !c->marker) {
		m->tabs = true;
	} else if (c->final == 't' && !c->marker && (first == 22 || first == 23)) {
		m->title = first == 22;
	}
}

/* p is behind "ESC [". */
static const char *
scan_csi(struct tty_modes *m, const char *p, const char *end)
{
	struct csi c = { .count = 1 };

	for (; p < end; p++) {
		uint8_t ch = (uint8_t)*p;
		unsigned *param = &c.params[c.count - 1];
		if (ch >= '0' && ch <= '9') {
			*param = *param < 100000 ? *param * 10 + (ch - '0') : *param;
		} else if (ch == ';') {
			if (c.count < CSI_PARAMS)
				c.count++;
		} else if (ch >= '<' && ch <= '?') {
			c.marker = ch;
		} else if (ch >= 0x20 && ch <= 0x2f) {
			c.inter = ch;
		} else if (ch >= 0x40 && ch <= 0x7e) {
			c.final = ch;
			note_csi(m, &c);
			return p + 1;
		} else if (ch == 0x1b) {
			return p;
		}
	}
	return p;
}

void
tty_modes_note(struct tty_modes *m, struct str bytes)
{
	const char *p = bytes.p, *end = p + bytes.len;

	while (p < end && (p = memchr(p, 0x1b, (size_t)(end - p))) && ++p < end) {
		switch (*p++) {
		case '[':
			p = scan_csi(m, p, end);
			break;
		case '=':
			m->keypad = true;
			break;
		case '>':
			m->keypad = false;
			break;
		case 'H':
			m->tabs = true;
			break;
		case 'c':
			*m = (struct tty_modes){ 0 };
			break;
		}
	}
}

static void
undo_kitty(struct buf *out, unsigned pushes)
{
	if (pushes)
		buf_printf(out, "\033[<%uu", pushes);
}

void
tty_modes_reset(struct tty_modes *m, struct buf *out)
{
	buf_puts(out, "\033\\"); /* ends a string that was cut short */
	for (unsigned i = 0; i < ARRAY_LEN(private_modes); i++)
		if (m->on & (1u << i))
			buf_printf(out, "\033[?%u%c", private_modes[i].mode,
			    private_modes[i].usual ? 'h' : 'l');
	if (m->kitty_set)
		buf_puts(out, "\033[=0u");
	if (m->alt) {
		undo_kitty(out, m->kitty[1]);
		buf_puts(out, "\033[?1049l");
	}
	undo_kitty(out, m->kitty[0]);
	if (m->other_keys)
		buf_puts(out, "\033[>4m");
	if (m->keypad)
		buf_puts(out, "\033>");
	if (m->cursor_shape)
		buf_puts(out, "\033[0 q");
	if (m->tabs)
		buf_puts(out, "\033[?5W");
	/* Link, margins, pen, character sets, insert mode. */
	buf_puts(out, "\033]8;;\033\\\033[!p\033[r\033[0m\033(B\017\033[?25h");
	*m = (struct tty_modes){ .title = m->title };
}

void
tty_modes_undo(const struct tty_modes *m, struct buf *out)
{
	struct tty_modes copy = *m;

	tty_modes_reset(&copy, out);
	if (m->title)
		buf_puts(out, "\033[23;0t");
	buf_puts(out, "\033[9999;1H\r\n");
}

/* --- The guard ------------------------------------------------------------------- */

/* A terminal that takes nothing for this long is given up. */
#define UNDO_PATIENCE_MS 2000

static void
write_undo(const struct tty *t)
{
	cleanup_buf struct buf undo = BUF(UNDO_BYTES);
	struct pollfd fd = { .fd = t->out, .events = POLLOUT };

	tty_modes_undo(t->modes, &undo);
	while (undo.len > 0) {
		ssize_t n = write(t->out, undo.data, undo.len);
		if (n > 0)
			buf_eat(&undo, (size_t)n);
		else if (errno != EINTR &&
			 (errno != EAGAIN || poll(&fd, 1, UNDO_PATIENCE_MS) <= 0))
			return;
	}
}

/* What was typed ahead, and answers to queries, are not for the shell. */
static void
restore_settings(const struct tty *t)
{
	(void)tcflush(t->in, TCIFLUSH);
	(void)tcsetattr(t->in, TCSANOW, &t->saved);
}

static bool
same_settings(const struct termios *a, const struct termios *b)
{
	return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag &&
	       a->c_lflag == b->c_lflag && a->c_cflag == b->c_cflag;
}

NORETURN static void
guard_run(const struct tty *t, int pipe_end)
{
	struct termios now;
	char word = 0;
	ssize_t n;

	do {
		n = read(pipe_end, &word, 1);
	} while (n < 0 && errno == EINTR);
	if (n == 0 && tcgetattr(t->in, &now) == 0) {
		if (same_settings(&now, &t->raw))
			restore_settings(t);
		write_undo(t);
	}
	_exit(0);
}

static int
guard_start(struct tty *t)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fault(-errno);
	pid = fork();
	if (pid < 0) {
		int r = -errno;
		(void)close(ends[0]);
		(void)close(ends[1]);
		return fault(r);
	}
	if (pid == 0) {
		sigset_t all;
		(void)sigfillset(&all);
		(void)sigprocmask(SIG_SETMASK, &all, NULL);
		(void)setsid();
		(void)close(ends[1]);
		guard_run(t, ends[0]);
	}
	(void)close(ends[0]);
	t->guard = pid;
	t->guard_pipe = ends[1];
	return 0;
}

static void
guard_stop(struct tty *t)
{
	if (t->guard_pipe >= 0) {
		(void)!write(t->guard_pipe, &(char){ FAREWELL }, 1);
		(void)close(t->guard_pipe);
		t->guard_pipe = -1;
	}
	if (t->guard > 0)
		while (waitpid(t->guard, NULL, 0) < 0 && errno == EINTR)
			;
	t->guard = 0;
}

/* --- The terminal ------------------------------------------------------------------ */

static uint16_t
clamp(unsigned v, unsigned least, unsigned most)
{
	return (uint16_t)(v < least ? least : v > most ? most : v);
}

void
tty_size(int fd, uint16_t *ret_cols, uint16_t *ret_rows)
{
	struct winsize ws = { 0 };

	(void)ioctl(fd, TIOCGWINSZ, &ws);
	*ret_cols = clamp(ws.ws_col ? ws.ws_col : 80, LIMIT_COLS_MIN, LIMIT_COLS_MAX);
	*ret_rows = clamp(ws.ws_row ? ws.ws_row : 24, LIMIT_ROWS_MIN, LIMIT_ROWS_MAX);
}

/* The same terminal by a description of our own; -1 when it can not be opened. */
static int
open_again(int fd)
{
	char name[64];

	if (ttyname_r(fd, name, sizeof(name)) != 0)
		return -1;
	return open(name, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

int
tty_open(int in, int out, struct tty **ret)
{
	struct tty *t;
	int r;

	if (!isatty(in) || !isatty(out))
		return TTY_E_NOT;
	t = xnew(struct tty);
	*t = (struct tty){ .in = in,
		.out = open_again(out),
		.guard_pipe = -1,
		.pending = BUF_UNLIMITED };
	t->own_out = t->out >= 0;
	if (!t->own_out)
		t->out = out;
	t->modes = mmap(NULL, sizeof(*t->modes), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (t->modes == MAP_FAILED) {
		t->modes = NULL;
		r = fault(-errno);
		goto failed;
	}
	if (tcgetattr(in, &t->saved) < 0) {
		r = fault(-errno);
		goto failed;
	}
	t->raw = t->saved;
	cfmakeraw(&t->raw);
	t->raw.c_cc[VMIN] = 1;
	t->raw.c_cc[VTIME] = 0;
	r = guard_start(t);
	if (r < 0)
		goto failed;
	if (tcsetattr(in, TCSANOW, &t->raw) < 0) {
		r = fault(-errno);
		goto failed;
	}
	*ret = t;
	return 0;
failed:
	(void)tty_close(t);
	return r;
}

struct tty *
tty_close(struct tty *t)
{
	if (!t)
		return NULL;
	if (t->guard > 0) {
		write_undo(t);
		restore_settings(t);
	}
	guard_stop(t);
	if (t->modes)
		(void)munmap(t->modes, sizeof(*t->modes));
	if (t->own_out)
		(void)close(t->out);
	buf_deinit(&t->pending);
	free(t);
	return NULL;
}

int
tty_fd(const struct tty *t)
{
	return t->out;
}

void
tty_put(struct tty *t, struct str bytes)
{
	tty_modes_note(t->modes, bytes);
	buf_put(&t->pending, bytes.p, bytes.len);
}

int
tty_flush(struct tty *t)
{
	while (t->pending.len > 0) {
		/* Without our own description a big write could block; a small one does
		 * so shortly. */
		bool bit = !t->own_out && t->pending.len > WRITE_ONCE;
		ssize_t n =
		    write(t->out, t->pending.data, bit ? WRITE_ONCE : t->pending.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0)
			return fault(-errno);
		buf_eat(&t->pending, (size_t)n);
		if (bit)
			return 0;
	}
	return 0;
}

size_t
tty_pending(const struct tty *t)
{
	return t->pending.len;
}

void
tty_reset(struct tty *t)
{
	buf_clear(&t->pending);
	tty_modes_reset(t->modes, &t->pending);
}
