/* How it works.  What the shim writes is read here, for those who find its
 * files: strict about what is known, silent about keys of a later version.
 * The shim itself does not link this file. */
#include <string.h>

#include "wire/shim_proto.h"

bool
shim_ring_get(const uint8_t in[SHIM_RING_HEADER], struct shim_ring_info *ret)
{
	struct shim_reader r = { .p = in + sizeof SHIM_RING_MAGIC - 1,
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

bool
shim_keyframe_get(const uint8_t in[SHIM_KEYFRAME_HEADER], struct shim_keyframe_info *ret)
{
	struct shim_reader r = { .p = in + sizeof SHIM_KEYFRAME_MAGIC - 1,
		.end = in + SHIM_KEYFRAME_HEADER };

	if (memcmp(in, SHIM_KEYFRAME_MAGIC, sizeof SHIM_KEYFRAME_MAGIC - 1) != 0)
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
	size_t at, bytes;
	int64_t least;
	uint64_t most;
};

#define TEXT(member) NUMBER(member, 0, 0)
#define NUMBER(member, low, high)                                                        \
	{ #member, offsetof(struct shim_status, member),                                 \
		sizeof((struct shim_status *)0)->member, low, high },
static const struct key keys[] = {
#include "wire/shim_status.def"
};
#undef TEXT
#undef NUMBER
_Static_assert(ARRAY_LEN(keys) <= 32, "the reader keeps one bit a key");

#define MAGIC_LEN (sizeof SHIM_STATUS_MAGIC - 1)

/* A negative value comes as its two's complement. */
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
			if (strspn(s->session, "0123456789abcdef-") !=
			    (size_t)(nl - value))
				return false;
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
	char copy[SHIM_STATUS_SLOT];
	bool negative;
	uint64_t v;

	if (memcmp(slot, SHIM_STATUS_MAGIC, MAGIC_LEN) != 0 ||
	    !take_number(&p, end, ' ', &negative, &s.seq) || negative ||
	    (size_t)(end - p) < 9 || p[8] != '\n')
		return false;
	memcpy(copy, slot, sizeof copy);
	memcpy(copy + (p - slot), "00000000", 8);
	v = shim_crc32(0, copy, sizeof copy);
	for (int i = 0; i < 8; i++) {
		if (p[i] != "0123456789abcdef"[v >> (28 - 4 * i) & 15])
			return false;
	}
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
