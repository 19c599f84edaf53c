/* How it works.  Fields are put and taken a byte at a time, so neither the
 * host's byte order nor alignment shows.  The status record is one table of
 * keys: the writer, the reader and the check that nothing is missing walk the
 * same rows.  Numbers are formatted here by hand: the shim links this file
 * statically and stdio would be most of it. */
#include "wire/shim_proto.h"

#include <assert.h>
#include <string.h>

#include "base/limits.h"

void
shim_header_put(uint8_t out[SHIM_HEADER_BYTES], struct shim_header h)
{
	uint8_t *at = shim_put_u32(out, h.length);

	at = shim_put_u8(at, h.type);
	at = shim_put_u8(at, h.flags);
	shim_put_u16(at, 0);
}

bool
shim_header_get(const uint8_t in[SHIM_HEADER_BYTES], struct shim_header *ret)
{
	struct shim_reader r = { .p = in, .end = in + SHIM_HEADER_BYTES };
	struct shim_header h;

	h.length = shim_get_u32(&r);
	h.type = shim_get_u8(&r);
	h.flags = shim_get_u8(&r);
	if (shim_get_u16(&r) != 0 || h.length > LIMIT_SHIM_FRAME_BYTES)
		return false;
	*ret = h;
	return true;
}

static uint64_t
get_le(struct shim_reader *r, size_t bytes)
{
	uint64_t v = 0;

	if (r->bad || (size_t)(r->end - r->p) < bytes) {
		r->bad = true;
		return 0;
	}
	for (size_t i = 0; i < bytes; i++)
		v |= (uint64_t)r->p[i] << (8 * i);
	r->p += bytes;
	return v;
}

static uint8_t *
put_le(uint8_t *at, uint64_t v, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		at[i] = (uint8_t)(v >> (8 * i));
	return at + bytes;
}

uint8_t
shim_get_u8(struct shim_reader *r)
{
	return (uint8_t)get_le(r, 1);
}

uint16_t
shim_get_u16(struct shim_reader *r)
{
	return (uint16_t)get_le(r, 2);
}

uint32_t
shim_get_u32(struct shim_reader *r)
{
	return (uint32_t)get_le(r, 4);
}

uint64_t
shim_get_u64(struct shim_reader *r)
{
	return get_le(r, 8);
}

uint8_t *
shim_put_u8(uint8_t *at, uint8_t v)
{
	return put_le(at, v, 1);
}

uint8_t *
shim_put_u16(uint8_t *at, uint16_t v)
{
	return put_le(at, v, 2);
}

uint8_t *
shim_put_u32(uint8_t *at, uint32_t v)
{
	return put_le(at, v, 4);
}

uint8_t *
shim_put_u64(uint8_t *at, uint64_t v)
{
	return put_le(at, v, 8);
}

/* CRC-32 (IEEE 802.3), four bits a step: small, and fast enough for a record. */
static uint32_t
crc32_add(uint32_t crc, const void *data, size_t len)
{
	static const uint32_t step[16] = { 0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
		0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344,
		0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c };
	const uint8_t *p = data;

	crc = ~crc;
	for (size_t i = 0; i < len; i++) {
		crc = step[(crc ^ p[i]) & 15] ^ (crc >> 4);
		crc = step[(crc ^ (p[i] >> 4)) & 15] ^ (crc >> 4);
	}
	return ~crc;
}

/* --- The ring's file and the keyframe's ----------------------------------- */

static const uint8_t ring_magic[12] = "belay-ring 1";
static const uint8_t keyframe_magic[16] = "belay-keyframe 1";

void
shim_ring_put(uint8_t out[SHIM_RING_HEADER], const struct shim_ring_info *i)
{
	uint8_t *at = out + sizeof ring_magic;

	memset(out, 0, SHIM_RING_HEADER);
	memcpy(out, ring_magic, sizeof ring_magic);
	at = shim_put_u32(shim_put_u32(at, i->generation), i->pipe);
	at = shim_put_u64(shim_put_u64(at, i->capacity), i->start);
	shim_put_u64(shim_put_u64(at, i->end), i->marks);
	shim_put_u32(out + SHIM_RING_HEADER - 4, crc32_add(0, out, SHIM_RING_HEADER - 4));
}

bool
shim_ring_get(const uint8_t in[SHIM_RING_HEADER], struct shim_ring_info *ret)
{
	struct shim_reader r = { .p = in + sizeof ring_magic,
		.end = in + SHIM_RING_HEADER };
	struct shim_ring_info i;
	uint8_t again[SHIM_RING_HEADER];

	i.generation = shim_get_u32(&r);
	i.pipe = shim_get_u32(&r);
	i.capacity = shim_get_u64(&r);
	i.start = shim_get_u64(&r);
	i.end = shim_get_u64(&r);
	i.marks = shim_get_u64(&r);
	shim_ring_put(again, &i);
	if (memcmp(again, in, sizeof again) != 0 || i.pipe > 1 || i.start > i.end ||
	    i.end - i.start > i.capacity || i.capacity == 0 || i.marks == 0)
		return false;
	*ret = i;
	return true;
}

