/* parser.c: Paul Williams' machine (vt100.net/emu/dec_ansi_parser) as a table:
 * state and byte give an action and the next state.  Differences, all for
 * streams of UTF-8:
 *
 *   - bytes from 0x80 up are characters, never C1 controls; inside a CSI or
 *     ESC sequence they end it without effect and are read as text;
 *   - a string ends at BEL (OSC only) or at ESC; the backslash that follows is
 *     an escape sequence without effect;
 *   - strings that nobody wants have states of their own, so that an endless
 *     one costs nothing.
 *
 * Text does not go through the table: in the ground state runs of printable
 * ASCII are found 16 or 8 bytes at a time and handed over whole. */
#include "term/parser.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "term/impl.h"
#include "term/width.h"

enum action {
	NONE,
	EXECUTE,
	CLEAR,
	COLLECT,
	PARAM,
	MARK,
	ESC_END,
	CSI_END,
	STRING,
	OSC_START,
	HOOK,
	STRING_BEL,
	STRING_END,
};

#define E(action, next) (uint8_t)((action) << 4 | (next))
#define G               PARSER_GROUND
#define SELF(s)         E(NONE, s)
/* CAN and SUB abort anything; ESC starts anew; DEL and C0 as given. */
#define CONTROLS(s, c0, esc)                                                             \
	[0x00 ... 0x17] = E(c0, s), [0x18] = E(NONE, G), [0x19] = E(c0, s),              \
		  [0x1a] = E(NONE, G), [0x1b] = E(esc, PARSER_ESCAPE),                   \
		  [0x1c ... 0x1f] = E(c0, s), [0x7f] = E(NONE, s)

