/* How it works.  Fields are put and taken a byte at a time, so neither the
 * host's byte order nor alignment shows.  The status record is one list of
 * keys, shim_status.def: the writer here and the reader in shim_record.c are
 * made from the same rows. */
#include "wire/shim_proto.h"

#include <inttypes.h>
#include <stdio.h>
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
uint32_t
shim_crc32(uint32_t crc, const void *data, size_t len)
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

static size_t
put_text(char *slot, size_t at, const char *key, const char *text)
{
	if (at < SHIM_STATUS_SLOT)
		at += (size_t)snprintf(
		    slot + at, SHIM_STATUS_SLOT - at, "%s %s\n", key, text);
	return at;
}

static size_t
put_number(char *slot, size_t at, const char *key, bool negative, uint64_t v)
{
	char digits[24];

	(void)snprintf(digits, sizeof digits, "%s%" PRIu64, negative ? "-" : "",
	    negative ? 0 - v : v);
	return put_text(slot, at, key, digits);
}

bool
shim_status_put(char slot[SHIM_STATUS_SLOT], const struct shim_status *s)
{
	size_t at = (size_t)snprintf(
	    slot, SHIM_STATUS_SLOT, SHIM_STATUS_MAGIC "%" PRIu64 " 00000000\n", s->seq);
	size_t crc_at = at - 9;
	char digits[9];

#define TEXT(member) at = put_text(slot, at, #member, s->member);
#define NUMBER(member, least, most)                                                      \
	at = put_number(slot, at, #member, (least) < 0 && (int64_t)s->member < 0,        \
	    (uint64_t)s->member);
#include "wire/shim_status.def"
#undef TEXT
#undef NUMBER
	if (at >= SHIM_STATUS_SLOT)
		return false;
	memset(slot + at, '\n', SHIM_STATUS_SLOT - at);
	(void)snprintf(
	    digits, sizeof digits, "%08" PRIx32, shim_crc32(0, slot, SHIM_STATUS_SLOT));
	memcpy(slot + crc_at, digits, 8);
	return true;
}
