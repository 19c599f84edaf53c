/* Rows against a naive model: random scrolls, inserts, deletes and erasures. */
#include "term/grid.h"

#include "fixture.h"

enum { COLS = 7, ROWS = 5 };

static uint64_t state = 42;

static unsigned
rnd(unsigned n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % n;
}

static void
compare(const struct grid *g, char model[ROWS][COLS])
{
	for (unsigned row = 0; row < ROWS; row++)
		for (unsigned col = 0; col < COLS; col++) {
			const struct row *r = g->row[row];

			assert_int_equal(r->cells[col].text[0], model[row][col]);
			if (col >= r->used)
				assert_true(cell_is_zero(&r->cells[col]));
		}
}

static void
model_scroll(char m[ROWS][COLS], unsigned top, unsigned bot, int n)
{
	char old[ROWS][COLS];

	memcpy(old, m, sizeof(old));
	for (int row = (int)top; row < (int)bot; row++) {
		int from = row + n;

		if (from >= (int)top && from < (int)bot)
			memcpy(m[row], old[from], COLS);
		else
			memset(m[row], 0, COLS);
	}
}

static void
random_operations(void **ctx)
{
	char m[ROWS][COLS] = { { 0 } };
	struct grid g;

	grid_init(&g, COLS, ROWS);
	for (unsigned i = 0; i < 20000; i++) {
		unsigned row = rnd(ROWS), col = rnd(COLS), n = 1 + rnd(COLS);
		unsigned top = rnd(ROWS), bot = top + 1 + rnd(ROWS - top),
			 k = rnd(bot - top + 1);
		struct row *r = g.row[row];

		switch (rnd(6)) {
		case 0:
			r->cells[col] =
			    (struct cell){ .text = { (uint8_t)('a' + rnd(26)) } };
			m[row][col] = (char)r->cells[col].text[0];
			r->used = r->used > col ? r->used : (uint16_t)(col + 1);
			break;
		case 1:
			grid_scroll_up(&g, top, bot, k, 0);
			model_scroll(m, top, bot, (int)k);
			break;
		case 2:
			grid_scroll_down(&g, top, bot, k, 0);
			model_scroll(m, top, bot, -(int)k);
			break;
		case 3:
			grid_insert(&g, r, col, n, 0);
			n = n > COLS - col ? COLS - col : n;
			memmove(&m[row][col + n], &m[row][col], COLS - col - n);
			memset(&m[row][col], 0, n);
			break;
		case 4:
			grid_delete(&g, r, col, n, 0);
			n = n > COLS - col ? COLS - col : n;
			memmove(&m[row][col], &m[row][col + n], COLS - col - n);
			memset(&m[row][COLS - n], 0, n);
			break;
		default:
			n = col + n > COLS ? COLS : col + n;
			grid_erase(&g, r, col, n, 0);
			memset(&m[row][col], 0, n - col);
			break;
		}
		compare(&g, m);
	}
	grid_deinit(&g);
}

static void
fill_reaches_the_edge(void **ctx)
{
	struct grid g;

	grid_init(&g, COLS, ROWS);
	grid_scroll_up(&g, 0, ROWS, 1, 3);
	assert_int_equal(g.row[ROWS - 1]->used, COLS);
	assert_int_equal(g.row[ROWS - 1]->cells[COLS - 1].style, 3);
	grid_delete(&g, g.row[0], 2, 1, 4);
	assert_int_equal(g.row[0]->cells[COLS - 1].style, 4);
	assert_int_equal(g.row[0]->cells[COLS - 2].style, 0);
	grid_clear_row(&g, g.row[0], 0);
	assert_int_equal(g.row[0]->used, 0);
	grid_deinit(&g);
}

static void
resize_cuts_wide_characters(void **ctx)
{
	struct grid g;
	struct row *r;

	grid_init(&g, COLS, ROWS);
	r = g.row[2];
	r->cells[3] = (struct cell){ .text = { 0xe6, 0xbc, 0xa2 }, .flags = CELL_WIDE };
	r->cells[4] = (struct cell){ .flags = CELL_TAIL };
	r->used = 5;
	grid_resize(&g, 4, 3, 1);
	assert_int_equal(g.row[1]->used, 4);
	assert_true(cell_is_zero(&g.row[1]->cells[3]));
	grid_deinit(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_operations),
		cmocka_unit_test(fill_reaches_the_edge),
		cmocka_unit_test(resize_cuts_wide_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
