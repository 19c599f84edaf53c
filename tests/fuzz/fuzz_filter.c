/* The escape filter: any chunks give the same, what has passed passes again
 * unchanged, and memory is bounded.  First byte: flags; second: length of the
 * chunks. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "term/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
filter(unsigned flags, const void *bytes, size_t len, size_t chunk, struct buf *out)
{
	const uint8_t *p = bytes;
	struct term_filter f;

	term_filter_init(&f, flags);
	for (size_t at = 0; at < len; at += chunk) {
		term_filter_feed(&f, p + at, chunk < len - at ? chunk : len - at, out);
		assert(f.held.len <= 8192);
	}
	term_filter_deinit(&f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole = BUF_UNLIMITED, parts = BUF_UNLIMITED, again = BUF_UNLIMITED;
	unsigned flags;
	size_t chunk;

	if (size < 2)
		return 0;
	flags = data[0] & 31u;
	chunk = 1 + data[1] % 16u;
	filter(flags, data + 2, size - 2, size, &whole);
	filter(flags, data + 2, size - 2, chunk, &parts);
	assert(whole.len == parts.len);
	assert(!memcmp(buf_text(&whole), buf_text(&parts), whole.len));
	filter(flags, buf_text(&whole), whole.len, chunk, &again);
	/* Text cut at the end may be held back for good. */
	assert(again.len <= whole.len);
	assert(!memcmp(buf_text(&whole), buf_text(&again), again.len));
	assert(whole.len - again.len < 4);
	buf_deinit(&whole);
	buf_deinit(&parts);
	buf_deinit(&again);
	return 0;
}
