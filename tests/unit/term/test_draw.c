/* A keyframe gives the same model again: random streams of everything a
 * program can send, at random sizes, cut anywhere.  The seed of a failure is
 * printed; run with it as argument to see that case alone. */
#include <stdio.h>

#include "fixture.h"

static uint64_t state;

static unsigned
rnd(unsigned n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % n;
}

static const char *
pick(const char *const *from, size_t n)
{
	return from[rnd((unsigned)n)];
}

static void
put_params(struct buf *b, unsigned most)
{
	static const unsigned big[] = { 0, 1, 2, 99999, 2147483647 };

	for (unsigned n = rnd(most + 1); n; n--)
		buf_printf(b, "%u%s", rnd(8) ? rnd(12) : big[rnd(5)], n > 1 ? ";" : "");
}

static void
put_sgr(struct buf *b)
{
	static const char *const sgr[] = { "", "0", "1", "2", "3", "4", "4:3", "4:0", "5",
		"7", "8", "9", "21", "22", "24", "27", "31", "42", "39", "49", "53", "55",
		"95", "104", "38;5;200", "48;5;17", "38;2;1;2;3", "48:2::4:5:6",
		"58:2::7:8:9", "58;5;3", "59", "38:5:9" };

	buf_printf(
	    b, "\033[%s;%sm", pick(sgr, ARRAY_LEN(sgr)), pick(sgr, ARRAY_LEN(sgr)));
}

static void
put_text(struct buf *b)
{
	static const char *const text[] = { "a", "word ", "hello, world ", "漢", "字",
		"é", "e\u0301", "\u0301", "\u200d", "👩", "👩\u200d💻", "🏽", "❤\ufe0f",
		"│", "─", "ﬀ", "ｱ", "\x80", "\xe2\x94", "\xf0\x9f",
		"x\u0300\u0301\u0302\u0303", "  ", "ab\tc", "_`jklm" };

	for (unsigned n = 1 + rnd(6); n; n--)
		buf_puts(b, pick(text, ARRAY_LEN(text)));
}

static void
put_string(struct buf *b)
{
	static const char *const strings[] = { "\033]0;title\a",
		"\033]2;Títle; two\033\\", "\033]1;icon\a", "\033]7;file:///tmp\a",
		"\033]8;;http://a/\a", "\033]8;id=q;http://b/;c\033\\", "\033]8;;\a",
		"\033[22t", "\033[22;1t", "\033[23t", "\033[23;2t", "\033P$qm\033\\",
		"\033P+q544e\033\\", "\033_Gi=1;AAAA\033\\", "\033]52;c;aGk=\a",
		"\033]4;1;?\a", "\033]11;?\033\\", "\033]2;\a" };

	buf_puts(b, pick(strings, ARRAY_LEN(strings)));
}

static void
put_step(struct buf *b)
{
	static const char *const modes[] = { "1", "5", "6", "7", "8", "12", "25", "47",
		"66", "1000", "1002", "1003", "1004", "1005", "1006", "1007", "1047",
		"1048", "1049", "2004", "2026", "2031", "9", "1016" };
	static const char *const escapes[] = { "\0337", "\0338", "\033D", "\033E",
		"\033M", "\033H", "\033(0", "\033(B", "\033)0", "\033*A", "\033+0",
		"\016", "\017", "\033n", "\033o", "\033N", "\033O", "\033=", "\033>",
		"\033#8", "\r", "\n", "\b", "\t", "\r\n", "\v", "\033[!p", "\033[3g",
		"\033[?5W", "\033[4h", "\033[4l", "\033[20h", "\033[20l", "\033[>1u",
		"\033[>5u", "\033[<u", "\033[=3;2u", "\033[1\"q", "\033[0\"q", "\033[?J",
		"\033[?1K", "\033[2J", "\033[3J", "\033[4 q", "\033[?1;2004s",
		"\033[?1;2004r", "\033c" };

	switch (rnd(12)) {
	case 0:
	case 1:
	case 2:
	case 3:
		put_text(b);
		break;
	case 4:
		put_sgr(b);
		break;
	case 5:
	case 6:
	case 7:
		buf_puts(b, "\033[");
		put_params(b, 2);
		buf_putc(b, "@ABCDEFGHIJKLMPSTXZ^`abdefgrsu"[rnd(30)]);
		break;
	case 8:
		buf_printf(
		    b, "\033[?%s%c", pick(modes, ARRAY_LEN(modes)), rnd(2) ? 'h' : 'l');
		break;
	case 9:
		put_string(b);
		break;
	default:
		/* RIS, the last, is rare: it throws all away. */
		buf_puts(b,
		    escapes[rnd(rnd(20) ? ARRAY_LEN(escapes) - 1 : ARRAY_LEN(escapes))]);
		break;
	}
}

static struct term *
make(unsigned cols, unsigned rows, unsigned scrollback)
{
	return term_new(&(struct term_config){ .cols = (uint16_t)cols,
	    .rows = (uint16_t)rows,
	    .scrollback_rows = scrollback });
}

