/* The trace is a small per-thread text: a frame is appended each time a fault
 * passes through fault().  When it is full the oldest frames stay, because
 * they name the origin. */
#include "base/fault.h"

#include <stdio.h>
#include <string.h>

static _Thread_local char trace[512];
static _Thread_local size_t used;
static _Thread_local int current;

int
fault_at(int r, const char *file, int line, const char *func)
{
	const char *base = strrchr(file, '/');
	int n;

	if (r != current) {
		used = 0;
		current = r;
	}
	if (used < sizeof(trace) - 1) {
		n = snprintf(trace + used, sizeof(trace) - used, "%s%s:%d %s",
		    used ? " < " : "", base ? base + 1 : file, line, func);
		if (n > 0)
			used += (size_t)n < sizeof(trace) - used
				    ? (size_t)n
				    : sizeof(trace) - used - 1;
	}
	return r;
}

const char *
fault_trace(void)
{
	return used ? trace : "";
}

void
fault_clear(void)
{
	used = 0;
	current = 0;
	trace[0] = '\0';
}
