/* The mask is inherited at creation, so it is set around it. */
#include "store/thread.h"

#include <signal.h>

#include "base/fault.h"

int
thread_start(pthread_t *ret, void *(*fn)(void *), void *arg)
{
	sigset_t all, before;
	int r;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(ret, NULL, fn, arg);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return fault(-r);
}