void
shim_mark_put(uint8_t out[16], const struct shim_mark *m)
{
	uint8_t *at = shim_put_u64(out, m->position);

	at = shim_put_u16(shim_put_u16(at, m->cols), m->rows);
	shim_put_u32(at, m->is_stderr);
}

struct shim_mark
shim_mark_get(const uint8_t in[16])
{
	struct shim_reader r = { .p = in, .end = in + 16 };
	struct shim_mark m;

	m.position = shim_get_u64(&r);
	m.cols = shim_get_u16(&r);
	m.rows = shim_get_u16(&r);
	m.is_stderr = shim_get_u8(&r);
	return m;
}

void
shim_keyframe_put(uint8_t out[SHIM_KEYFRAME_HEADER], const struct shim_keyframe_info *k)
{
	uint8_t *at = out + sizeof keyframe_magic;

	memset(out, 0, SHIM_KEYFRAME_HEADER);
	memcpy(out, keyframe_magic, sizeof keyframe_magic);
	at = shim_put_u32(shim_put_u32(at, k->generation), k->length);
	at = shim_put_u64(at, k->position);
	shim_put_u16(shim_put_u16(at, k->cols), k->rows);
}

bool
shim_keyframe_get(const uint8_t in[SHIM_KEYFRAME_HEADER], struct shim_keyframe_info *ret)
{
	struct shim_reader r = { .p = in + sizeof keyframe_magic,
		.end = in + SHIM_KEYFRAME_HEADER };

	if (memcmp(in, keyframe_magic, sizeof keyframe_magic) != 0)
		return false;
	ret->generation = shim_get_u32(&r);
	ret->length = shim_get_u32(&r);
	ret->position = shim_get_u64(&r);
	ret->cols = shim_get_u16(&r);
	ret->rows = shim_get_u16(&r);
	return true;
}

/* --- The status record -------------------------------------------------- */

/* A field is a number from `least` to `most`, or text when both are 0. */
struct key {
	const char *name;
	uint16_t at, bytes;
	int64_t least;
	uint64_t most;
};

/* clang-format off */
#define KEY(member, least, most) \
	{ #member, offsetof(struct shim_status, member), \
	  sizeof((struct shim_status *)0)->member, least, most }
static const struct key keys[] = {
	KEY(session, 0, 0),
	KEY(generation, 0, UINT32_MAX),
	KEY(shim_pid, INT32_MIN, INT32_MAX),
	KEY(shim_start, 0, UINT64_MAX),
	KEY(child_pid, INT32_MIN, INT32_MAX),
	KEY(child_start, 0, UINT64_MAX),
	KEY(cols, 0, UINT16_MAX),
	KEY(rows, 0, UINT16_MAX),
	KEY(pipe, 0, 1),
	KEY(state, 0, SHIM_FAILED),
	KEY(exec_errno, INT32_MIN, INT32_MAX),
	KEY(exit_code, INT32_MIN, INT32_MAX),
	KEY(exit_signal, INT32_MIN, INT32_MAX),
	KEY(started_ms, INT64_MIN, INT64_MAX),
	KEY(exited_ms, INT64_MIN, INT64_MAX),
	KEY(ring_bytes, 0, UINT64_MAX),
	KEY(lost_bytes, 0, UINT64_MAX),
	KEY(ring_errno, INT32_MIN, INT32_MAX),
	KEY(leftover, 0, UINT32_MAX),
};
/* clang-format on */
#undef KEY
_Static_assert(ARRAY_LEN(keys) <= 32, "the reader keeps one bit a key");

static const char magic[] = "belay-shim-status 1 ";
#define MAGIC_LEN (sizeof magic - 1)

/* A bounded text under construction; `bad` sticks. */
struct text {
	char *p, *end;
	bool bad;
};

static void
text_put(struct text *t, const char *s, size_t len)
{
	if (t->bad || (size_t)(t->end - t->p) < len) {
		t->bad = true;
		return;
	}
	memcpy(t->p, s, len);
	t->p += len;
}

static void
text_put_number(struct text *t, bool negative, uint64_t v)
{
	char digits[24];
	size_t at = sizeof digits;

	do
		digits[--at] = (char)('0' + v % 10);
	while (v /= 10);
	if (negative)
		digits[--at] = '-';
	text_put(t, digits + at, sizeof digits - at);
}

/* A field as a 64-bit pattern; a signed one (least < 0) is extended. */
static uint64_t
field_load(const struct shim_status *s, const struct key *k)
{
	const void *at = (const char *)s + k->at;

	switch (k->bytes) {
	case 1:
		return *(const uint8_t *)at;
	case 2:
		return *(const uint16_t *)at;
	case 4:
		return k->least < 0 ? (uint64_t) * (const int32_t *)at
				    : *(const uint32_t *)at;
	default:
		return *(const uint64_t *)at;
	}
}

static void
field_store(struct shim_status *s, const struct key *k, uint64_t v)
{
	void *at = (char *)s + k->at;

	switch (k->bytes) {
	case 1:
		*(uint8_t *)at = (uint8_t)v;
		break;
	case 2:
		*(uint16_t *)at = (uint16_t)v;
		break;
	case 4:
		*(uint32_t *)at = (uint32_t)v;
		break;
	default:
		*(uint64_t *)at = v;
	}
}

