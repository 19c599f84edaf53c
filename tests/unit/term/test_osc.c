/* Operating system commands: what becomes of the model, what is told. */
#include <stdio.h>

#include "fixture.h"

/* clang-format off */
static const struct { const char *in; enum term_event event; const char *text; } rows[] = {
	{ "\a", TERM_EV_BELL, "" },
	{ "\033]2;a;b\a", TERM_EV_TITLE, "a;b" },
	{ "\033]0;✳ x\033\\", TERM_EV_TITLE, "✳ x" },
	{ "\033]2;\xff\xc2\x85zé\a", TERM_EV_TITLE, "\xef\xbf\xbdzé" },
	{ "\033]1;i\a", TERM_EV_ICON, "i" },
	{ "\033]7;file://h/tmp\a", TERM_EV_CWD, "file://h/tmp" },
	{ "\033]9;done\a", TERM_EV_NOTIFY, "done" },
	{ "\033]9;4;1;50\a", TERM_EV_PROGRESS, "1;50" },
	{ "\033]777;notify;t;b\a", TERM_EV_NOTIFY, "t;b" },
	{ "\033]52;c;aGk=\a", TERM_EV_CLIPBOARD, "c;aGk=" },
	{ "\033]133;A;k=i\a", TERM_EV_PROMPT_MARK, "A;k=i" },
	{ "\033]633;P;Cwd=/\a", TERM_EV_PROMPT_MARK, "P;Cwd=/" },
	{ "\033]7501;state=idle:app=codex\033\\", TERM_EV_STATUS, "state=idle:app=codex" },
	{ "\033c", TERM_EV_RESET, "" },
	{ "\033[?1049h", TERM_EV_ALT_SCREEN, "" },
};

static const char *const silent[] = {
	"\033]777;other;t;b\a", "\033]52;c;?\a", "\033]7501;?\a", "\033]\a", "\033];x\a", "\033]x;y\a",
	"\033]2;cut\x18", "\033]8;;http://x\a", "\033]7502;begin\a\033]7502;r;65\a", "\033]99999999;x\a",
};

/* clang-format on */

static void
one_event_each(void **ctx)
{
	char want[128];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fixture *f = fixture_new(10, 5, 0);

		feed(f, rows[i].in);
		(void)snprintf(
		    want, sizeof(want), "%d:%s\n", (int)rows[i].event, rows[i].text);
		expect_events(f, want);
		fixture_free(f);
	}
}

static void
no_event(void **ctx)
{
	for (size_t i = 0; i < ARRAY_LEN(silent); i++) {
		struct fixture *f = fixture_new(10, 5, 0);

		feed(f, silent[i]);
		expect_events(f, "");
		fixture_free(f);
	}
}

static void
texts_have_a_limit(void **ctx)
{
	struct fixture *f = fixture_new(10, 5, 0);
	struct buf b = BUF_UNLIMITED;

	buf_puts(&b, "\033]2;");
	for (unsigned i = 0; i < 600; i++)
		buf_puts(&b, "漢");
	buf_puts(&b, "\a");
	term_feed(f->t, b.data, b.len);
	assert_in_range(strlen(term_title(f->t)), 1000, 1024);
	assert_true(str_is_utf8(str_of(term_title(f->t))));
	buf_clear(&f->events);
	buf_clear(&b);
	buf_puts(&b, "\033]52;c;");
	for (unsigned i = 0; i < 4200; i++)
		buf_putc(&b, 'A');
	buf_puts(&b, "\a");
	term_feed(f->t, b.data, b.len);
	expect_events(f, "");
	buf_deinit(&b);
	fixture_free(f);
}

static void
hyperlinks(void **ctx)
{
	struct fixture *f = fixture_new(10, 5, 0);
	uint32_t a, b;

	feed(f, "\033]8;;http://a/;x\aA\033]8;id=1:k=v;http://b\aB\033]8;;\aC");
	a = cell_at(f, 0, 0).style.link;
	b = cell_at(f, 0, 1).style.link;
	assert_true(a && b && a != b);
	assert_true(str_eqz(term_link(f->t, a), "http://a/;x"));
	assert_true(str_eqz(term_link(f->t, b), "http://b"));
	assert_int_equal(cell_at(f, 0, 2).style.link, 0);
	assert_int_equal(term_link(f->t, 0).len, 0);
	assert_int_equal(term_link(f->t, 99999).len, 0);
	fixture_free(f);
}

/* More links than fit: the old ones that no cell shows make room. */
static void
links_come_and_go(void **ctx)
{
	struct fixture *f = fixture_new(10, 2, 0);
	char text[64];

	for (unsigned i = 0; i < 20000; i++) {
		(void)snprintf(text, sizeof(text), "\r\033]8;;http://%u\aX", i);
		term_feed(f->t, text, strlen(text));
	}
	assert_true(
	    str_eqz(term_link(f->t, cell_at(f, 0, 0).style.link), "http://19999"));
	fixture_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_event_each),
		cmocka_unit_test(no_event),
		cmocka_unit_test(texts_have_a_limit),
		cmocka_unit_test(hyperlinks),
		cmocka_unit_test(links_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
