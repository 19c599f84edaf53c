/* The picture is well-formed whatever the program wrote, and shows what it
 * wrote. */
#include "term/term.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static struct buf
picture(uint16_t cols, uint16_t rows, const char *bytes)
{
	struct term_config config = { .cols = cols, .rows = rows, .version = "belay" };
	struct term *t = term_new(&config);
	struct buf out = BUF_UNLIMITED;

	term_feed(t, bytes, strlen(bytes));
	term_put_svg(t, &out);
	term_free(t);
	return out;
}

static void
has(const char *bytes, const char *part)
{
	struct buf svg = picture(20, 3, bytes);

	if (!strstr(buf_text(&svg), part))
		fail_msg("no %s in:\n%s", part, buf_text(&svg));
	buf_deinit(&svg);
}

static void
has_not(const char *bytes, const char *part)
{
	struct buf svg = picture(20, 3, bytes);

	if (strstr(buf_text(&svg), part))
		fail_msg("%s is in:\n%s", part, buf_text(&svg));
	buf_deinit(&svg);
}

/* Tags are closed in order and quotes are even: enough to see broken escaping. */
static void
well_formed(const char *svg)
{
	const char *open[64];
	size_t depth = 0;

	for (const char *p = svg; *p; p++) {
		const char *end;

		if (*p == '&')
			assert_true(!strncmp(p, "&lt;", 4) || !strncmp(p, "&gt;", 4) ||
				    !strncmp(p, "&amp;", 5));
		assert_true(*p != '>' && ((unsigned char)*p >= 0x20 || *p == '\n'));
		if (*p != '<')
			continue;
		end = strchr(p, '>');
		assert_non_null(end);
		assert_null(memchr(p + 1, '<', (size_t)(end - p - 1)));
		if (p[1] == '/') {
			assert_true(depth > 0);
			depth--;
			assert_memory_equal(open[depth], p + 2, (size_t)(end - p - 2));
		} else if (end[-1] != '/') {
			assert_true(depth < 64);
			open[depth++] = p + 1;
		}
		p = end;
	}
	assert_int_equal(depth, 0);
}

static void
text_is_escaped(void **state)
{
	struct buf svg = picture(20, 3, "<a href=\"x\">&'\r\n]]>\x01\x7f\xff");

	well_formed(buf_text(&svg));
	assert_non_null(strstr(buf_text(&svg), "&lt;a href=\"x\"&gt;&amp;'"));
	buf_deinit(&svg);
}

static void
links_are_not_links(void **state)
{
	has_not("\033]8;;javascript:alert(1)\033\\click", "javascript");
}

static void
colours_and_attributes(void **state)
{
	has("\033[38;2;1;2;3mx", "fill=\"#010203\"");
	has("\033[48;2;1;2;3mx", "height=\"17.0\" fill=\"#010203\"");
	has("\033[7;38;2;1;2;3mx", "height=\"17.0\" fill=\"#010203\"");
	has("\033[1mx", "font-weight=\"bold\"");
	has("\033[3mx", "font-style=\"italic\"");
	has("\033[4:3;58;2;9;8;7mx", "fill=\"none\" stroke=\"#090807\"");
	has("\033[4:4mx", "stroke-dasharray=\"1 2\"");
	has("\033[9mx", "<path");
	has_not("\033[8msecret", "secret");
	has_not("x", "font-weight");
}

static void
cells_stand_in_columns(void **state)
{
	/* Column 4 begins at 8 + 4 * 8.4; a wide character is fitted to two cells. */
	has("ab\xe4\xb8\xad"
	    "cd",
	    "<text x=\"24.8\" y=\"21.2\" textLength=\"16.8\"");
	has("ab\xe4\xb8\xad"
	    "cd",
	    "<text x=\"41.6\" y=\"21.2\" textLength=\"16.8\"");
	has("\033[2;3Hxyz", "y=\"38.2\"");
}

static void
cursor_is_drawn(void **state)
{
	has("\033[?25h\033[2;2H\033[2 q",
	    "<rect x=\"16.4\" y=\"25.0\" width=\"8.4\" height=\"17.0\"");
	has("\033[2;2H\033[5 q",
	    "<rect x=\"16.4\" y=\"25.0\" width=\"1.5\" height=\"17.0\"");
	has("\033[2;2H\033[3 q",
	    "<rect x=\"16.4\" y=\"40.0\" width=\"8.4\" height=\"2.0\"");
	has_not("\033[?25l\033[2;2H", "width=\"8.4\"");
}

static void
size_follows_the_grid(void **state)
{
	struct buf svg = picture(120, 30, "");

	assert_non_null(strstr(buf_text(&svg), "width=\"1024.0\" height=\"526.0\""));
	well_formed(buf_text(&svg));
	buf_deinit(&svg);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_escaped),
		cmocka_unit_test(links_are_not_links),
		cmocka_unit_test(colours_and_attributes),
		cmocka_unit_test(cells_stand_in_columns),
		cmocka_unit_test(cursor_is_drawn),
		cmocka_unit_test(size_follows_the_grid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