static void
text_put_key(struct text *t, const struct key *k, const struct shim_status *s)
{
	text_put(t, k->name, strlen(k->name));
	text_put(t, " ", 1);
	if (k->most != 0) {
		uint64_t v = field_load(s, k);
		bool negative = k->least < 0 && (int64_t)v < 0;

		text_put_number(t, negative, negative ? 0 - v : v);
	} else {
		text_put(t, s->session, strnlen(s->session, sizeof s->session - 1));
	}
	text_put(t, "\n", 1);
}

static void
crc_digits(char out[8], const char *slot, size_t crc_at)
{
	uint32_t crc = crc32_add(0, slot, crc_at);

	crc = crc32_add(crc, slot + crc_at + 8, SHIM_STATUS_SLOT - crc_at - 8);
	for (unsigned i = 0; i < 8; i++)
		out[i] = "0123456789abcdef"[crc >> (28 - 4 * i) & 15];
}

bool
shim_status_put(char slot[SHIM_STATUS_SLOT], const struct shim_status *s)
{
	struct text t = { .p = slot, .end = slot + SHIM_STATUS_SLOT };
	size_t crc_at;

	text_put(&t, magic, MAGIC_LEN);
	text_put_number(&t, false, s->seq);
	text_put(&t, " ", 1);
	crc_at = (size_t)(t.p - slot);
	text_put(&t, "00000000\n", 9);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		text_put_key(&t, &keys[i], s);
	if (t.bad)
		return false;
	memset(t.p, '\n', (size_t)(t.end - t.p));
	crc_digits(slot + crc_at, slot, crc_at);
	return true;
}

/* Decimal digits up to `stop`, which is stepped over. */
static bool
take_number(const char **p, const char *end, char stop, bool *ret_negative, uint64_t *ret)
{
	const char *c = *p;
	bool negative = c < end && *c == '-';
	uint64_t v = 0;

	c += negative;
	if (c == end || *c < '0' || *c > '9')
		return false;
	for (; c < end && *c >= '0' && *c <= '9'; c++) {
		if (__builtin_mul_overflow(v, 10u, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*c - '0'), &v))
			return false;
	}
	if (c == end || *c != stop)
		return false;
	*p = c + 1;
	*ret_negative = negative;
	*ret = v;
	return true;
}

/* One "key value\n".  A key of a later version is stepped over. */
static bool
take_line(const char **p, const char *end, uint32_t *seen, struct shim_status *s)
{
	const char *nl = memchr(*p, '\n', (size_t)(end - *p));
	const char *space = nl ? memchr(*p, ' ', (size_t)(nl - *p)) : NULL;
	bool negative;
	uint64_t v;

	if (!space)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const struct key *k = &keys[i];
		const char *value = space + 1;

		if (strlen(k->name) != (size_t)(space - *p) ||
		    memcmp(k->name, *p, (size_t)(space - *p)) != 0)
			continue;
		if (*seen & 1u << i)
			return false;
		*seen |= 1u << i;
		if (k->most == 0) {
			if ((size_t)(nl - value) >= sizeof s->session)
				return false;
			memcpy(s->session, value, (size_t)(nl - value));
			break;
		}
		if (!take_number(&value, nl + 1, '\n', &negative, &v) ||
		    (negative ? v > 0 - (uint64_t)k->least : v > k->most))
			return false;
		field_store(s, k, negative ? 0 - v : v);
		break;
	}
	*p = nl + 1;
	return true;
}

static bool
slot_get(const char *slot, struct shim_status *ret)
{
	const char *p = slot + MAGIC_LEN, *end = slot + SHIM_STATUS_SLOT;
	struct shim_status s = { 0 };
	uint32_t seen = 0;
	char crc[8];
	bool negative;

	if (memcmp(slot, magic, MAGIC_LEN) != 0 ||
	    !take_number(&p, end, ' ', &negative, &s.seq) || negative ||
	    (size_t)(end - p) < 9 || p[8] != '\n')
		return false;
	crc_digits(crc, slot, (size_t)(p - slot));
	if (memcmp(crc, p, sizeof crc) != 0)
		return false;
	p += 9;
	while (p < end && *p != '\n') {
		if (!take_line(&p, end, &seen, &s))
			return false;
	}
	if (seen != (1u << ARRAY_LEN(keys)) - 1)
		return false;
	*ret = s;
	return true;
}

bool
shim_status_get(const char *file, size_t len, struct shim_status *ret)
{
	struct shim_status s, best = { 0 };
	bool found = false;

	for (size_t at = 0;
	     at < 2 * SHIM_STATUS_SLOT && len - at >= SHIM_STATUS_SLOT && at < len;
	     at += SHIM_STATUS_SLOT) {
		if (slot_get(file + at, &s) && (!found || s.seq > best.seq)) {
			best = s;
			found = true;
		}
	}
	if (found)
		*ret = best;
	return found;
}
