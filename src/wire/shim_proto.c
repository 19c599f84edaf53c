/* How it works.  Fields are put and taken a byte at a time, so neither the
 * host's byte order nor alignment shows.  The status record is one list of
 * keys, shim_status.def: the writer here and the reader in shim_record.c are
 * made from the same rows.  Text is made by hand: the printf family would be
 * most of the shim's own size. */
#include "wire/shim_proto.h"

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

uint64_t
shim_get(struct shim_reader *r, size_t bytes)
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

uint8_t *
shim_put(uint8_t *at, uint64_t v, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		at[i] = (uint8_t)(v >> (8 * i));
	return at + bytes;
}

#define INTEGER(name, type)                                                              \
	type shim_get_##name(struct shim_reader *r)                                      \
	{                                                                                \
		return (type)shim_get(r, sizeof(type));                                  \
	}                                                                                \
	uint8_t *shim_put_##name(uint8_t *at, type v)                                    \
	{                                                                                \
		return shim_put(at, v, sizeof(type));                                    \
	}
INTEGER(u8, uint8_t)
INTEGER(u16, uint16_t)
INTEGER(u32, uint32_t)
INTEGER(u64, uint64_t)
#undef INTEGER

/* CRC-32 (IEEE 802.3), a bit a step: small, and fast enough for a record. */
uint32_t
shim_crc32(uint32_t crc, const void *data, size_t len)
{
	const uint8_t *p = data;

	crc = ~crc;
	for (size_t i = 0; i < len; i++) {
		crc ^= p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

void
shim_text_put(struct shim_text *t, const char *z)
{
	while (*z && t->at < t->end)
		*t->at++ = *z++;
}

void
shim_text_number(struct shim_text *t, uint64_t v)
{
	char digits[21] = "", *at = digits + sizeof digits - 1;

	do
		*--at = (char)('0' + v % 10);
	while (v /= 10);
	shim_text_put(t, at);
}

/* --- The ring's file and the keyframe's ----------------------------------- */

void
shim_ring_put(uint8_t out[SHIM_RING_HEADER], const struct shim_ring_info *i)
{
	uint8_t *at = out + sizeof SHIM_RING_MAGIC - 1;

	memset(out, 0, SHIM_RING_HEADER);
	memcpy(out, SHIM_RING_MAGIC, sizeof SHIM_RING_MAGIC - 1);
	at = shim_put_u32(shim_put_u32(at, i->generation), i->pipe);
	at = shim_put_u64(shim_put_u64(at, i->capacity), i->start);
	shim_put_u64(shim_put_u64(at, i->end), i->marks);
	shim_put_u32(
	    out + SHIM_RING_HEADER - 4, shim_crc32(0, out, SHIM_RING_HEADER - 4));
}

void
shim_mark_put(uint8_t out[16], const struct shim_mark *m)
{
	uint8_t *at = shim_put_u64(out, m->position);

	at = shim_put_u16(shim_put_u16(at, m->cols), m->rows);
	shim_put_u32(at, m->is_stderr);
}

void
shim_keyframe_put(uint8_t out[SHIM_KEYFRAME_HEADER], const struct shim_keyframe_info *k)
{
	uint8_t *at = out + sizeof SHIM_KEYFRAME_MAGIC - 1;

	memset(out, 0, SHIM_KEYFRAME_HEADER);
	memcpy(out, SHIM_KEYFRAME_MAGIC, sizeof SHIM_KEYFRAME_MAGIC - 1);
	at = shim_put_u32(shim_put_u32(at, k->generation), k->length);
	at = shim_put_u64(at, k->position);
	shim_put_u16(shim_put_u16(at, k->cols), k->rows);
}

/* --- The status record -------------------------------------------------- */

static void
put_number(struct shim_text *t, const char *key, bool negative, uint64_t v)
{
	shim_text_put(t, key);
	shim_text_put(t, negative ? " -" : " ");
	shim_text_number(t, negative ? 0 - v : v);
	shim_text_put(t, "\n");
}

bool
shim_status_put(char slot[SHIM_STATUS_SLOT], const struct shim_status *s)
{
	struct shim_text t = { slot, slot + SHIM_STATUS_SLOT };
	char *crc_end;
	uint32_t crc;

	shim_text_put(&t, SHIM_STATUS_MAGIC);
	shim_text_number(&t, s->seq);
	shim_text_put(&t, " 00000000\n");
	crc_end = t.at - 1;
#define TEXT(member)                                                                     \
	shim_text_put(&t, #member " ");                                                  \
	shim_text_put(&t, s->member);                                                    \
	shim_text_put(&t, "\n");
#define NUMBER(member, least, most)                                                      \
	put_number(                                                                      \
	    &t, #member, (least) < 0 && (int64_t)s->member < 0, (uint64_t)s->member);
#include "wire/shim_status.def"
#undef TEXT
#undef NUMBER
	if (t.at == t.end)
		return false;
	memset(t.at, '\n', (size_t)(t.end - t.at));
	crc = shim_crc32(0, slot, SHIM_STATUS_SLOT);
	for (int i = 1; i <= 8; i++, crc >>= 4)
		crc_end[-i] = "0123456789abcdef"[crc & 15];
	return true;
}
