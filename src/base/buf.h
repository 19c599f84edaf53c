/* buf.h: bytes that grow up to a named maximum.
 *
 * A writer never has to check each step: the first failure (maximum reached,
 * or no memory) sticks, later writes do nothing, and buf_failed() tells at the
 * end.  Invariants: len <= max; when data is not NULL, data[len] is NUL, so
 * the content can be read as a C string.  Embedded: start with BUF(max), end
 * with buf_deinit(); a deinit'ed or zeroed buf is a valid dead value. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/str.h"

struct buf {
	char *data; /* may be read; written only through these functions */
	size_t len;
	/* private */
	size_t cap;
	size_t max;
	bool failed;
};

#define BUF(maximum)  ((struct buf){ .max = (maximum) })
#define BUF_UNLIMITED ((struct buf){ .max = SIZE_MAX / 2 })

void buf_deinit(struct buf *b);
void buf_clear(struct buf *b); /* empties and forgets a failure; keeps the memory */
void buf_put(struct buf *b, const void *p, size_t len);
void buf_puts(struct buf *b, const char *z);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF(2, 3);
void buf_vprintf(struct buf *b, const char *fmt, va_list ap) PRINTF(2, 0);
/* Room for n more bytes at data + len, to be filled by the caller and then
 * claimed with buf_grew(); NULL when the maximum forbids it. */
char *buf_room(struct buf *b, size_t n);
void buf_grew(struct buf *b, size_t n);
void buf_eat(struct buf *b, size_t n); /* drops n bytes at the front */
bool buf_failed(const struct buf *b);
struct str buf_str(const struct buf *b);
const char *buf_text(const struct buf *b); /* never NULL */
char *buf_take(struct buf *b);             /* hands the heap text out; never NULL */
/* Text from outside for a log or a terminal: control characters, DEL, C1 and
 * invalid UTF-8 become \xNN, backslash is doubled. */
void buf_put_escaped(struct buf *b, struct str s);
/* A JSON string with its quotes. */
void buf_put_json(struct buf *b, struct str s);
/* UTF-8 of one code point; an invalid one gives U+FFFD. */
void buf_put_utf8(struct buf *b, uint32_t cp);

#define cleanup_buf __attribute__((__cleanup__(buf_deinit)))

#endif
