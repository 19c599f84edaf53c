/* compiler.h: attributes and the few macros every file may use.
 *
 * Only what gcc 12 and clang 14 both accept.  Attribute names are written with
 * underscores, so that a foreign header which defines the plain word is not
 * hurt. */
#ifndef BASE_COMPILER_H
#define BASE_COMPILER_H

#include <stddef.h>

#define MUST_CHECK   __attribute__((__warn_unused_result__))
#define PRINTF(f, a) __attribute__((__format__(__printf__, f, a)))
#define UNUSED       __attribute__((__unused__))
#define NORETURN     __attribute__((__noreturn__))
#define EXPORT       __attribute__((__visibility__("default")))
#define likely(x)    __builtin_expect(!!(x), 1)
#define unlikely(x)  __builtin_expect(!!(x), 0)
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define container_of(ptr, type, member)                                                  \
	((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#endif
