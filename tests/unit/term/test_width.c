/* Columns of code points, a row a kind. */
#include "term/width.h"

#include "fixture.h"

/* clang-format off */
static const struct { uint32_t cp; int width; } rows[] = {
	{ 0x00, -1 }, { 0x1f, -1 }, { ' ', 1 }, { '~', 1 }, { 0x7f, -1 }, { 0x85, -1 }, { 0x9f, -1 },
	{ 0xa0, 1 }, { 0xad, 1 }, { 0xe9, 1 }, { 0x300, 0 }, { 0x36f, 0 }, { 0x483, 0 },
	{ 0x0e31, 0 }, { 0x1100, 2 }, { 0x1161, 0 }, { 0x11ff, 0 }, { 0x200b, 0 }, { 0x200d, 0 },
	{ 0x2010, 1 }, { 0x2028, 1 }, { 0x20dd, 0 }, { 0x2190, 1 }, { 0x231a, 2 }, { 0x2500, 1 },
	{ 0x25cf, 1 }, { 0x2705, 2 }, { 0x2764, 1 }, { 0x3000, 2 }, { 0x302a, 0 }, { 0x3042, 2 },
	{ 0x4e00, 2 }, { 0x9fff, 2 }, { 0xac00, 2 }, { 0xd800, -1 }, { 0xdfff, -1 }, { 0xe0b0, 1 },
	{ 0xf900, 2 }, { 0xfe0f, 0 }, { 0xfeff, 0 }, { 0xff21, 2 }, { 0xff71, 1 }, { 0xfffd, 1 },
	{ 0x1f1e6, 1 }, { 0x1f3fb, 2 }, { 0x1f469, 2 }, { 0x1fae8, 2 }, { 0x20000, 2 },
	{ 0x3fffd, 2 }, { 0xe0001, 0 }, { 0xe0100, 0 }, { 0x10ffff, 1 }, { 0x110000, -1 },
	{ 0xffffffff, -1 },
};

/* clang-format on */

static void
widths(void **ctx)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (term_width(rows[i].cp) != rows[i].width)
			fail_msg(
			    "U+%04X: %d", (unsigned)rows[i].cp, term_width(rows[i].cp));
}

/* The scrollback relies on it. */
static void
nothing_wide_below_0x800(void **ctx)
{
	for (uint32_t cp = 0; cp < 0x800; cp++)
		assert_int_not_equal(term_width(cp), 2);
}

static void
decodes_what_buf_encodes(void **ctx)
{
	for (uint32_t cp = 0x20; cp < 0x110000; cp += cp < 0x3000 ? 1 : 97) {
		struct buf b = BUF(8);

		if (cp >= 0xd800 && cp < 0xe000)
			continue;
		buf_put_utf8(&b, cp);
		assert_int_equal(width_decode((const uint8_t *)b.data, b.len), cp);
		buf_deinit(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(widths),
		cmocka_unit_test(nothing_wide_below_0x800),
		cmocka_unit_test(decodes_what_buf_encodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
