/* width.h: columns of a character, from the generated table. */
#ifndef TERM_WIDTH_H
#define TERM_WIDTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

extern const uint8_t width_page[0x110000 >> 8];
extern const uint8_t width_bits[][64]; /* two bits a code point */

/* Code point of a valid UTF-8 sequence of n bytes. */
static inline uint32_t
width_decode(const uint8_t *p, size_t n)
{
	switch (n) {
	case 1:
		return p[0];
	case 2:
		return (uint32_t)(p[0] & 0x1f) << 6 | (p[1] & 0x3fu);
	case 3:
		return (uint32_t)(p[0] & 0x0f) << 12 | (uint32_t)(p[1] & 0x3f) << 6 |
		       (p[2] & 0x3fu);
	default:
		return (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3f) << 12 |
		       (uint32_t)(p[2] & 0x3f) << 6 | (p[3] & 0x3fu);
	}
}

/* 0, 1 or 2; 3 for control characters.  cp < 0x110000. */
static inline unsigned
width_of(uint32_t cp)
{
	return (unsigned)width_bits[width_page[cp >> 8]][(cp & 0xff) >> 2] >>
		   ((cp & 3) * 2) &
	       3u;
}

static inline bool
width_is_wide(const uint8_t *utf8, size_t n)
{
	return width_of(width_decode(utf8, n)) == 2;
}

#endif
