/* filter.c: a small parser of its own, not the engine's: the engine forgets the
 * bytes of a sequence once it has acted, here the bytes are the product.
 *
 * Ground text is copied in runs.  From the byte that starts a sequence on,
 * bytes go to `held`; at the sequence's end judge_*() says whether they are
 * copied or forgotten.  CSI and ESC sequences pass unless a table names them
 * (nearly all of them draw); strings (OSC, DCS, APC) pass only if named (nearly
 * all of them act elsewhere).  Where terminals disagree about the extent of a
 * malformed sequence, it is dropped, so that nobody can build one sequence for
 * us and another for the terminal behind us.
 *
 * C1 controls in UTF-8 (U+0080..U+009F) are obeyed by xterm and ignored by most
 * others and by the engine, so they are left out: what follows is text to all. */
#include "term/filter.h"

#include <assert.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/compiler.h"

#define HELD_MAX 8192u

enum filter_state {
	GROUND,
	C2,     /* held: the byte 0xc2, perhaps a C1 control */
	ESCAPE, /* held: ESC and intermediates */
	CSI,
	STRING,     /* OSC, DCS, APC, PM, SOS */
	STRING_ESC, /* the same, after ESC */
};

/* A verdict; those below zero need no flag. */
enum verdict {
	PASS = -1,
	DROP = 0,
	/* Positive: the flag that lets it pass. */
};

void
term_filter_init(struct term_filter *f, unsigned flags)
{
	*f = (struct term_filter){
		.flags = flags, .state = GROUND, .held = BUF(HELD_MAX)
	};
}

void
term_filter_deinit(struct term_filter *f)
{
	buf_deinit(&f->held);
}

static bool
allowed(const struct term_filter *f, int verdict)
{
	return verdict < 0 || ((unsigned)verdict & f->flags);
}

/* --- CSI ----------------------------------------------------------------- */

#define ANY 1 /* in csi_rules: whatever stands there */

struct csi_rule {
	char prefix; /* one of < = > ?, 0 none */
	char inter;  /* intermediate byte, 0 none */
	char final;
	int verdict;
};

/* clang-format off */
static const struct csi_rule csi_rules[] = {
	{ 0,   0,   'c', TERM_FILTER_QUERIES },  /* DA1 */
	{ '>', 0,   'c', TERM_FILTER_QUERIES },  /* DA2 */
	{ '=', 0,   'c', TERM_FILTER_QUERIES },  /* DA3 */
	{ 0,   0,   'n', TERM_FILTER_QUERIES },  /* DSR, CPR */
	{ '?', 0,   'n', TERM_FILTER_QUERIES },  /* DECDSR, colour scheme */
	{ ANY, '$', 'p', TERM_FILTER_QUERIES },  /* DECRQM */
	{ '>', 0,   'q', TERM_FILTER_QUERIES },  /* XTVERSION */
	{ '?', 0,   'u', TERM_FILTER_QUERIES },  /* kitty keyboard flags */
	{ '?', 0,   'm', TERM_FILTER_QUERIES },  /* XTQMODKEYS */
	{ '?', 0,   'g', TERM_FILTER_QUERIES },  /* XTQFMTKEYS */
	{ '?', 0,   'S', TERM_FILTER_QUERIES },  /* XTSMGRAPHICS */
	{ 0,   0,   'x', TERM_FILTER_QUERIES },  /* DECREQTPARM */
	{ 0,   '*', 'y', TERM_FILTER_QUERIES },  /* DECRQCRA */
	{ 0,   '$', 'w', TERM_FILTER_QUERIES },  /* DECRQPSR */
	{ 0,   '$', 'u', TERM_FILTER_QUERIES },  /* DECRQTSR */
	{ 0,   '&', 'u', TERM_FILTER_QUERIES },  /* DECRQUPSS */
	{ 0,   '"', 'v', TERM_FILTER_QUERIES },  /* DECRQDE */
	{ 0,   '\'', '|', TERM_FILTER_QUERIES }, /* DECRQLP */
	{ 0,   '#', '|', TERM_FILTER_QUERIES },  /* XTREPORTSGR */
	{ 0,   '#', 'R', TERM_FILTER_QUERIES },  /* XTREPORTCOLORS */
	{ 0,   '+', 'p', DROP },                 /* DECSR: resets, and answers */
	{ 0,   '"', 'p', DROP },                 /* DECSCL: may switch to 8-bit controls */
	{ ANY, 0,   'i', DROP },                 /* MC: the printer */
	{ '>', 0,   't', DROP },                 /* XTSMTITLE */
	{ '>', 0,   'T', DROP },                 /* XTRMTITLE */
};

