/* SGR: what the next cell looks like. */
#include "fixture.h"

#define RGB(r, g, b)                                                                     \
	{                                                                                \
		TERM_COLOUR_RGB, r, g, b                                                 \
	}
#define IDX(i)                                                                           \
	{                                                                                \
		TERM_COLOUR_INDEXED, i, 0, 0                                             \
	}

/* clang-format off */
static const struct { const char *sgr; struct term_style want; } rows[] = {
	{ "0", { .attrs = 0 } },
	{ "1;2;3;5;7;8;9;53", { .attrs = TERM_BOLD | TERM_FAINT | TERM_ITALIC | TERM_BLINK | TERM_REVERSE |
	                                 TERM_CONCEAL | TERM_STRIKE | TERM_OVERLINE } },
	{ "1;2;3;5;7;8;9;53;22;23;25;27;28;29;55", { .attrs = 0 } },
	{ "1;", { .attrs = 0 } },
	{ "4", { .underline = 1 } }, { "21", { .underline = 2 } }, { "4:3", { .underline = 3 } },
	{ "4:4", { .underline = 4 } }, { "4:5", { .underline = 5 } }, { "4:3;4:0", { .underline = 0 } },
	{ "4:9", { .underline = 0 } }, { "4;24", { .underline = 0 } },
	{ "4;3", { .underline = 1, .attrs = TERM_ITALIC } },
	{ "31", { .fg = IDX(1) } }, { "97", { .fg = IDX(15) } }, { "42", { .bg = IDX(2) } },
	{ "107", { .bg = IDX(15) } }, { "31;39", { .attrs = 0 } }, { "41;49", { .attrs = 0 } },
	{ "38;5;200", { .fg = IDX(200) } }, { "48;5;0", { .bg = IDX(0) } },
	{ "38;5;256", { .attrs = 0 } }, { "38:5:9", { .fg = IDX(9) } },
	{ "38;2;1;2;3", { .fg = RGB(1, 2, 3) } }, { "38:2:1:2:3", { .fg = RGB(1, 2, 3) } },
	{ "38:2::1:2:3", { .fg = RGB(1, 2, 3) } }, { "48:2:1:7:8:9", { .bg = RGB(7, 8, 9) } },
	{ "48;2;0;0;0;1", { .bg = RGB(0, 0, 0), .attrs = TERM_BOLD } },
	{ "38;2;256;0;0", { .attrs = 0 } }, { "38;2;1;2", { .attrs = 0 } }, { "38", { .attrs = 0 } },
	{ "38;7;1", { .attrs = TERM_BOLD } },
	{ "58;5;3", { .underline_colour = IDX(3) } }, { "58:2::1:2:3", { .underline_colour = RGB(1, 2, 3) } },
	{ "58;2;1;2;3", { .underline_colour = RGB(1, 2, 3) } }, { "58;5;3;59", { .attrs = 0 } },
	{ "1:2", { .attrs = 0 } }, { "999", { .attrs = 0 } },
};

/* clang-format on */

static bool
colour_eq(struct term_colour a, struct term_colour b)
{
	return a.kind == b.kind && a.r == b.r && a.g == b.g && a.b == b.b;
}

static void
row_by_row(void **ctx)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fixture *f = fixture_new(5, 3, 0);
		struct term_style got, want = rows[i].want;

		feed(f, "\033[");
		feed(f, rows[i].sgr);
		feed(f, "mx");
		got = cell_at(f, 0, 0).style;
		if (!colour_eq(got.fg, want.fg) || !colour_eq(got.bg, want.bg) ||
		    !colour_eq(got.underline_colour, want.underline_colour) ||
		    got.attrs != want.attrs || got.underline != want.underline)
			fail_msg("SGR %s", rows[i].sgr);
		fixture_free(f);
	}
}

/* A million looks, of which the screen shows few. */
static void
many_looks(void **ctx)
{
	struct fixture *f = fixture_new(20, 2, 0);
	struct buf b = BUF_UNLIMITED;

	for (unsigned i = 0; i < 300000; i++)
		buf_printf(&b, "\r\033[38;2;%u;%u;%umX", i & 255, i >> 8 & 255, i >> 16);
	term_feed(f->t, b.data, b.len);
	assert_int_equal(cell_at(f, 0, 0).style.fg.r, 299999 & 255);
	assert_int_equal(cell_at(f, 0, 0).style.fg.b, 299999 >> 16);
	assert_in_range(term_memory(f->t), 1, 32 << 10);
	buf_deinit(&b);
	fixture_free(f);
}

/* More looks at once than there are numbers: bounded, and soon over. */
static void
too_many_looks(void **ctx)
{
	struct fixture *f = fixture_new(1000, 100, 0);
	struct buf b = BUF_UNLIMITED;

	for (unsigned i = 0; i < 150000; i++)
		buf_printf(&b, "\033[38;2;%u;%u;%umX", i & 255, i >> 8 & 255, i >> 16);
	term_feed(f->t, b.data, b.len);
	term_check(f->t);
	feed(f, "\033[H\033[2J");
	buf_clear(&b);
	for (unsigned i = 0; i < 70000; i++)
		buf_puts(&b, "\033[38;2;1;2;3mX\b");
	term_feed(f->t, b.data, b.len);
	term_check(f->t);
	assert_int_equal(cell_at(f, 0, 0).style.fg.b, 3);
	buf_deinit(&b);
	fixture_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(row_by_row),
		cmocka_unit_test(many_looks),
		cmocka_unit_test(too_many_looks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
