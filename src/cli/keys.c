/* keys.c: input is cut into tokens: a byte, or an escape sequence that is
 * complete within this read (terminals write a key in one piece, so a lone ESC
 * is never kept waiting).  Each token that stands for a key moves every
 * sequence's depth; while some depth is above zero the bytes are held. */
#include "cli/keys.h"

#include <string.h>

#include "base/compiler.h"

#define KEYS_HELD_BYTES  512u
#define KEYS_TOKEN_BYTES 32u /* no key's sequence is longer */

enum token_kind { TOKEN_KEY, TOKEN_OTHER, TOKEN_SILENT };

struct token {
	enum token_kind kind;
	struct key key;
	size_t len;
};

/* --- The specification ----------------------------------------------------- */

static bool
parse_key(struct str word, struct key *ret)
{
	static const char *const prefixes[] = { "ctrl-", "Ctrl-", "ctrl+", "Ctrl+", "C-",
		"^" };
	struct key key = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(prefixes) && word.len > 1; i++) {
		struct str prefix = str_of(prefixes[i]);
		if (str_starts(word, prefix)) {
			word = str_make(word.p + prefix.len, word.len - prefix.len);
			key.ctrl = true;
			break;
		}
	}
	if (word.len != 1 || word.p[0] <= ' ' || word.p[0] > '~')
		return false;
	key.code = (uint8_t)word.p[0];
	if (key.ctrl && key.code >= 'A' && key.code <= 'Z')
		key.code += 'a' - 'A';
	if (key.ctrl && !(key.code >= 'a' && key.code <= 'z') &&
	    !strchr("@[\\]^_", (int)key.code))
		return false;
	*ret = key;
	return true;
}

static bool
parse_seq(struct str text, struct keys_seq *ret)
{
	struct keys_seq seq = { 0 };

	text = str_trim(text);
	while (text.len > 0) {
		struct str word = str_cut(&text, ' ');
		if (word.len == 0)
			continue;
		if (seq.len == KEYS_LEN_MAX || !parse_key(word, &seq.keys[seq.len]))
			return false;
		seq.len++;
	}
	*ret = seq;
	return seq.len > 0;
}

bool
keys_init(struct keys *k, struct str spec)
{
	struct keys keys = { .held = BUF(KEYS_HELD_BYTES) };

	spec = str_trim(spec);
	if (str_ends(spec, STR(",")))
		return false;
	if (!str_eqz(spec, "none")) {
		do {
			if (keys.count == KEYS_SEQS_MAX)
				return false;
			if (!parse_seq(str_cut(&spec, ','), &keys.seqs[keys.count]))
				return false;
			keys.count++;
		} while (spec.len > 0);
	}
	*k = keys;
	return true;
}

void
keys_deinit(struct keys *k)
{
	buf_deinit(&k->held);
}

/* --- Tokens ------------------------------------------------------------------ */

static struct key
key_of_byte(uint8_t c)
{
	if (c < 0x20) {
		uint32_t code = c + 0x40u;
		if (code >= 'A' && code <= 'Z')
			code += 'a' - 'A';
		return (struct key){ .code = code, .ctrl = true };
	}
	return (struct key){ .code = c };
}

/* `mods` as the protocols send it: 1 + bits (1 shift, 2 alt, 4 ctrl, 64 caps
 * lock, 128 num lock). */
static struct token
key_token(uint32_t code, uint32_t mods, uint32_t event, size_t len)
{
	uint32_t bits = mods ? mods - 1 : 0;
	struct token t = { .kind = TOKEN_OTHER, .len = len };

	if (len > KEYS_TOKEN_BYTES)
		return t;
	if (event == 3 || (code >= 57441 && code <= 57454)) {
		t.kind = TOKEN_SILENT; /* a release, or a modifier on its own */
	} else if ((bits & ~(4u | 64u | 128u)) == 0 && code > ' ' && code <= '~') {
		t.kind = TOKEN_KEY;
		t.key = (struct key){ .code = code, .ctrl = bits & 4u };
	}
	return t;
}

/* CSI code[:…] ; mods[:event] u   and   CSI 27 ; mods ; code ~ */
static struct token
csi_token(const uint8_t *p, size_t len)
{
	uint32_t value[3][2] = { 0 };
	unsigned field = 0, sub = 0;
	size_t i = 2;

	for (; i < len; i++) {
		uint8_t c = p[i];
		if (c >= '0' && c <= '9') {
			if (field < 3 && sub < 2 && value[field][sub] < 100000)
				value[field][sub] = value[field][sub] * 10 + (c - '0');
		} else if (c == ';') {
			field++;
			sub = 0;
		} else if (c == ':') {
			sub++;
		} else if (c >= 0x40 && c <= 0x7e) {
			break;
		} else if (c < 0x20 || c > 0x3f) {
			return (struct token){ .kind = TOKEN_OTHER, .len = i };
		}
	}
	if (i == len)
		return (struct token){ .kind = TOKEN_OTHER, .len = len };
	if (p[i] == 'u')
		return key_token(value[0][0], value[1][0], value[1][1], i + 1);
	if (p[i] == '~' && value[0][0] == 27 && field == 2)
		return key_token(value[2][0], value[1][0], 0, i + 1);
	return (struct token){ .kind = TOKEN_OTHER, .len = i + 1 };
}

