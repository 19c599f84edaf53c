/* Queries: each has exactly one answer. */
#include "fixture.h"

/* clang-format off */
static const struct { const char *in, *reply; } rows[] = {
	{ "\033[c", "\033[?62;22c" },
	{ "\033[0c", "\033[?62;22c" },
	{ "\033Z", "\033[?62;22c" },
	{ "\033[1c", "" },
	{ "\033[>c", "\033[>1;100;0c" },
	{ "\033[=c", "\033P!|00000000\033\\" },
	{ "\033[>q", "\033P>|belay test\033\\" },
	{ "\033[>0q", "\033P>|belay test\033\\" },
	{ "\033[5n", "\033[0n" },
	{ "\033[3;4H\033[6n", "\033[3;4R" },
	{ "\033[3;4H\033[?6n", "\033[?3;4R" },
	{ "\033[2;4r\033[?6h\033[2;3H\033[6n", "\033[2;3R" },
	{ "\033[?15n", "\033[?13n" },
	{ "\033[?996n", "\033[?997;1n" },
	{ "\033[14t", "\033[4;100;100t" },
	{ "\033[16t", "\033[6;20;10t" },
	{ "\033[18t", "\033[8;5;10t" },
	{ "\033[19t", "\033[9;5;10t" },
	{ "\033]2;rm -rf /\a\033[21t", "\033]l\033\\" },
	{ "\033[?25$p", "\033[?25;1$y" },
	{ "\033[?25l\033[?25$p", "\033[?25;2$y" },
	{ "\033[?2026$p", "\033[?2026;2$y" },
	{ "\033[?2026h\033[?2026$p", "\033[?2026;1$y" },
	{ "\033[?2027$p", "\033[?2027;0$y" },
	{ "\033[?1003h\033[?1000$p\033[?1003$p", "\033[?1000;2$y\033[?1003;1$y" },
	{ "\033[?1006h\033[?1006$p", "\033[?1006;1$y" },
	{ "\033[?1049$p", "\033[?1049;2$y" },
	{ "\033[?1049h\033[?1049$p", "\033[?1049;1$y" },
	{ "\033[4$p\033[20$p\033[99$p", "\033[4;2$y\033[20;2$y\033[99;0$y" },
	{ "\033]11;?\033\\", "\033]11;rgb:1e1e/1e1e/1e1e\033\\" },
	{ "\033]10;?\a", "\033]10;rgb:d4d4/d4d4/d4d4\a" },
	{ "\033]10;?;?\a", "\033]10;rgb:d4d4/d4d4/d4d4\a\033]11;rgb:1e1e/1e1e/1e1e\a" },
	{ "\033]12;red\a", "" },
	{ "\033]4;1;?\a", "\033]4;1;rgb:f1f1/4c4c/4c4c\a" },
	{ "\033]4;1;#fff;231;?\a", "\033]4;231;rgb:ffff/ffff/ffff\a" },
	{ "\033]4;256;?\a", "" },
	{ "\033]7501;?\a\033[c", "\033]7501;?\033\\\033[?62;22c" },
	{ "\033]52;c;?\a", "" },
};

/* clang-format on */

static void
row_by_row(void **ctx)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fixture *f = fixture_new(10, 5, 0);

		feed(f, rows[i].in);
		expect_reply(f, rows[i].reply);
		fixture_free(f);
	}
}

static void
title_stack(void **ctx)
{
	struct fixture *f = fixture_new(10, 5, 0);

	feed(f, "\033]2;one\a\033[22;2t\033]2;two\a\033[22t\033]2;three\a\033[23;2t");
	assert_string_equal(term_title(f->t), "two");
	feed(f, "\033[23t");
	assert_string_equal(term_title(f->t), "one");
	feed(f, "\033[23t");
	assert_string_equal(term_title(f->t), "one");
	for (unsigned i = 0; i < 100; i++)
		feed(f, "\033[22t");
	fixture_free(f);
}

static void
no_probe_answer_unless_wanted(void **ctx)
{
	struct fixture f = { .replies = BUF_UNLIMITED };
	struct term_ops ops = { .reply = fixture_reply };
	struct term_config config = { .cols = 10, .rows = 5, .ops = &ops, .ctx = &f };

	f.t = term_new(&config);
	feed(&f, "\033]7501;?\a\033[>q");
	expect_reply(&f, "\033P>|belay\033\\");
	(void)term_free(f.t);
	buf_deinit(&f.replies);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(row_by_row),
		cmocka_unit_test(title_stack),
		cmocka_unit_test(no_probe_answer_unless_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
