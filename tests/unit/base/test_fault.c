#include "base/fault.h"

#include <errno.h>
#include <string.h>

#include "../test.h"

static int
deep(int r)
{
	return fault(r);
}

static int
shallow(int r)
{
	return fault(deep(r));
}

static void
remembers_the_path(void **state)
{
	fault_clear();
	assert_int_equal(shallow(-EIO), -EIO);
	assert_non_null(strstr(fault_trace(), "deep < "));
	assert_non_null(strstr(fault_trace(), "shallow"));
	fault_clear();
	assert_string_equal(fault_trace(), "");
}

static void
outcomes_pass_unseen(void **state)
{
	fault_clear();
	assert_int_equal(shallow(0), 0);
	assert_int_equal(shallow(3), 3);
	assert_string_equal(fault_trace(), "");
}

static void
is_bounded(void **state)
{
	fault_clear();
	for (int i = 0; i < 1000; i++)
		assert_int_equal(shallow(-EIO), -EIO);
	assert_true(strlen(fault_trace()) < 512);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(remembers_the_path),
		cmocka_unit_test(outcomes_pass_unseen), cmocka_unit_test(is_bounded) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