static struct token
next_token(const uint8_t *p, size_t len)
{
	if (p[0] != 0x1b)
		return (struct token){
			.kind = TOKEN_KEY, .key = key_of_byte(p[0]), .len = 1
		};
	if (len == 1)
		return (struct token){ .kind = TOKEN_OTHER, .len = 1 };
	if (p[1] == '[')
		return csi_token(p, len);
	return (struct token){ .kind = TOKEN_OTHER, .len = 2 };
}

/* --- Matching ----------------------------------------------------------------- */

static bool
key_eq(struct key a, struct key b)
{
	return a.code == b.code && a.ctrl == b.ctrl;
}

enum step { STEP_NONE, STEP_BEGUN, STEP_DONE };

static enum step
step_all(struct keys *k, struct key key)
{
	enum step step = STEP_NONE;

	for (unsigned i = 0; i < k->count; i++) {
		if (!key_eq(k->seqs[i].keys[k->depth[i]], key)) {
			k->depth[i] = 0;
			continue;
		}
		if (++k->depth[i] == k->seqs[i].len)
			return STEP_DONE;
		step = STEP_BEGUN;
	}
	return step;
}

void
keys_give_up(struct keys *k, struct buf *out)
{
	buf_put(out, k->held.data, k->held.len);
	buf_clear(&k->held);
	memset(k->depth, 0, sizeof(k->depth));
}

static void
hold(struct keys *k, struct token t, const uint8_t *bytes)
{
	if (k->held.len == 0) {
		k->begun = t.key;
		k->begun_keys = 0;
	}
	k->begun_keys++;
	buf_put(&k->held, bytes, t.len);
}

/* True: a sequence is complete. */
static bool
feed_key(struct keys *k, struct token t, const uint8_t *bytes, struct buf *out)
{
	enum step step = step_all(k, t.key);

	if (step == STEP_NONE && k->held.len > 0) {
		bool twice = k->begun_keys == 1 && key_eq(k->begun, t.key);
		keys_give_up(k, out);
		if (twice)
			return false;
		step = step_all(k, t.key);
	}
	if (step == STEP_DONE) {
		buf_clear(&k->held);
		memset(k->depth, 0, sizeof(k->depth));
	} else if (step == STEP_BEGUN) {
		hold(k, t, bytes);
	} else {
		buf_put(out, bytes, t.len);
	}
	return step == STEP_DONE;
}

static bool
feed_token(struct keys *k, struct token t, const uint8_t *bytes, struct buf *out)
{
	if (t.kind == TOKEN_KEY)
		return feed_key(k, t, bytes, out);
	if (t.kind == TOKEN_SILENT && k->held.len > 0 &&
	    k->held.len + t.len < KEYS_HELD_BYTES) {
		buf_put(&k->held, bytes, t.len);
		return false;
	}
	keys_give_up(k, out);
	buf_put(out, bytes, t.len);
	return false;
}

/* Follows "ESC [ 2 0 0 ~" and "… 1 ~" byte by byte, over reads. */
static void
watch_paste(struct keys *k, uint8_t c)
{
	static const uint8_t mark[] = { 0x1b, '[', '2', '0' };

	if (k->edge < sizeof(mark)) {
		k->edge = c == mark[k->edge] ? k->edge + 1 : c == 0x1b;
	} else if (k->edge == sizeof(mark)) {
		k->edge = c == (k->pasting ? '1' : '0') ? k->edge + 1 : c == 0x1b;
	} else {
		if (c == '~')
			k->pasting = !k->pasting;
		k->edge = c == 0x1b;
	}
}

bool
keys_feed(struct keys *k, const void *bytes, size_t len, struct buf *out)
{
	const uint8_t *p = bytes, *end = p + len;

	while (p < end) {
		struct token t = { .kind = TOKEN_OTHER, .len = 1 };

		if (!k->pasting && k->count > 0)
			t = next_token(p, (size_t)(end - p));
		if (feed_token(k, t, p, out))
			return true;
		for (size_t i = 0; i < t.len; i++)
			watch_paste(k, p[i]);
		p += t.len;
	}
	return false;
}

bool
keys_holding(const struct keys *k)
{
	return k->held.len > 0;
}

void
keys_describe(const struct keys *k, struct buf *out)
{
	for (unsigned i = 0; i < k->count && i < 1; i++) {
		for (unsigned j = 0; j < k->seqs[i].len; j++) {
			struct key key = k->seqs[i].keys[j];
			bool upper = key.ctrl && key.code >= 'a' && key.code <= 'z';
			buf_printf(out, "%s%s%c", j ? " " : "", key.ctrl ? "Ctrl+" : "",
			    (int)(upper ? key.code - 'a' + 'A' : key.code));
		}
	}
}
