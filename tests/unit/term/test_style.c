/* Numbers of looks: equal values share one, a sweep frees what nobody marked. */
#include "term/style.h"

#include <stdio.h>

#include "fixture.h"

static void
equal_values_share_a_number(void **ctx)
{
	struct style_table s;
	struct style red = { .fg = COLOUR_INDEX(1) }, bold = { .attrs = TERM_BOLD };
	int a, b;

	style_init(&s);
	assert_int_equal(style_intern(&s, &(struct style){ 0 }), 0);
	a = style_intern(&s, &red);
	b = style_intern(&s, &bold);
	assert_true(a > 0 && b > 0 && a != b);
	assert_int_equal(style_intern(&s, &red), a);
	assert_true(style_eq(style_of(&s, (uint16_t)b), &bold));
	style_deinit(&s);
}

static void
sweep_frees_the_unmarked(void **ctx)
{
	struct style_table s;
	int id = 0;
	uint32_t n = 0;

	style_init(&s);
	for (; (id = style_intern(&s, &(struct style){ .fg = COLOUR_RGB(0, 0, n) })) >= 0;
	     n++)
		;
	assert_int_equal(n, s.cap - 1);
	style_sweep_begin(&s);
	style_mark(&s, 5);
	style_sweep_end(&s);
	assert_int_equal(s.live, 2);
	assert_int_equal(style_of(&s, 5)->fg, COLOUR_RGB(0, 0, 4));
	assert_int_equal(
	    style_intern(&s, &(struct style){ .fg = COLOUR_RGB(0, 0, 4) }), 5);
	assert_int_equal(style_intern(&s, &(struct style){ .fg = COLOUR_INDEX(9) }), 1);
	style_deinit(&s);
}

static void
grows_while_all_is_in_use(void **ctx)
{
	struct style_table s;
	uint32_t n = 0;

	style_init(&s);
	while (n < STYLE_MAX - 1) {
		int id = style_intern(&s, &(struct style){ .fg = 0x2000000u + n });

		if (id >= 0) {
			n++;
			continue;
		}
		style_sweep_begin(&s);
		for (uint32_t i = 1; i <= n; i++)
			style_mark(&s, (uint16_t)i);
		style_sweep_end(&s);
	}
	assert_int_equal(style_intern(&s, &(struct style){ .attrs = TERM_BOLD }), -1);
	assert_int_equal(
	    style_intern(&s, &(struct style){ .fg = 0x2000000u + 777 }), 778);
	style_deinit(&s);
}

static void
links(void **ctx)
{
	struct style_table s;
	uint16_t a, b;

	style_init(&s);
	a = style_link_intern(&s, STR("1"), STR("http://a"));
	b = style_link_intern(&s, STR("2"), STR("http://a"));
	assert_true(a && b && a != b);
	assert_int_equal(style_link_intern(&s, STR("1"), STR("http://a")), a);
	assert_true(str_eqz(style_link_uri(&s, b), "http://a"));
	assert_true(str_eqz(style_link_id(&s, b), "2"));
	assert_int_equal(style_link_uri(&s, 0).len, 0);
	style_sweep_begin(&s);
	style_link_mark(&s, b);
	style_sweep_end(&s);
	assert_int_equal(style_link_uri(&s, a).len, 0);
	assert_int_equal(style_link_intern(&s, STR_NONE, STR("http://c")), a);
	style_deinit(&s);
}

static void
links_are_bounded(void **ctx)
{
	struct style_table s;
	char uri[32];
	unsigned n = 0;

	style_init(&s);
	for (; n < 2 * STYLE_LINK_MAX; n++) {
		(void)snprintf(uri, sizeof(uri), "http://%u", n);
		if (!style_link_intern(&s, STR_NONE, str_of(uri)))
			break;
	}
	assert_int_equal(n, STYLE_LINK_MAX);
	assert_true(style_link_is_full(&s, 1));
	style_deinit(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_values_share_a_number),
		cmocka_unit_test(sweep_frees_the_unmarked),
		cmocka_unit_test(grows_while_all_is_in_use),
		cmocka_unit_test(links),
		cmocka_unit_test(links_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
