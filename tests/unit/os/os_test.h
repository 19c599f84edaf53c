/* os_test.h: a directory of its own for each test, removed by plain tools. */
#ifndef OS_TEST_H
#define OS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* valgrind has no pidfds, makes a fork of the vfork in posix_spawn() so that exec
 * errors do not come back, and keeps resource limits to itself. */
static inline bool
under_valgrind(void)
{
	const char *preload = getenv("LD_PRELOAD");

	return preload && strstr(preload, "vgpreload");
}

struct scratch {
	char path[128];
};

static inline int
scratch_setup(void **state)
{
	struct scratch *s = calloc(1, sizeof(*s));

	(void)snprintf(s->path, sizeof(s->path), "%s/belay-test-XXXXXX",
	    getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(s->path))
		return -1;
	*state = s;
	return 0;
}

static inline int
scratch_teardown(void **state)
{
	struct scratch *s = *state;
	char command[400];
	int r;

	(void)snprintf(command, sizeof(command), "chmod -R u+rwx '%s' && rm -rf '%s'",
	    s->path, s->path);
	r = system(command);
	free(s);
	return r;
}

static inline const char *
scratch_path(const struct scratch *s, const char *name)
{
	static char path[4][512];
	static unsigned at;
	char *p = path[at++ % 4];

	(void)snprintf(p, sizeof(path[0]), "%s/%s", s->path, name);
	return p;
}

#define scratch_test(f)                                                                  \
	cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

#endif
