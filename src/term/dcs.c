/* dcs.c: the two device control strings we answer: DECRQSS and XTGETTCAP. */
#include "term/impl.h"

bool
dcs_wanted(const struct parser *p)
{
	return p->final == 'q' && p->inters == 1 && !p->private_mark &&
	       (p->inter[0] == '$' || p->inter[0] == '+');
}

static void
request_setting(struct term *t, struct str what)
{
	cleanup_buf struct buf b = BUF(256);
	struct style pen = t->pen;

	if (str_eqz(what, "m")) {
		pen_put_sgr(&pen, &b);
		term_reply(t, "\033P1$r%sm\033\\", buf_text(&b));
	} else if (str_eqz(what, "r")) {
		term_reply(t, "\033P1$r%u;%ur\033\\", t->top + 1u, (unsigned)t->bottom);
	} else if (str_eqz(what, " q")) {
		term_reply(t, "\033P1$r%u q\033\\", (unsigned)t->set.cursor_shape);
	} else if (str_eqz(what, "\"q")) {
		term_reply(
		    t, "\033P1$r%u\"q\033\\", pen.attrs & TERM_PROTECTED ? 1u : 0u);
	} else if (str_eqz(what, "\"p")) {
		term_reply(t, "\033P1$r62;1\"p\033\\");
	} else {
		term_reply(t, "\033P0$r\033\\");
	}
}

/* clang-format off */
/* Names and values as they go over the wire: in hex. */
static const struct { const char *name, *value; } caps[] = {
	{ "544e",       "787465726d2d323536636f6c6f72" }, /* TN: xterm-256color */
	{ "6e616d65",   "787465726d2d323536636f6c6f72" }, /* name */
	{ "436f",       "323536" },                       /* Co: 256 */
	{ "636f6c6f7273", "323536" },                     /* colors */
	{ "524742",     "382f382f38" },                   /* RGB: 8/8/8 */
	{ "5463",       "" },                             /* Tc */
	{ "5375",       "" },                             /* Su: underline styles */
	{ "7a2d",       "" },
};

/* clang-format on */

static bool
hex_eq(struct str a, const char *b)
{
	for (size_t i = 0; i < a.len; i++) {
		char c = a.p[i];

		if (c >= 'A' && c <= 'F')
			c = (char)(c + 32);
		if (b[i] != c)
			return false;
	}
	return b[a.len] == '\0';
}

static bool
is_hex(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
			(c >= 'A' && c <= 'F')))
			return false;
	}
	return s.len > 0 && s.len <= 64;
}

static void
request_cap(struct term *t, struct str name)
{
	/* What is not hex is not sent back: it would be typed. */
	if (!is_hex(name)) {
		term_reply(t, "\033P0+r\033\\");
		return;
	}
	for (unsigned i = 0; i < ARRAY_LEN(caps); i++) {
		if (!hex_eq(name, caps[i].name))
			continue;
		if (*caps[i].value)
			term_reply(
			    t, "\033P1+r%.*s=%s\033\\", STR_ARG(name), caps[i].value);
		else
			term_reply(t, "\033P1+r%.*s\033\\", STR_ARG(name));
		return;
	}
	term_reply(t, "\033P0+r%.*s\033\\", STR_ARG(name));
}

void
dcs_dispatch(struct term *t)
{
	struct str rest = buf_str(&t->parser.string);

	if (t->parser.inter[0] == '$') {
		request_setting(t, rest);
		return;
	}
	/* One answer a name, and not more than a program can want. */
	for (unsigned n = 0; n < 32 && (n == 0 || rest.len); n++)
		request_cap(t, str_cut(&rest, ';'));
}
