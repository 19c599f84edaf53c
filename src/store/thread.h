/* thread.h: starts the store's threads. */
#ifndef STORE_THREAD_H
#define STORE_THREAD_H

#include <pthread.h>

#include "base/compiler.h"

/* The thread takes no signals: they are the loop's. */
int thread_start(pthread_t *ret, void *(*fn)(void *), void *arg) MUST_CHECK;

#endif
