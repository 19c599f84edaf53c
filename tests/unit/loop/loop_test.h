/* loop_test.h: what the tests of this folder begin with. */
#ifndef LOOP_TEST_H
#define LOOP_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/compiler.h"
#include "loop/loop.h"
#include "os/os.h"

/* valgrind has no pidfds, makes a fork of the vfork in posix_spawn() so that exec
 * errors do not come back, and keeps resource limits to itself. */
static inline bool
under_valgrind(void)
{
	const char *preload = getenv("LD_PRELOAD");

	return preload && strstr(preload, "vgpreload");
}

static inline int
loop_setup(void **state)
{
	struct loop *l = NULL;

	if (loop_new(&l) != 0)
		return -1;
	*state = l;
	return 0;
}

static inline int
loop_teardown(void **state)
{
	return loop_free(*state) == NULL ? 0 : -1;
}

#define loop_test(f) cmocka_unit_test_setup_teardown(f, loop_setup, loop_teardown)

/* Turns until the condition holds; a broken loop is ended by the test runner. */
#define turn_until(l, condition)                                                         \
	do {                                                                             \
		assert_int_equal(loop_turn((l), true), 0);                               \
	} while (!(condition))

#endif
