/* spec.h: what the shim is asked to start; its form is in shim_proto.h. */
#ifndef SHIM_SPEC_H
#define SHIM_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/limits.h"

struct spec {
	const char *session, *cwd, *program;
	const char **argv, **env; /* NULL-terminated */
	uint64_t generation, cols, rows, ring_bytes, linger_s;
	bool pipe;
};

/* Most words of argv and env with the NULL behind each. */
#define SPEC_WORDS (LIMIT_ARGV + LIMIT_ENV + 2)

/* Reads fd to its end into buf; -E2BIG when it does not hold less than cap bytes. */
int spec_read(int fd, char *buf, size_t cap, size_t *ret_len) MUST_CHECK;
/* Strict.  *s points into text and into room (SPEC_WORDS of them).  NULL, or
 * the name of the field that is wrong. */
const char *spec_parse(
    struct spec *s, char *text, size_t len, const char **room) MUST_CHECK;

#endif