static void
must_equal(const struct term *a, const struct term *b, uint64_t seed, const char *when)
{
	struct buf why = BUF_UNLIMITED;

	if (!term_equal(a, b, &why))
		fail_msg(
		    "seed %llu, %s: %s", (unsigned long long)seed, when, buf_text(&why));
	buf_deinit(&why);
}

static void
one_case(uint64_t seed)
{
	struct buf stream = BUF_UNLIMITED, frame = BUF_UNLIMITED;
	unsigned cols, rows, scrollback, steps;
	struct term *a, *b, *c;
	size_t cut;

	state = seed * 0x9e3779b97f4a7c15u + 1;
	(void)rnd(2);
	cols = 2 + rnd(rnd(2) ? 12 : 40);
	rows = 1 + rnd(10);
	scrollback = rnd(3) * 7;
	a = make(cols, rows, scrollback);
	b = make(cols, rows, scrollback);
	steps = rnd(120);
	for (unsigned i = 0; i < steps; i++)
		put_step(&stream);
	term_feed(a, stream.data, stream.len);
	term_check(a);
	for (size_t i = 0; i < stream.len; i++)
		term_feed(b, stream.data + i, 1);
	must_equal(a, b, seed, "cut into single bytes");
	if (rnd(3) == 0) {
		cols = 2 + rnd(40);
		rows = 1 + rnd(10);
		term_resize(a, (uint16_t)cols, (uint16_t)rows);
		term_check(a);
	}
	/* Leaves off in the middle of something. */
	buf_clear(&stream);
	put_step(&stream);
	put_step(&stream);
	cut = rnd((unsigned)stream.len + 1);
	term_feed(a, stream.data, cut);

	term_put_ansi(a, TERM_DRAW_KEYFRAME, &frame);
	c = make(cols, rows, scrollback);
	term_feed(c, frame.data, frame.len);
	term_check(c);
	must_equal(a, c, seed, "keyframe");
	for (unsigned i = 0; i < 40; i++)
		put_step(&stream);
	term_feed(a, stream.data + cut, stream.len - cut);
	term_feed(c, stream.data + cut, stream.len - cut);
	must_equal(a, c, seed, "after the keyframe");
	buf_deinit(&stream);
	buf_deinit(&frame);
	(void)term_free(a);
	(void)term_free(b);
	(void)term_free(c);
}

static uint64_t only;

static void
keyframe_restores_any_model(void **ctx)
{
	if (only) {
		one_case(only);
		return;
	}
	for (uint64_t seed = 1; seed <= 3000; seed++)
		one_case(seed);
}

static void
without_scrollback(void **ctx)
{
	struct fixture *f = fixture_new(10, 2, 50);
	struct buf frame = BUF_UNLIMITED;
	struct term *u = make(10, 2, 50);

	feed(f, "1\r\n2\r\n3\r\n4");
	assert_int_equal(term_scrollback(f->t), 2);
	term_put_ansi(f->t, TERM_DRAW_KEYFRAME | TERM_DRAW_NO_SCROLLBACK, &frame);
	term_feed(u, frame.data, frame.len);
	assert_int_equal(term_scrollback(u), 0);
	term_reset(f->t);
	feed(f, "3\r\n4");
	must_equal(f->t, u, 0, "as without history");
	(void)term_free(u);
	buf_deinit(&frame);
	fixture_free(f);
}

/* What a person's terminal gets draws the same screen, and asks nothing. */
static void
plain_drawing(void **ctx)
{
	struct fixture *f = fixture_new(20, 4, 0), *g = fixture_new(20, 4, 0);
	struct buf out = BUF_UNLIMITED;

	feed(f, "\033[?1049h\033[1;31mred\033[0m "
		"漢字\r\n\033]8;;http://x/\ayes\033]8;;\a\033[3;5H\033[?2004h"
		"\033[?1002h\033[?1006h\033[>1u\033[?25l\033[5 q");
	feed(g, "rubbish\033[2;3r\033[?6h\033(0");
	term_put_ansi(f->t, 0, &out);
	term_feed(g->t, out.data, out.len);
	expect_screen(g, "red 漢字|yes");
	expect_cursor(g, 2, 4);
	expect_reply(g, "");
	assert_int_equal(cell_at(g, 0, 0).style.attrs, TERM_BOLD);
	assert_true(term_modes(g->t).alt_screen);
	assert_true(term_modes(g->t).bracketed_paste);
	assert_int_equal(term_modes(g->t).mouse, 1002);
	assert_int_equal(term_modes(g->t).mouse_enc, 1006);
	assert_int_equal(term_modes(g->t).kitty_flags, 1);
	assert_false(term_cursor(g->t).visible);
	assert_int_equal(term_cursor(g->t).shape, 5);
	assert_int_not_equal(cell_at(g, 1, 0).style.link, 0);
	buf_clear(&out);
	term_put_ansi(f->t, TERM_DRAW_NO_LINKS, &out);
	assert_int_equal(str_find(buf_str(&out), STR("http")), -1);
	buf_deinit(&out);
	fixture_free(f);
	fixture_free(g);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keyframe_restores_any_model),
		cmocka_unit_test(without_scrollback),
		cmocka_unit_test(plain_drawing),
	};

	if (argc > 1 && !str_to_u64(str_of(argv[1]), &only))
		return 2;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
