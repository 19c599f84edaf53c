/* spec.h: what the shim is asked to start; its form is in shim_proto.h. */
#ifndef SHIM_SPEC_H
#define SHIM_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

struct spec {
	const char *session, *cwd, *program;
	char **argv, **env; /* NULL-terminated */
	uint32_t generation, linger_s;
	uint16_t cols, rows;
	uint64_t ring_bytes;
	bool pipe;
	/* private */
	char **words;
};

/* Reads fd to its end into buf; -E2BIG when it holds more than cap bytes. */
int spec_read(int fd, char *buf, size_t cap, size_t *ret_len) MUST_CHECK;
/* Strict; the strings stay in text.  On failure -errno and the name of the bad
 * field.  spec_free() releases what a success allocated. */
int spec_parse(struct spec *s, char *text, size_t len, const char **ret_field) MUST_CHECK;
void spec_free(struct spec *s);

#endif
