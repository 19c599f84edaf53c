/* The environment is read once, at the first question.  Without FAULT_AT the
 * price of a question is one relaxed increment. */
#include "os/os.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static atomic_uint_fast64_t calls;
static atomic_uint_fast64_t fail_at; /* 0: never */
static atomic_int fail_errno;

static void
fault_read_env(void)
{
	const char *test = getenv("BELAY_TEST");
	int64_t err = EIO;
	uint64_t n;

	atomic_store(&fail_errno, EIO);
	if (!str_eqz(str_of(test), "1") || !str_to_u64(str_of(getenv("FAULT_AT")), &n))
		return;
	if (str_to_i64(str_of(getenv("FAULT_ERRNO")), &err) && err > 0 && err < 4096)
		atomic_store(&fail_errno, (int)err);
	atomic_store(&fail_at, n);
}

bool
os_fault(void)
{
	static const char mark[] = "fault: a call was made to fail\n";
	uint64_t nth;

	(void)pthread_once(&once, fault_read_env);
	nth = atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed) + 1;
	if (likely(nth != atomic_load_explicit(&fail_at, memory_order_relaxed)))
		return false;
	/* A test learns from it that n was reached. */
	(void)!write(STDERR_FILENO, mark, sizeof(mark) - 1);
	errno = atomic_load(&fail_errno);
	return true;
}

uint64_t
os_fault_calls(void)
{
	return atomic_load(&calls);
}

void
os_fault_set(uint64_t nth, int err)
{
	(void)pthread_once(&once, fault_read_env);
	atomic_store(&fail_errno, err);
	atomic_store(&fail_at, nth);
	atomic_store(&calls, 0);
}