/* clang-format on */

/* Private modes that change the window or make the terminal talk.  2031 and 2048
 * send reports of their own; the engine says that it does not know them. */
static const struct {
	uint32_t mode;
	int verdict;
} mode_rules[] = {
	{ 3, DROP },    /* DECCOLM: resizes */
	{ 38, DROP },   /* DECTEK: another window */
	{ 40, DROP },   /* allows DECCOLM */
	{ 1001, DROP }, /* highlight tracking: waits for the program */
	{ 2031, TERM_FILTER_QUERIES },
	{ 2048, TERM_FILTER_QUERIES },
};

struct csi {
	char prefix, inter, final;
	bool odd;          /* more than one intermediate, or bytes out of order */
	size_t first, end; /* of the parameter bytes in `held` */
};

static bool
is_c0(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

/* Does s begin with U+0080..U+009F? */
static bool
is_c1(struct str s)
{
	return s.len > 1 && (uint8_t)s.p[0] == 0xc2 && (uint8_t)s.p[1] < 0xa0;
}

/* Takes the held bytes apart.  C0 controls inside are acted on by the terminal
 * as if they stood before the sequence, so they belong to none of the parts. */
static struct csi
csi_parse(struct str s)
{
	/* After "ESC [". */
	struct csi c = { .first = 2, .end = 2 };
	bool begun = false;

	for (size_t i = 2; i < s.len; i++) {
		char b = s.p[i];

		if (is_c0(b))
			continue;
		if (b >= '<' && b <= '?' && !begun) {
			c.prefix = b;
			c.first = c.end = i + 1;
		} else if (b >= 0x30 && b <= 0x3f) {
			c.odd |= c.inter || b >= '<';
			c.end = i + 1;
		} else if (b >= 0x20 && b <= 0x2f) {
			c.odd |= c.inter != 0;
			c.inter = b;
		} else
			c.final = b;
		begun = true;
	}
	return c;
}

/* The next parameter of s (up to ';'); its sub-parameters are left out. */
static uint32_t
param_next(struct str *s)
{
	struct str word = str_cut(s, ';');
	uint32_t n = 0;

	for (size_t i = 0; i < word.len && word.p[i] != ':'; i++)
		if (word.p[i] >= '0' && word.p[i] <= '9' && n < 100000)
			n = n * 10 + (uint32_t)(word.p[i] - '0');
	return n;
}

static int
mode_verdict(uint32_t mode)
{
	for (size_t i = 0; i < ARRAY_LEN(mode_rules); i++)
		if (mode_rules[i].mode == mode)
			return mode_rules[i].verdict;
	return PASS;
}

/* CSI ? ... h and l set several modes at once: only the bad ones are left out.
 * Writes the whole sequence, or nothing when no mode is left. */
static void
put_modes(const struct term_filter *f, struct str params, char final, struct buf *out)
{
	cleanup_buf struct buf kept = BUF(HELD_MAX);

	do {
		struct str rest = params;
		uint32_t mode = param_next(&params);
		struct str word = str_cut(&rest, ';');

		if (!allowed(f, mode_verdict(mode)))
			continue;
		if (kept.len)
			buf_putc(&kept, ';');
		buf_put(&kept, word.p, word.len);
	} while (params.len);
	if (kept.len)
		buf_printf(out, "\033[?%s%c", buf_text(&kept), final);
}

static bool
modes_clean(const struct term_filter *f, struct str params)
{
	while (params.len)
		if (!allowed(f, mode_verdict(param_next(&params))))
			return false;
	return true;
}

/* XTWINOPS: only the title stack stays on the screen's side. */
static int
window_verdict(struct str params)
{
	switch (param_next(&params)) {
	case 11:
	case 13:
	case 14:
	case 15:
	case 16:
	case 18:
	case 19:
		return TERM_FILTER_QUERIES;
	case 22:
	case 23:
		return TERM_FILTER_TITLE;
	default: /* moves, resizes, iconifies; 20 and 21 type the title as input */
		return DROP;
	}
}

static int
csi_verdict(const struct csi *c, struct str params)
{
	if (c->odd)
		return DROP;
	if (c->final == 't' && !c->prefix && !c->inter)
		return window_verdict(params);
	for (size_t i = 0; i < ARRAY_LEN(csi_rules); i++) {
		const struct csi_rule *r = &csi_rules[i];

		if (c->final == r->final && c->inter == r->inter &&
		    (r->prefix == ANY || c->prefix == r->prefix))
			return r->verdict;
	}
	return PASS;
}

/* C0 controls inside a sequence act even when the sequence is dropped. */
static void
put_c0(const struct buf *held, struct buf *out)
{
	for (size_t i = 1; i < held->len; i++)
		if (is_c0(held->data[i]) && held->data[i] != 0x7f)
			buf_putc(out, held->data[i]);
}

static void
csi_done(const struct term_filter *f, struct buf *out)
{
	struct str s = buf_str(&f->held);
	struct csi c = csi_parse(s);
	struct str params = str_make(s.p + c.first, c.end - c.first);
	bool modes = c.prefix == '?' && !c.inter && (c.final == 'h' || c.final == 'l');

	if (modes && !c.odd && !modes_clean(f, params)) {
		cleanup_buf struct buf plain = BUF(HELD_MAX);

		put_c0(&f->held, out);
		for (size_t i = 0; i < params.len; i++)
			if (!is_c0(params.p[i]))
				buf_putc(&plain, params.p[i]);
		put_modes(f, buf_str(&plain), c.final, out);
	} else if (allowed(f, csi_verdict(&c, params)))
		buf_put(out, s.p, s.len);
	else
		put_c0(&f->held, out);
}

/* --- ESC ------------------------------------------------------------------ */

static void
escape_done(const struct term_filter *f, struct buf *out)
{
	struct str s = buf_str(&f->held);
	char final = s.p[s.len - 1], inter = 0;
	int verdict = PASS;

	for (size_t i = 1; i + 1 < s.len; i++)
		if (!is_c0(s.p[i]))
			inter = s.p[i];
	if (inter == '%' || inter == ' ') /* other encodings, 8-bit controls */
		verdict = DROP;
	else if (!inter && final == 'Z') /* DECID */
		verdict = TERM_FILTER_QUERIES;
	if (allowed(f, verdict))
		buf_put(out, s.p, s.len);
	else
		put_c0(&f->held, out);
}

/* --- Strings ---------------------------------------------------------------- */

/* OSC 4, 5 and 10..19: a question when every value is "?". */
static int
colour_verdict(uint64_t number, struct str rest)
{
	bool value = number >= 10; /* 4 and 5: index;value pairs */

	if (!rest.len)
		return DROP;
	while (rest.len) {
		struct str word = str_cut(&rest, ';');

		if (value && !str_eqz(word, "?"))
			return DROP;
		if (number < 10)
			value = !value;
	}
	/* A pair without its value is no question. */
	return number < 10 && value ? DROP : TERM_FILTER_QUERIES;
}

static int
clipboard_verdict(struct str rest)
{
	struct str sel = str_cut(&rest, ';');

	for (size_t i = 0; i < sel.len; i++)
		if (!strchr("cpqs01234567", sel.p[i]))
			return DROP;
	for (size_t i = 0; i < rest.len; i++) {
		char b = rest.p[i];

		if (!((b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') ||
			(b >= '0' && b <= '9') || b == '+' || b == '/' || b == '='))
			return DROP;
	}
	return rest.len ? TERM_FILTER_CLIPBOARD : DROP;
}

/* OSC 9 is a message, but "9;NUMBER" are ConEmu's commands, of which 4 is
 * progress and others run programs. */
static int
message_verdict(struct str rest)
{
	struct str word = str_cut(&rest, ';');
	uint64_t number;

	if (str_to_u64(word, &number))
		return number == 4 ? TERM_FILTER_NOTIFY : DROP;
	return TERM_FILTER_NOTIFY;
}

/* OSC 99: "key=value:key=value;text"; p=? asks for abilities. */
static int
notice_verdict(struct str rest)
{
	struct str meta = str_cut(&rest, ';');

	while (meta.len)
		if (str_eqz(str_cut(&meta, ':'), "p=?"))
			return TERM_FILTER_QUERIES;
	return TERM_FILTER_NOTIFY;
}

static int
osc_verdict(struct str body)
{
	struct str rest = body, word = str_cut(&rest, ';');
	uint64_t number;

	if (!str_to_u64(word, &number))
		return DROP;
	if (number <= 2)
		return TERM_FILTER_TITLE;
	if (number == 4 || number == 5 || (number >= 10 && number <= 19))
		return colour_verdict(number, rest);
	switch (number) {
	case 8:
		return TERM_FILTER_LINKS;
	case 9:
		return message_verdict(rest);
	case 52:
		return clipboard_verdict(rest);
	case 99:
		return notice_verdict(rest);
	case 133: /* marks prompts in the terminal's own scrollback */
		return PASS;
	case 777:
		return str_starts(rest, STR("notify;")) ? TERM_FILTER_NOTIFY : DROP;
	case 7501: /* our business, unless there is nobody of us */
		return TERM_FILTER_QUERIES;
	default:
		return DROP;
	}
}

static int
dcs_verdict(struct str body)
{
	if (str_starts(body, STR("$q")) || str_starts(body, STR("+q")))
		return TERM_FILTER_QUERIES; /* DECRQSS, XTGETTCAP */
	if (str_eqz(body, "=1s") || str_eqz(body, "=2s"))
		return PASS; /* synchronized updates, the older form */
	return DROP;
}

/* Kitty graphics: only the question, and none that names a file. */
static int
apc_verdict(struct str body)
{
	struct str keys = str_cut(&body, ';');
	bool query = false;

	if (!str_starts(keys, STR("G")))
		return DROP;
	keys.p++, keys.len--;
	while (keys.len) {
		struct str pair = str_cut(&keys, ',');

		if (str_starts(pair, STR("t=")) && !str_eqz(pair, "t=d"))
			return DROP;
		query |= str_eqz(pair, "a=q");
	}
	return query ? TERM_FILTER_QUERIES : DROP;
}

static int
string_verdict(const struct buf *held)
{
	struct str body = str_make(held->data + 2, held->len - 2);

	if (!str_is_utf8(body))
		return DROP;
	for (size_t i = 0; i < body.len; i++)
		if (is_c0(body.p[i]) || is_c1(str_make(body.p + i, body.len - i)))
			return DROP;
	switch (held->data[1]) {
	case ']':
		return osc_verdict(body);
	case 'P':
		return dcs_verdict(body);
	case '_':
		return apc_verdict(body);
	default:
		return DROP;
	}
}

static void
string_done(struct term_filter *f, const char *terminator, struct buf *out)
{
	f->state = GROUND;
	/* The terminator counts as well: a failed buf is a string too long. */
	if (buf_failed(&f->held) || f->held.len + 2 > HELD_MAX)
		return;
	if (!allowed(f, string_verdict(&f->held)))
		return;
	buf_put(out, f->held.data, f->held.len);
	buf_puts(out, terminator);
}

/* --- The machine ------------------------------------------------------------ */

static void
hold(struct term_filter *f, uint8_t b)
{
	buf_putc(&f->held, (char)b);
}

/* A sequence may begin at once: held is emptied. */
static void
begin(struct term_filter *f, enum filter_state state, uint8_t b)
{
	buf_clear(&f->held);
	hold(f, b);
	f->state = (uint8_t)state;
}

static void
ground_lead(struct term_filter *f, uint8_t b, struct buf *out)
{
	if (b == 0xc2) {
		begin(f, C2, b);
		return;
	}
	if (b < 0xa0) {
		buf_puts(out, "\xef\xbf\xbd");
		return;
	}
	f->need = b >= 0xf5 ? 0 : b >= 0xf0 ? 3 : b >= 0xe0 ? 2 : b >= 0xc2 ? 1 : 0;
	f->lo = b == 0xe0 ? 0xa0 : b == 0xf0 ? 0x90 : 0x80;
	f->hi = b == 0xed ? 0x9f : b == 0xf4 ? 0x8f : 0xbf;
	buf_putc(out, (char)b);
}

static void
ground(struct term_filter *f, uint8_t b, struct buf *out)
{
	if (f->need) {
		if (b >= f->lo && b <= f->hi) {
			f->need--;
			f->lo = 0x80, f->hi = 0xbf;
			buf_putc(out, (char)b);
			return;
		}
		f->need = 0;
	}
	if (b == 0x1b)
		begin(f, ESCAPE, b);
	else if (b >= 0x80)
		ground_lead(f, b, out);
	else if (b != 0x05 ||
		 (f->flags & TERM_FILTER_QUERIES)) /* ENQ asks who is there */
		buf_putc(out, (char)b);
}

/* After ESC and one more byte. */
static void
introduce(struct term_filter *f, char final, struct buf *out)
{
	switch (final) {
	case '[':
		f->state = CSI;
		return;
	case ']':
	case 'P':
	case '_':
	case '^':
	case 'X':
		f->state = STRING;
		return;
	default:
		f->state = GROUND;
		escape_done(f, out);
	}
}

/* The byte after 0xc2. */
static void
second_of_c2(struct term_filter *f, uint8_t b, struct buf *out)
{
	f->state = GROUND;
	if (b >= 0x80 && b <= 0x9f)
		return;
	buf_putc(out, (char)0xc2);
	if (b >= 0xa0 && b <= 0xbf)
		buf_putc(out, (char)b);
	else
		ground(f, b, out);
}

/* The bytes that end any sequence: ESC begins another, CAN and SUB cancel, and
 * what is not ASCII is text again. */
static bool
interrupted(struct term_filter *f, uint8_t b, struct buf *out)
{
	if (b != 0x1b && b != 0x18 && b != 0x1a && b < 0x80)
		return false;
	f->state = GROUND;
	if (!buf_failed(&f->held))
		put_c0(&f->held, out);
	ground(f, b, out);
	return true;
}

static void
escape(struct term_filter *f, uint8_t b, struct buf *out)
{
	if (interrupted(f, b, out))
		return;
	if (b == 0x05)
		return;
	hold(f, b);
	if (b < 0x30 || b == 0x7f) /* controls and intermediates: goes on */
		return;
	if (buf_failed(&f->held)) {
		f->state = GROUND;
		return;
	}
	if (f->held.len == 2)
		introduce(f, (char)b, out);
	else {
		bool inter = false;

		for (size_t i = 1; i + 1 < f->held.len; i++)
			inter |= !is_c0(f->held.data[i]);
		/* ESC C0 [ : the control first, then the sequence as if whole. */
		if (!inter) {
			put_c0(&f->held, out);
			begin(f, ESCAPE, 0x1b);
			hold(f, b);
			introduce(f, (char)b, out);
		} else {
			f->state = GROUND;
			escape_done(f, out);
		}
	}
}

static void
csi(struct term_filter *f, uint8_t b, struct buf *out)
{
	if (interrupted(f, b, out))
		return;
	if (b == 0x05)
		return;
	hold(f, b);
	if (b < 0x40 || b == 0x7f)
		return;
	f->state = GROUND;
	if (!buf_failed(&f->held))
		csi_done(f, out);
}

static void
string(struct term_filter *f, uint8_t b, struct buf *out)
{
	if (b == 0x1b)
		f->state = STRING_ESC;
	else if (b == 0x18 || b == 0x1a) {
		f->state = GROUND;
		ground(f, b, out);
	} else if (b == 0x07 && f->held.data[1] == ']')
		string_done(f, "\a", out);
	else
		hold(f, b);
}

static void
string_esc(struct term_filter *f, uint8_t b, struct buf *out)
{
	if (b == '\\') {
		string_done(f, "\033\\", out);
		return;
	}
	/* Cut off by another sequence: nobody agrees on what the string meant. */
	begin(f, ESCAPE, 0x1b);
	escape(f, b, out);
}

void
term_filter_feed(struct term_filter *f, const void *bytes, size_t len, struct buf *out)
{
	static void (*const steps[])(struct term_filter *, uint8_t, struct buf *) = {
		[GROUND] = ground,
		[C2] = second_of_c2,
		[ESCAPE] = escape,
		[CSI] = csi,
		[STRING] = string,
		[STRING_ESC] = string_esc,
	};
	const uint8_t *p = bytes, *end = len ? p + len : p;

	while (p < end) {
		if (f->state == GROUND && !f->need) {
			const uint8_t *run = p;

			while (p < end && *p < 0x80 && *p != 0x1b && *p != 0x05)
				p++;
			buf_put(out, run, (size_t)(p - run));
			if (p == end)
				break;
		}
		assert(f->state < ARRAY_LEN(steps));
		steps[f->state](f, *p++, out);
	}
}
