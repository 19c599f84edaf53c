/* fault.h: what an int result means.
 *
 *   0          done
 *   negative   a fault, -errno: something that should not have happened.  Pass
 *              it up unchanged as `return fault(r);`; nobody but the top acts
 *              on its number.
 *   positive   an outcome: an enum documented beside the function.  The direct
 *              caller handles every one and never passes it on.
 *
 * fault() costs nothing on success.  On failure it remembers the path the
 * fault took (file, line, function), bounded, per thread; fault_trace() gives
 * it as text for the log and fault_clear() forgets it. */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include "base/compiler.h"

int fault_at(int r, const char *file, int line, const char *func);
/* The path of the last fault, newest frame last; "" when there is none.
 * Valid until the next call in this thread. */
const char *fault_trace(void);
void fault_clear(void);

static inline int
fault_pass(int r, const char *file, int line, const char *func)
{
	return unlikely(r < 0) ? fault_at(r, file, line, func) : r;
}

/* Evaluates r once, so `return fault(thing_do(t));` is fine. */
#define fault(r) fault_pass((r), __FILE__, __LINE__, __func__)

/* A check that is owed but not written yet; tools/sizes counts these. */
#define assert_later(x) ((void)sizeof(x))

#endif
