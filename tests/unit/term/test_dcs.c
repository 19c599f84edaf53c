/* DECRQSS and XTGETTCAP. */
#include "fixture.h"

/* clang-format off */
static const struct { const char *in, *reply; } rows[] = {
	{ "\033P$qm\033\\", "\033P1$r0m\033\\" },
	{ "\033[1;38;2;1;2;3;48;5;9;4:3m\033P$qm\033\\", "\033P1$r0;1;4:3;38;2;1;2;3;101m\033\\" },
	{ "\033P$qr\033\\", "\033P1$r1;5r\033\\" },
	{ "\033[2;4r\033P$qr\033\\", "\033P1$r2;4r\033\\" },
	{ "\033[3 q\033P$q q\033\\", "\033P1$r3 q\033\\" },
	{ "\033P$q\"q\033\\", "\033P1$r0\"q\033\\" },
	{ "\033P$q\"p\033\\", "\033P1$r62;1\"p\033\\" },
	{ "\033P$qz\033\\", "\033P0$r\033\\" },
	{ "\033P$qm\x18x", "" },
	{ "\033P+q544E\033\\", "\033P1+r544E=787465726d2d323536636f6c6f72\033\\" },
	{ "\033P+q436f;5463\033\\", "\033P1+r436f=323536\033\\\033P1+r5463\033\\" },
	{ "\033P+q7878\033\\", "\033P0+r7878\033\\" },
	{ "\033P+qrm -rf\033\\", "\033P0+r\033\\" },
	{ "\033P+p544e\033\\", "" },
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

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(row_by_row) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
