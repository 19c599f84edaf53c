/* palette.c: the sixteen named colours are a table, the rest is arithmetic. */
#include "term/palette.h"

static const uint32_t named[16] = {
	0x1e1e1e,
	0xf14c4c,
	0x23d18b,
	0xe5e510,
	0x3b8eea,
	0xd670d6,
	0x29b8db,
	0xcccccc,
	0x666666,
	0xff6b6b,
	0x4ae3a5,
	0xf5f543,
	0x64a8f2,
	0xe38be3,
	0x55cdea,
	0xffffff,
};

uint32_t
palette_index(uint8_t index)
{
	static const uint8_t step[6] = { 0, 95, 135, 175, 215, 255 };
	unsigned i = index;

	if (i < 16)
		return named[i];
	if (i >= 232)
		return (8 + (i - 232) * 10) * 0x010101u;
	i -= 16;
	return (uint32_t)step[i / 36] << 16 | (uint32_t)step[i / 6 % 6] << 8 |
	       step[i % 6];
}
