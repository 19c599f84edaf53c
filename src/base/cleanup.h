/* cleanup.h: local owners.  `cleanup_free char *p = NULL;` frees p at the end
 * of its block; TAKE_PTR(p) and TAKE_FD(fd) hand the value out and leave the
 * owner empty. */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void
cleanup_freep(void *p)
{
	free(*(void **)p);
}

static inline void
cleanup_fdp(const int *p)
{
	if (*p >= 0)
		(void)close(*p);
}

static inline void
cleanup_filep(FILE **p)
{
	if (*p)
		(void)fclose(*p);
}

#define cleanup_free __attribute__((__cleanup__(cleanup_freep)))
#define cleanup_fd   __attribute__((__cleanup__(cleanup_fdp)))
#define cleanup_file __attribute__((__cleanup__(cleanup_filep)))

#define TAKE(var, none)                                                                  \
	({                                                                               \
		__typeof__(var) *take_ = &(var);                                         \
		__typeof__(var) got_ = *take_;                                           \
		*take_ = (none);                                                         \
		got_;                                                                    \
	})
#define TAKE_PTR(p) TAKE(p, NULL)
#define TAKE_FD(fd) TAKE(fd, -1)

#endif
