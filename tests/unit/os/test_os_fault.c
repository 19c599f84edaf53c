/* The injection itself: silent unless asked for, and then exact. */
#include "os/os.h"

#include <errno.h>

#include "os_test.h"

static void
only_with_both_variables(void **state)
{
	/* Set before the first question of this process, see main(). */
	errno = 0;
	assert_false(os_fault());
	assert_true(os_fault());
	assert_int_equal(errno, ENOSPC);
	assert_false(os_fault());
	assert_int_equal(os_fault_calls(), 3);
	os_fault_set(1, EIO);
	assert_int_equal(os_fault_calls(), 0);
	assert_true(os_fault());
	assert_int_equal(errno, EIO);
	os_fault_set(0, EIO);
	for (int i = 0; i < 100; i++)
		assert_false(os_fault());
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(only_with_both_variables) };

	(void)setenv("BELAY_TEST", "1", 1);
	(void)setenv("FAULT_AT", "2", 1);
	(void)setenv("FAULT_ERRNO", "28", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