/* clang-format off */
static const uint8_t table[PARSER_STATE_COUNT][128] = {
	[PARSER_ESCAPE] = { CONTROLS(PARSER_ESCAPE, EXECUTE, CLEAR),
		[0x20 ... 0x2f] = E(COLLECT, PARSER_ESCAPE_INT),
		[0x30 ... 0x4f] = E(ESC_END, G),
		['P'] = E(NONE, PARSER_DCS_ENTRY),
		['Q' ... 'W'] = E(ESC_END, G),
		['X'] = E(NONE, PARSER_STRING_IGNORE),
		['Y' ... 'Z'] = E(ESC_END, G),
		['['] = E(NONE, PARSER_CSI_ENTRY),
		['\\'] = E(ESC_END, G),
		[']'] = E(OSC_START, PARSER_OSC),
		['^' ... '_'] = E(NONE, PARSER_STRING_IGNORE),
		[0x60 ... 0x7e] = E(ESC_END, G) },
	[PARSER_ESCAPE_INT] = { CONTROLS(PARSER_ESCAPE_INT, EXECUTE, CLEAR),
		[0x20 ... 0x2f] = E(COLLECT, PARSER_ESCAPE_INT),
		[0x30 ... 0x7e] = E(ESC_END, G) },
	[PARSER_CSI_ENTRY] = { CONTROLS(PARSER_CSI_ENTRY, EXECUTE, CLEAR),
		[0x20 ... 0x2f] = E(COLLECT, PARSER_CSI_INT),
		[0x30 ... 0x3b] = E(PARAM, PARSER_CSI_PARAM),
		[0x3c ... 0x3f] = E(MARK, PARSER_CSI_PARAM),
		[0x40 ... 0x7e] = E(CSI_END, G) },
	[PARSER_CSI_PARAM] = { CONTROLS(PARSER_CSI_PARAM, EXECUTE, CLEAR),
		[0x20 ... 0x2f] = E(COLLECT, PARSER_CSI_INT),
		[0x30 ... 0x3b] = E(PARAM, PARSER_CSI_PARAM),
		[0x3c ... 0x3f] = SELF(PARSER_CSI_IGNORE),
		[0x40 ... 0x7e] = E(CSI_END, G) },
	[PARSER_CSI_INT] = { CONTROLS(PARSER_CSI_INT, EXECUTE, CLEAR),
		[0x20 ... 0x2f] = E(COLLECT, PARSER_CSI_INT),
		[0x30 ... 0x3f] = SELF(PARSER_CSI_IGNORE),
		[0x40 ... 0x7e] = E(CSI_END, G) },
	[PARSER_CSI_IGNORE] = { CONTROLS(PARSER_CSI_IGNORE, EXECUTE, CLEAR),
		[0x20 ... 0x3f] = SELF(PARSER_CSI_IGNORE),
		[0x40 ... 0x7e] = SELF(G) },
	[PARSER_DCS_ENTRY] = { CONTROLS(PARSER_DCS_ENTRY, NONE, CLEAR),
		[0x20 ... 0x2f] = E(COLLECT, PARSER_DCS_INT),
		[0x30 ... 0x3b] = E(PARAM, PARSER_DCS_PARAM),
		[0x3c ... 0x3f] = E(MARK, PARSER_DCS_PARAM),
		[0x40 ... 0x7e] = E(HOOK, PARSER_DCS_PASS) },
	[PARSER_DCS_PARAM] = { CONTROLS(PARSER_DCS_PARAM, NONE, CLEAR),
		[0x20 ... 0x2f] = E(COLLECT, PARSER_DCS_INT),
		[0x30 ... 0x3b] = E(PARAM, PARSER_DCS_PARAM),
		[0x3c ... 0x3f] = SELF(PARSER_STRING_IGNORE),
		[0x40 ... 0x7e] = E(HOOK, PARSER_DCS_PASS) },
	[PARSER_DCS_INT] = { CONTROLS(PARSER_DCS_INT, NONE, CLEAR),
		[0x20 ... 0x2f] = E(COLLECT, PARSER_DCS_INT),
		[0x30 ... 0x3f] = SELF(PARSER_STRING_IGNORE),
		[0x40 ... 0x7e] = E(HOOK, PARSER_DCS_PASS) },
	[PARSER_DCS_PASS] = { CONTROLS(PARSER_DCS_PASS, NONE, STRING_END),
		[0x20 ... 0x7e] = E(STRING, PARSER_DCS_PASS) },
	[PARSER_OSC] = {
		[0x00 ... 0x06] = SELF(PARSER_OSC), [0x07] = E(STRING_BEL, G),
		[0x08 ... 0x17] = SELF(PARSER_OSC), [0x18] = SELF(G), [0x19] = SELF(PARSER_OSC),
		[0x1a] = SELF(G), [0x1b] = E(STRING_END, PARSER_ESCAPE),
		[0x1c ... 0x1f] = SELF(PARSER_OSC),
		[0x20 ... 0x7e] = E(STRING, PARSER_OSC), [0x7f] = SELF(PARSER_OSC) },
	[PARSER_OSC_IGNORE] = {
		[0x00 ... 0x06] = SELF(PARSER_OSC_IGNORE), [0x07] = SELF(G),
		[0x08 ... 0x17] = SELF(PARSER_OSC_IGNORE), [0x18] = SELF(G),
		[0x19] = SELF(PARSER_OSC_IGNORE), [0x1a] = SELF(G), [0x1b] = E(CLEAR, PARSER_ESCAPE),
		[0x1c ... 0x7f] = SELF(PARSER_OSC_IGNORE) },
	[PARSER_STRING_IGNORE] = { CONTROLS(PARSER_STRING_IGNORE, NONE, CLEAR),
		[0x20 ... 0x7e] = SELF(PARSER_STRING_IGNORE) },
};

/* clang-format on */

void
parser_init(struct parser *p)
{
	*p = (struct parser){ .string = BUF(PARSER_STRING_BYTES) };
}

void
parser_deinit(struct parser *p)
{
	buf_deinit(&p->string);
}

static void
clear(struct parser *p)
{
	p->private_mark = p->inters = p->params = p->final = 0;
	p->too_many = p->first = false;
	p->colon = 0;
}

static void
collect(struct parser *p, uint8_t c)
{
	if (p->inters < PARSER_INTERS)
		p->inter[p->inters] = c;
	if (p->inters <= PARSER_INTERS)
		p->inters++;
}

