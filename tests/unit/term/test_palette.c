/* Anchors of the 256 colours. */
#include "term/palette.h"

#include "fixture.h"

static void
anchors(void **ctx)
{
	assert_int_equal(palette_index(0), PALETTE_BG);
	assert_int_equal(palette_index(15), 0xffffff);
	assert_int_equal(palette_index(16), 0x000000);
	assert_int_equal(palette_index(21), 0x0000ff);
	assert_int_equal(palette_index(196), 0xff0000);
	assert_int_equal(palette_index(67), 0x5f87af);
	assert_int_equal(palette_index(231), 0xffffff);
	assert_int_equal(palette_index(232), 0x080808);
	assert_int_equal(palette_index(255), 0xeeeeee);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(anchors) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
