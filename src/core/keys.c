/* Cursor and editing keys are one of three shapes, as xterm sends them:
 *   ESC [ X     or ESC O X in application cursor mode     (Up, Home, F1…)
 *   ESC [ n ~                                             (PageUp, F5…)
 * and with modifiers ESC [ 1 ; m X and ESC [ n ; m ~, m = 1 + S + 2M + 4C. */
#include "core/keys.h"

#include <string.h>
#include <strings.h>

enum { SHIFT = 1, META = 2, CTRL = 4 };

struct key {
	const char *name;
	unsigned char number; /* 0: letter form */
	char letter;
	bool always_ss3; /* F1..F4 */
};

/* clang-format off */
static const struct key special[] = {
	{ "Up", 0, 'A', false }, { "Down", 0, 'B', false }, { "Right", 0, 'C', false },
	{ "Left", 0, 'D', false }, { "Home", 0, 'H', false }, { "End", 0, 'F', false },
	{ "IC", 2, 0, false }, { "Insert", 2, 0, false }, { "DC", 3, 0, false },
	{ "Delete", 3, 0, false },
	{ "PageUp", 5, 0, false }, { "PPage", 5, 0, false }, { "PgUp", 5, 0, false },
	{ "PageDown", 6, 0, false }, { "NPage", 6, 0, false }, { "PgDn", 6, 0, false },
	{ "F1", 0, 'P', true }, { "F2", 0, 'Q', true }, { "F3", 0, 'R', true },
	{ "F4", 0, 'S', true }, { "F5", 15, 0, false }, { "F6", 17, 0, false },
	{ "F7", 18, 0, false }, { "F8", 19, 0, false }, { "F9", 20, 0, false },
	{ "F10", 21, 0, false }, { "F11", 23, 0, false }, { "F12", 24, 0, false },
};

static const struct {
	const char *name;
	char byte;
} plain[] = {
	{ "Enter", '\r' }, { "Return", '\r' }, { "Escape", 0x1b }, { "Esc", 0x1b },
	{ "Tab", '\t' }, { "BSpace", 0x7f }, { "Backspace", 0x7f }, { "Space", ' ' },
};

/* clang-format on */

static unsigned
modifiers(struct str *name)
{
	unsigned m = 0;

	while (name->len > 2 && name->p[1] == '-') {
		unsigned one = name->p[0] == 'C'   ? CTRL
			       : name->p[0] == 'M' ? META
			       : name->p[0] == 'S' ? SHIFT
						   : 0;

		if (!one)
			break;
		m |= one;
		*name = str_make(name->p + 2, name->len - 2);
	}
	if (!m && name->len == 2 && name->p[0] == '^') {
		m = CTRL;
		*name = str_make(name->p + 1, 1);
	}
	return m;
}

static bool
same(struct str a, const char *b)
{
	return a.len == strlen(b) && !strncasecmp(a.p, b, a.len);
}

static void
put_special(
    const struct key *k, unsigned m, const struct term_modes *modes, struct buf *out)
{
	if (k->number && m)
		buf_printf(out, "\033[%u;%u~", k->number, 1 + m);
	else if (k->number)
		buf_printf(out, "\033[%u~", k->number);
	else if (m)
		buf_printf(out, "\033[1;%u%c", 1 + m, k->letter);
	else
		buf_printf(out, "\033%c%c",
		    k->always_ss3 || modes->app_cursor ? 'O' : '[', k->letter);
}

/* 0x100: no such control character. */
static unsigned
control(char c)
{
	if (c >= 'a' && c <= 'z')
		return (unsigned)(c - 'a' + 1);
	if (c >= '@' && c <= '_')
		return (unsigned)(c - '@');
	if (c == ' ' || c == '2')
		return 0;
	if (c == '/')
		return 0x1f;
	if (c == '?')
		return 0x7f;
	return 0x100;
}

static bool
put_byte(char c, unsigned m, struct buf *out)
{
	unsigned byte = (unsigned char)c;

	if (m & SHIFT && c == '\t') {
		buf_puts(out, m & META ? "\033\033[Z" : "\033[Z");
		return !(m & CTRL);
	}
	if (m & CTRL && c != '\r' && c != 0x1b && c != '\t' && c != 0x7f)
		byte = control(c);
	if (byte > 0xff)
		return false;
	if (m & META)
		buf_putc(out, 0x1b);
	if (m & SHIFT && byte >= 'a' && byte <= 'z')
		byte -= 'a' - 'A';
	buf_putc(out, (char)byte);
	return true;
}

static bool
one_character(struct str s)
{
	unsigned char c = s.len ? (unsigned char)s.p[0] : 0;
	size_t need = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;

	return s.len && s.len == need && str_is_utf8(s);
}

bool
keys_put(struct str name, const struct term_modes *modes, struct buf *out)
{
	unsigned m = modifiers(&name);

	if (same(name, "BTab"))
		return put_byte('\t', m | SHIFT, out);
	for (size_t i = 0; i < ARRAY_LEN(special); i++)
		if (same(name, special[i].name)) {
			put_special(&special[i], m, modes, out);
			return true;
		}
	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		if (same(name, plain[i].name))
			return put_byte(plain[i].byte, m, out);
	if (!one_character(name))
		return false;
	if (name.len == 1)
		return put_byte(name.p[0], m, out);
	if (m & ~(unsigned)META)
		return false;
	if (m & META)
		buf_putc(out, 0x1b);
	buf_put(out, name.p, name.len);
	return true;
}

/* Takes every end of a paste out of b.  Taking one away may put another one
 * together, hence until nothing changes; each round makes the text shorter. */
static void
drop_paste_ends(struct buf *b)
{
	static const struct str ends[] = { { "\033[201~", 6 }, { "\xc2\x9b"
								 "201~",
								   6 } };
	size_t before;

	do {
		struct buf kept = BUF_UNLIMITED;

		before = b->len;
		for (size_t i = 0; i < b->len; i++) {
			struct str rest = str_make(b->data + i, b->len - i);

			if (str_starts(rest, ends[0]) || str_starts(rest, ends[1]))
				i += ends[0].len - 1;
			else
				buf_putc(&kept, b->data[i]);
		}
		buf_deinit(b);
		*b = kept;
	} while (b->len < before);
}

static void
put_typed(struct str text, struct buf *out)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c == '\r' && i + 1 < text.len && text.p[i + 1] == '\n')
			continue;
		if (c == '\n' || c == '\r')
			buf_putc(out, '\r');
		else if (c >= 0x20 && c != 0x7f)
			buf_putc(out, (char)c);
		else if (c == '\t')
			buf_putc(out, '\t');
	}
}

void
keys_put_text(struct str text, bool bracketed, struct buf *out)
{
	cleanup_buf struct buf whole = BUF_UNLIMITED, typed = BUF_UNLIMITED;

	buf_put(&whole, text.p, text.len);
	drop_paste_ends(&whole);
	put_typed(buf_str(&whole), &typed);
	/* Without control characters another one may have come together. */
	drop_paste_ends(&typed);
	if (bracketed)
		buf_puts(out, "\033[200~");
	buf_put(out, buf_str(&typed).p, typed.len);
	if (bracketed)
		buf_puts(out, "\033[201~");
}