static void
param(struct parser *p, uint8_t c)
{
	unsigned v;

	if (!p->params) {
		p->params = 1;
		p->param[0] = 0;
	}
	if (c == ';' || c == ':') {
		if (p->params == PARSER_PARAMS) {
			p->too_many = true;
			return;
		}
		if (c == ':')
			p->colon |= 1u << p->params;
		p->param[p->params++] = 0;
		return;
	}
	if (p->too_many)
		return;
	v = p->param[p->params - 1] * 10u + (c - '0');
	p->param[p->params - 1] = (uint16_t)(v > UINT16_MAX ? UINT16_MAX : v);
}

/* A string's buffer goes when it was large: terminals are many and idle. */
static void
string_clear(struct parser *p)
{
	if (p->string.cap > 256)
		buf_deinit(&p->string);
	else
		buf_clear(&p->string);
}

/* Our OSCs all begin with a digit; the others (and what is too long) need not
 * be kept. */
static void
string_add(struct parser *p, const uint8_t *at, size_t n)
{
	bool osc = p->state == PARSER_OSC;

	if (osc && !p->string.len && (*at < '0' || *at > '9'))
		p->state = PARSER_OSC_IGNORE;
	buf_put(&p->string, at, n);
	if (buf_failed(&p->string))
		p->state = osc ? PARSER_OSC_IGNORE : PARSER_STRING_IGNORE;
	if (p->state == PARSER_OSC_IGNORE || p->state == PARSER_STRING_IGNORE)
		string_clear(p);
}

static void
string_end(struct term *t, enum parser_state state, bool bel)
{
	if (state == PARSER_OSC)
		osc_dispatch(t, bel);
	else
		dcs_dispatch(t);
	string_clear(&t->parser);
	clear(&t->parser);
}

static void
act(struct term *t, unsigned action, uint8_t c, enum parser_state from, uint64_t offset)
{
	struct parser *ps = &t->parser;

	switch ((enum action)action) {
	case NONE:
		/* CAN or SUB in a string. */
		if (ps->state == PARSER_GROUND && ps->string.len)
			string_clear(ps);
		break;
	case EXECUTE:
		move_execute(t, c);
		break;
	case CLEAR:
		clear(ps);
		break;
	case COLLECT:
		collect(ps, c);
		if (ps->inters > PARSER_INTERS && ps->state == PARSER_CSI_INT)
			ps->state = PARSER_CSI_IGNORE;
		if (ps->inters > PARSER_INTERS && ps->state == PARSER_DCS_INT)
			ps->state = PARSER_STRING_IGNORE;
		break;
	case PARAM:
		param(ps, c);
		break;
	case MARK:
		ps->private_mark = c;
		break;
	case ESC_END:
		if (ps->inters <= PARSER_INTERS)
			esc_dispatch(t, c);
		break;
	case CSI_END:
		csi_dispatch(t, c);
		break;
	case STRING:
		string_add(ps, &c, 1);
		break;
	case OSC_START:
		ps->first = offset == 1;
		break;
	case HOOK:
		ps->final = c;
		if (!dcs_wanted(ps))
			ps->state = PARSER_STRING_IGNORE;
		break;
	case STRING_BEL:
	case STRING_END:
		string_end(t, from, action == STRING_BEL);
		break;
	}
}

/* One byte of 0x80 and up outside of the ground state; false: it is text. */
static bool
high_byte(struct parser *ps, uint8_t c)
{
	switch (ps->state) {
	case PARSER_OSC:
	case PARSER_DCS_PASS:
		string_add(ps, &c, 1);
		return true;
	case PARSER_OSC_IGNORE:
	case PARSER_STRING_IGNORE:
		return true;
	case PARSER_DCS_ENTRY:
	case PARSER_DCS_PARAM:
	case PARSER_DCS_INT:
		ps->state = PARSER_STRING_IGNORE;
		return true;
	default:
		ps->state = PARSER_GROUND;
		return false;
	}
}

