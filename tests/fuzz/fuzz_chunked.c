/* A chunked body: any pieces give the same outcome and body, within its bound.
 * First byte: length of the pieces. */
#include <assert.h>
#include <stdint.h>

#include "http/chunked.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
decode(struct str in, size_t piece, struct buf *body)
{
	struct chunked c = { 0 };
	int r = 0;

	while (!r && in.len) {
		size_t n = piece < in.len ? piece : in.len;

		r = chunked_feed(&c, str_make(in.p, n), body);
		in = str_make(in.p + n, in.len - n);
	}
	return r;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole = BUF(512), parts = BUF(512);
	struct str in;
	int r;

	if (size < 2)
		return 0;
	in = str_make((const char *)data + 1, size - 1);
	r = decode(in, size, &whole);
	assert(decode(in, 1 + data[0] % 16u, &parts) == r);
	if (r != CHUNKED_E_LARGE)
		assert(str_eq(buf_str(&whole), buf_str(&parts)));
	buf_deinit(&whole);
	buf_deinit(&parts);
	return 0;
}
