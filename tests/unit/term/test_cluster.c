/* Texts of several code points: slots, their limit, and their return. */
#include "term/cluster.h"

#include "fixture.h"

static int32_t
make(struct cluster_table *c, struct str text)
{
	int32_t id = cluster_new(c, text);

	if (id < 0) { /* all that are in use stay */
		cluster_sweep_begin(c);
		for (uint32_t i = 0; i < c->cap; i++)
			cluster_mark(c, i);
		cluster_sweep_end(c);
		id = cluster_new(c, text);
	}
	return id;
}

static void
appends_up_to_the_limit(void **ctx)
{
	struct cluster_table c = { 0 };
	int32_t id = make(&c, STR("e"));
	unsigned n = 0;

	assert_true(id >= 0);
	while (cluster_append(&c, (uint32_t)id, STR("\xcc\x81")))
		n++;
	assert_int_equal(n, (CLUSTER_BYTES - 1) / 2);
	assert_int_equal(cluster_text(&c, (uint32_t)id).len, 1 + 2 * n);
	cluster_deinit(&c);
}

static void
sweep_gives_slots_back(void **ctx)
{
	struct cluster_table c = { 0 };
	int32_t keep;

	for (unsigned i = 0; i < 100; i++)
		assert_true(make(&c, STR("ab")) >= 0);
	keep = make(&c, STR("kept"));
	cluster_sweep_begin(&c);
	cluster_mark(&c, (uint32_t)keep);
	cluster_sweep_end(&c);
	assert_true(str_eqz(cluster_text(&c, (uint32_t)keep), "kept"));
	assert_int_equal(cluster_new(&c, STR("xy")), 0);
	assert_int_equal(cluster_memory(&c), c.cap * 64);
	cluster_deinit(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(appends_up_to_the_limit),
		cmocka_unit_test(sweep_gives_slots_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