/* Until the ground state or the end. */
static const uint8_t *
feed_sequence(struct term *t, const uint8_t *p, const uint8_t *end, const uint8_t *start)
{
	struct parser *ps = &t->parser;

	while (p < end && ps->state != PARSER_GROUND) {
		uint8_t c = *p, e;
		enum parser_state from = (enum parser_state)ps->state;

		if (c >= 0x80) {
			if (!high_byte(ps, c))
				return p;
			p++;
			continue;
		}
		if (from == PARSER_CSI_PARAM && c >= '0' && c <= '9' && ps->params &&
		    !ps->too_many) {
			unsigned v = ps->param[ps->params - 1];

			do {
				v = v * 10 + (*p - '0');
				v = v > UINT16_MAX ? UINT16_MAX : v;
			} while (++p < end && *p >= '0' && *p <= '9');
			ps->param[ps->params - 1] = (uint16_t)v;
			continue;
		}
		if (from == PARSER_OSC && c >= 0x20 && c < 0x7f && ps->string.len) {
			const uint8_t *run = p;

			while (p < end && *p >= 0x20 && *p != 0x7f)
				p++;
			string_add(ps, run, (size_t)(p - run));
			continue;
		}
		e = table[from][c];
		ps->state = e & 0x0f;
		act(t, e >> 4, c, from, t->fed + (uint64_t)(p - start));
		p++;
	}
	return p;
}

/* How many bytes from p on are printable ASCII. */
static size_t
text_run(const uint8_t *p, const uint8_t *end)
{
	const uint8_t *at = p;

#ifdef __SSE2__
	while (end - at >= 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)at);
		/* Signed: bytes from 0x80 up are below the blank as well. */
		__m128i ok = _mm_andnot_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8(0x7f)),
		    _mm_cmpgt_epi8(v, _mm_set1_epi8(0x1f)));
		unsigned bad = (unsigned)_mm_movemask_epi8(ok) ^ 0xffffu;

		if (bad)
			return (size_t)(at - p) + (unsigned)__builtin_ctz(bad);
		at += 16;
	}
#else
	while (end - at >= 8) {
		const uint64_t ones = 0x0101010101010101u;
		uint64_t v, del;

		memcpy(&v, at, 8);
		del = v ^ ones * 0x7f;
		if ((v | (v - ones * 0x20) | ((del - ones) & ~del)) & ones * 0x80)
			break;
		at += 8;
	}
#endif
	while (at < end && *at >= 0x20 && *at < 0x7f)
		at++;
	return (size_t)(at - p);
}

/* Is c a good next byte after the `len` bytes at p?  (RFC 3629) */
static bool
utf8_goes_on(const uint8_t *p, unsigned len, uint8_t c)
{
	uint8_t low = 0x80, high = 0xbf;

	if (len == 1) {
		low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
		high = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;
	}
	return c >= low && c <= high;
}

static unsigned
utf8_need(uint8_t lead)
{
	return lead >= 0xc2 && lead < 0xf5 ? utf8_bytes(lead) : 0;
}

static void
print_replacement(struct term *t)
{
	static const uint8_t bytes[] = { 0xef, 0xbf, 0xbd };

	print_char(t, 0xfffd, bytes, 3);
}

/* A character that was cut by the end of the last feed. */
static const uint8_t *
feed_cut_char(struct term *t, const uint8_t *p, const uint8_t *end)
{
	struct parser *ps = &t->parser;
	unsigned need = utf8_need(ps->utf8[0]), len = ps->utf8_len;
	uint8_t bytes[4];

	while (p < end && len < need) {
		if (!utf8_goes_on(ps->utf8, len, *p)) {
			ps->utf8_len = 0;
			print_replacement(t);
			return p;
		}
		ps->utf8[len++] = *p++;
	}
	ps->utf8_len = (uint8_t)len;
	if (len < need)
		return p;
	ps->utf8_len = 0;
	memcpy(bytes, ps->utf8, 4);
	print_char(t, width_decode(bytes, need), bytes, need);
	return p;
}

/* Characters from 0x80 up, as long as they come. */
static const uint8_t *
feed_utf8(struct term *t, const uint8_t *p, const uint8_t *end)
{
	struct parser *ps = &t->parser;

	while (p < end && *p >= 0x80) {
		unsigned need = utf8_need(*p), len = 1;

		if (!need) {
			print_replacement(t);
			p++;
			continue;
		}
		while (len < need && p + len < end && utf8_goes_on(p, len, p[len]))
			len++;
		if (len == need) {
			print_char(t, width_decode(p, need), p, need);
		} else if (p + len == end) {
			memcpy(ps->utf8, p, len);
			ps->utf8_len = (uint8_t)len;
		} else {
			print_replacement(t);
		}
		p += len;
	}
	return p;
}

