/* osc.c: operating system commands: number, semicolon, text.
 *
 * The text becomes an event or a string of the model only after cleaning:
 * control characters are dropped, what is not UTF-8 becomes U+FFFD. */
#include <assert.h>
#include <stdio.h>

#include "term/impl.h"
#include "term/palette.h"

static void
put_clean(struct buf *out, struct str s)
{
	while (s.len) {
		const unsigned char *p = (const unsigned char *)s.p;
		size_t n = *p < 0x80 ? 1 : utf8_bytes(*p);

		while (n > 1 && (n > s.len || !str_is_utf8(str_make(s.p, n))))
			n--;
		if (n == 1 && *p >= 0x80)
			buf_put_utf8(out, 0xfffd);
		else if (*p >= 0x20 && *p != 0x7f && !(*p == 0xc2 && p[1] < 0xa0))
			buf_put(out, s.p, n);
		s.p += n;
		s.len -= n;
	}
}

/* Cuts at a character. */
static struct str
shorten(struct str s, size_t most)
{
	if (s.len <= most)
		return s;
	while (most && ((unsigned char)s.p[most] & 0xc0) == 0x80)
		most--;
	return str_make(s.p, most);
}

struct osc {
	struct str text; /* clean */
	bool bel;        /* how it ended; answers end alike */
};

static const char *
end_of(const struct osc *o)
{
	return o->bel ? "\a" : "\033\\";
}

static void
event(struct term *t, enum term_event ev, struct str text)
{
	/* Half a message would be worse than none. */
	if (text.len <= EVENT_BYTES)
		term_emit(t, ev, text);
}

static void
set_icon(struct term *t, struct osc *o)
{
	term_title_set(&t->title.icon, shorten(o->text, TITLE_BYTES));
	event(t, TERM_EV_ICON, shorten(o->text, TITLE_BYTES));
}

static void
set_title(struct term *t, struct osc *o)
{
	term_title_set(&t->title.title, shorten(o->text, TITLE_BYTES));
	t->mark = t->now;
	event(t, TERM_EV_TITLE, shorten(o->text, TITLE_BYTES));
}

static void
set_both(struct term *t, struct osc *o)
{
	term_title_set(&t->title.icon, shorten(o->text, TITLE_BYTES));
	set_title(t, o);
}

static void
reply_colour(struct term *t, const struct osc *o, const char *what, uint32_t rgb)
{
	unsigned r = rgb >> 16 & 0xff, g = rgb >> 8 & 0xff, b = rgb & 0xff;

	term_reply(t, "\033]%s;rgb:%02x%02x/%02x%02x/%02x%02x%s", what, r, r, g, g, b, b,
	    end_of(o));
}

/* 4;index;spec…: colours are not changed, but told. */
static void
palette(struct term *t, struct osc *o)
{
	struct str rest = o->text;
	char what[16];

	while (rest.len) {
		struct str index = str_cut(&rest, ';'), spec = str_cut(&rest, ';');
		uint64_t i;

		if (!str_eqz(spec, "?") || !str_to_u64(index, &i) || i > 255)
			continue;
		(void)snprintf(what, sizeof(what), "4;%u", (unsigned)i);
		reply_colour(t, o, what, palette_index((uint8_t)i));
	}
}

/* 10 to 19: each further spec is for the next number. */
static void
dynamic_colours(struct term *t, struct osc *o, unsigned number)
{
	struct str rest = o->text;
	char what[16];

	for (; number <= 19 && rest.len; number++) {
		if (!str_eqz(str_cut(&rest, ';'), "?"))
			continue;
		(void)snprintf(what, sizeof(what), "%u", number);
		reply_colour(t, o, what,
		    number == 11 || number == 14 || number == 16 || number == 17
			? PALETTE_BG
		    : number == 12 ? PALETTE_CURSOR
				   : PALETTE_FG);
	}
}

static void
set_cwd(struct term *t, struct osc *o)
{
	if (o->text.len > EVENT_BYTES)
		return;
	term_title_set(&t->cwd, o->text);
	event(t, TERM_EV_CWD, o->text);
}

static void
hyperlink(struct term *t, struct osc *o)
{
	struct str uri = o->text, params = str_cut(&uri, ';'), id = STR_NONE;

	while (params.len) {
		struct str one = str_cut(&params, ':');

		if (str_starts(one, STR("id=")))
			id = str_make(one.p + 3, one.len - 3);
	}
	pen_link(
	    t, id.len <= 256 ? id : STR_NONE, uri.len <= EVENT_BYTES ? uri : STR_NONE);
}

static void
notify(struct term *t, struct osc *o)
{
	struct str text = o->text;

	if (str_starts(text, STR("4;"))) {
		text = str_make(text.p + 2, text.len - 2);
		event(t, TERM_EV_PROGRESS, text);
	} else {
		event(t, TERM_EV_NOTIFY, text);
	}
}

static void
notify_urxvt(struct term *t, struct osc *o)
{
	struct str text = o->text;

	if (str_eqz(str_cut(&text, ';'), "notify"))
		event(t, TERM_EV_NOTIFY, text);
}

/* A query is never answered: the clipboard is the person's. */
static void
clipboard(struct term *t, struct osc *o)
{
	struct str data = o->text;

	(void)str_cut(&data, ';');
	if (!str_eqz(data, "?"))
		event(t, TERM_EV_CLIPBOARD, o->text);
}

static void
prompt_mark(struct term *t, struct osc *o)
{
	event(t, TERM_EV_PROMPT_MARK, o->text);
}

static void
status(struct term *t, struct osc *o)
{
	if (o->text.len && o->text.p[0] == '?') {
		if (t->config.answer_status_probe)
			term_reply(t, "\033]7501;?\033\\");
		return;
	}
	event(t, TERM_EV_STATUS, o->text);
}

static void
keyframe(struct term *t, struct osc *o)
{
	load_command(t, o->text);
}

static const struct {
	uint16_t number;
	void (*fn)(struct term *t, struct osc *o);
} commands[] = {
	{ 0, set_both },
	{ 1, set_icon },
	{ 2, set_title },
	{ 4, palette },
	{ 7, set_cwd },
	{ 8, hyperlink },
	{ 9, notify },
	{ 52, clipboard },
	{ 133, prompt_mark },
	{ 633, prompt_mark },
	{ 777, notify_urxvt },
	{ 7501, status },
	{ 7502, keyframe },
};

void
osc_dispatch(struct term *t, bool bel)
{
	cleanup_buf struct buf clean = BUF_UNLIMITED;
	struct str rest = buf_str(&t->parser.string), head = str_cut(&rest, ';');
	struct osc o = { .bel = bel };
	uint64_t number;

	if (!t->loading)
		t->last[0] = 0;
	if (!str_to_u64(head, &number))
		return;
	put_clean(&clean, rest);
	o.text = buf_str(&clean);
	if (number >= 10 && number <= 19)
		dynamic_colours(t, &o, (unsigned)number);
	for (unsigned i = 0; i < ARRAY_LEN(commands); i++)
		if (commands[i].number == number) {
			commands[i].fn(t, &o);
			return;
		}
}
