/* term_equal() sees every part of the model: each row differs in one. */
#include "fixture.h"

static const char *const differences[] = {
	"x",
	" ",
	"\033[C",
	"\033[1m",
	"\033[44m\033[K\033[0m",
	"\033[?25l",
	"\033[4h",
	"\033[?1000h",
	"\033[?1006h",
	"\033[3 q",
	"\033[2;3r",
	"\033[?47h",
	"\033[?47hx\033[?47l\r",
	"\0337",
	"\033[C\0337\r",
	"\033[1m\0337\033[m",
	"\033[>1u",
	"\033(0",
	"\016",
	"\033N",
	"\033[2G\033H\r",
	"\033[3g",
	"\033]1;i\a",
	"\033]2;t\a",
	"\033[22t",
	"\033]7;f\a",
	"\033]8;;u\a",
	"\033[?25s",
	"\033",
	"\033[1",
	"\xe2",
	"\033]2;x",
	"\n\n\n\n\n\033[H",
	"x\033[3D\033[X",
	"\033[1\"q",
	"漢\r",
	"e\r",
	"e\u0301\r",
	"\033[1mx\r\033[m",
	"0123456789a\033[H",
};

static void
each_part_counts(void **ctx)
{
	struct fixture *plain = fixture_new(10, 4, 5);

	for (size_t i = 0; i < ARRAY_LEN(differences); i++) {
		struct fixture *f = fixture_new(10, 4, 5), *g = fixture_new(10, 4, 5);
		struct buf why = BUF_UNLIMITED;
		bool same = strcmp(differences[i], "\0337") == 0 ||
			    strcmp(differences[i], "x\033[3D\033[X") == 0;

		feed(f, differences[i]);
		feed(g, differences[i]);
		assert_true(term_equal(f->t, g->t, &why));
		assert_int_equal(why.len, 0);
		if (term_equal(f->t, plain->t, &why) != same)
			fail_msg("difference %zu", i);
		assert_int_equal(why.len > 0, !same);
		buf_deinit(&why);
		fixture_free(f);
		fixture_free(g);
	}
	fixture_free(plain);
}

static void
history_does_not_count(void **ctx)
{
	struct fixture *f = fixture_new(10, 4, 5), *g = fixture_new(10, 4, 5);

	feed(f, "\033[31mx\033[m\033[Hwords\033[2K\033[?1049h\033[?1049l\033[Hab");
	feed(g, "ab");
	/* Saved cursor and what REP repeats are part of the model. */
	feed(f, "\033[H\0337ab");
	feed(g, "\033[H\0337ab");
	assert_true(term_equal(f->t, g->t, NULL));
	term_resize(g->t, 11, 4);
	assert_false(term_equal(f->t, g->t, NULL));
	fixture_free(f);
	fixture_free(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_part_counts),
		cmocka_unit_test(history_does_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
