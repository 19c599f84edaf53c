#include "test.h"

#include <string.h>

#include "cli/tty.h"

/* The bytes at the end of every undoing. */
#define ALWAYS "\033]8;;\033\\\033[!p\033[r\033[0m\033(B\017\033[?25h"

static void
undoes(const char *written, const char *expected)
{
	cleanup_buf struct buf out = BUF_UNLIMITED, whole = BUF_UNLIMITED;
	struct tty_modes m = { 0 };

	tty_modes_note(&m, str_of(written));
	tty_modes_undo(&m, &out);
	buf_printf(&whole, "\033\\%s" ALWAYS "\033[9999;1H\r\n", expected);
	assert_string_equal(buf_text(&out), buf_text(&whole));
}

static void
test_nothing(void **state)
{
	undoes("", "");
	undoes("plain \033[31mtext\033[0m\r\n", "");
}

static void
test_modes(void **state)
{
	undoes("\033[?1000h", "\033[?1000l");
	undoes("\033[?1000h\033[?1000l", "");
	undoes("\033[?1000;1006;2004h", "\033[?1000l\033[?1006l\033[?2004l");
	undoes("\033[?25l", "\033[?25h");
	undoes("\033[?25l\033[?25h", "");
	undoes("\033[?7l", "\033[?7h");
	undoes("\033[?1049h", "\033[?1049l");
	undoes("\033[?1049h\033[?1049l", "");
	undoes("\033=", "\033>");
	undoes("\033[5 q", "\033[0 q");
	undoes("\033[>4;2m", "\033[>4m");
	undoes("\033[3g", "\033[?5W");
}

static void
test_kitty_stack(void **state)
{
	undoes("\033[>1u\033[>3u", "\033[<2u");
	undoes("\033[>1u\033[<u", "");
	undoes("\033[>1u\033[<5u", "");
	undoes("\033[=1u", "\033[=0u");
	/* Each screen has a stack of its own. */
	undoes("\033[>1u\033[?1049h\033[>1u\033[>1u", "\033[<2u\033[?1049l\033[<1u");
	undoes("\033[?1049h\033[>1u\033[?1049l", "");
}

static void
test_reset_forgets(void **state)
{
	cleanup_buf struct buf out = BUF_UNLIMITED;
	struct tty_modes m = { 0 };

	tty_modes_note(&m, STR("\033[22;0t\033[?1000h"));
	tty_modes_reset(&m, &out);
	assert_non_null(strstr(buf_text(&out), "\033[?1000l"));
	assert_null(strstr(buf_text(&out), "\033[23;0t"));
	buf_clear(&out);
	tty_modes_undo(&m, &out);
	assert_null(strstr(buf_text(&out), "\033[?1000l"));
	assert_non_null(strstr(buf_text(&out), "\033[23;0t"));
}

static void
test_full_reset(void **state)
{
	undoes("\033[?1000h\033[?1049h\033c", "");
}

static void
test_garbage(void **state)
{
	cleanup_buf struct buf out = BUF_UNLIMITED;
	struct tty_modes m = { 0 };
	char all[256 * 3];

	for (unsigned i = 0; i < sizeof(all); i++)
		all[i] = (char)(uint8_t)(i % 3 == 0 ? 0x1b : i % 3 == 1 ? '[' : i / 3);
	for (size_t len = 0; len <= sizeof(all); len++)
		tty_modes_note(&m, str_make(all, len));
	for (unsigned i = 0; i < 1000; i++)
		tty_modes_note(&m,
		    STR("\033[>1u\033[?1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17;18h"));
	tty_modes_undo(&m, &out);
	assert_true(out.len < 2048);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_kitty_stack),
		cmocka_unit_test(test_reset_forgets),
		cmocka_unit_test(test_full_reset),
		cmocka_unit_test(test_garbage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
