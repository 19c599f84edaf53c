/* width.c: pages of 256 code points, two bits each; equal pages are shared.
 * tools/gen-width makes width.inc from the Unicode data. */
#include "term/width.h"

#include "term/term.h"

/* clang-format off */
#include "term/width.inc"

/* clang-format on */

int
term_width(uint32_t cp)
{
	unsigned w;

	if (cp >= 0x110000)
		return -1;
	w = width_of(cp);
	return w == 3 ? -1 : (int)w;
}