static const uint8_t *
feed_ground(struct term *t, const uint8_t *p, const uint8_t *end)
{
	struct parser *ps = &t->parser;
	size_t n;

	while (p < end) {
		if (*p >= 0x80) {
			p = feed_utf8(t, p, end);
		} else if (*p >= 0x20) {
			n = text_run(p, end);
			if (n)
				print_ascii(t, p, n);
			else
				n = 1; /* DEL */
			p += n;
		} else if (*p == 0x1b) {
			clear(ps);
			ps->state = PARSER_ESCAPE;
			return p + 1;
		} else {
			move_execute(t, *p++);
		}
	}
	return p;
}

void
parser_feed(struct term *t, const uint8_t *start, size_t len)
{
	const uint8_t *p = start, *end;

	if (!len)
		return;
	end = start + len;
	while (p < end) {
		if (t->parser.state != PARSER_GROUND)
			p = feed_sequence(t, p, end, start);
		else if (t->parser.utf8_len)
			p = feed_cut_char(t, p, end);
		else
			p = feed_ground(t, p, end);
	}
	t->fed += len;
}

static void
put_params(const struct parser *p, struct buf *out)
{
	if (p->private_mark)
		buf_putc(out, (char)p->private_mark);
	for (unsigned i = 0; i < p->params; i++) {
		if (i)
			buf_putc(out, p->colon & 1u << i ? ':' : ';');
		buf_printf(out, "%u", (unsigned)p->param[i]);
	}
	if (p->too_many)
		buf_putc(out, ';');
}

static void
put_inters(const struct parser *p, struct buf *out)
{
	for (unsigned i = 0; i < p->inters; i++)
		buf_putc(out, i < PARSER_INTERS ? (char)p->inter[i] : ' ');
}

void
parser_put(const struct parser *p, struct buf *out)
{
	switch ((enum parser_state)p->state) {
	case PARSER_GROUND:
		buf_put(out, p->utf8, p->utf8_len);
		break;
	case PARSER_ESCAPE:
	case PARSER_ESCAPE_INT:
		buf_putc(out, '\033');
		put_inters(p, out);
		break;
	case PARSER_CSI_ENTRY:
	case PARSER_CSI_PARAM:
	case PARSER_CSI_INT:
		buf_puts(out, "\033[");
		put_params(p, out);
		put_inters(p, out);
		break;
	case PARSER_CSI_IGNORE:
		buf_puts(out, "\033[0<");
		break;
	case PARSER_DCS_ENTRY:
	case PARSER_DCS_PARAM:
	case PARSER_DCS_INT:
	case PARSER_DCS_PASS:
		buf_puts(out, "\033P");
		put_params(p, out);
		put_inters(p, out);
		if (p->state == PARSER_DCS_PASS)
			buf_putc(out, (char)p->final);
		buf_put(out, p->string.data, p->string.len);
		break;
	case PARSER_OSC:
		buf_puts(out, "\033]");
		buf_put(out, p->string.data, p->string.len);
		break;
	case PARSER_OSC_IGNORE:
		buf_puts(out, "\033]-");
		break;
	case PARSER_STRING_IGNORE:
		buf_puts(out, "\033X");
		break;
	case PARSER_STATE_COUNT:
		break;
	}
}

bool
parser_equal(const struct parser *a, const struct parser *b)
{
	cleanup_buf struct buf x = BUF_UNLIMITED, y = BUF_UNLIMITED;

	if (a->state != b->state)
		return false;
	parser_put(a, &x);
	parser_put(b, &y);
	return str_eq(buf_str(&x), buf_str(&y));
}

void
parser_check(const struct parser *p)
{
	assert(p->state < PARSER_STATE_COUNT);
	assert(p->params <= PARSER_PARAMS);
	assert(p->inters <= PARSER_INTERS + 1);
	assert(p->utf8_len < 4);
	assert(!p->utf8_len || p->state == PARSER_GROUND);
	assert(p->string.len <= PARSER_STRING_BYTES);
	assert(!p->string.len || p->state == PARSER_OSC || p->state == PARSER_DCS_PASS);
}
