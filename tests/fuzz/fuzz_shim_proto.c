/* What comes from a shim's files and sockets: never read past the end, and what
 * is taken is written back to the same bytes. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/limits.h"
#include "wire/shim_proto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
status(const uint8_t *data, size_t size)
{
	struct shim_status s, again;
	char file[2 * SHIM_STATUS_SLOT];

	memset(&s, 0, sizeof s);
	memset(&again, 0, sizeof again);
	if (!shim_status_get((const char *)data, size, &s))
		return;
	assert(s.state <= SHIM_FAILED && memchr(s.session, '\0', sizeof s.session));
	assert(shim_status_put(file, &s));
	assert(shim_status_get(file, SHIM_STATUS_SLOT, &again));
	assert(memcmp(&s, &again, sizeof s) == 0);
}

/* A body with its checksum made right, so that the parser behind it is reached. */
static void
status_body(const uint8_t *data, size_t size)
{
	static const char head[] = SHIM_STATUS_MAGIC "5 00000000\n";
	char slot[SHIM_STATUS_SLOT];
	size_t len = sizeof head - 1;
	uint32_t crc;

	memset(slot, '\n', sizeof slot);
	memcpy(slot, head, len);
	memcpy(slot + len, data, size < sizeof slot - len ? size : sizeof slot - len);
	crc = shim_crc32(0, slot, sizeof slot);
	for (int i = 0; i < 8; i++)
		slot[22 + i] = "0123456789abcdef"[crc >> (28 - 4 * i) & 15];
	status((const uint8_t *)slot, sizeof slot);
}

static void
frames(const uint8_t *data, size_t size)
{
	struct shim_header h;
	uint8_t again[SHIM_HEADER_BYTES];

	while (size >= SHIM_HEADER_BYTES && shim_header_get(data, &h)) {
		struct shim_reader r = { .p = data + SHIM_HEADER_BYTES };
		size_t len = size - SHIM_HEADER_BYTES < h.length
				 ? size - SHIM_HEADER_BYTES
				 : h.length;

		assert(h.length <= LIMIT_SHIM_FRAME_BYTES);
		shim_header_put(again, h);
		assert(memcmp(again, data, sizeof again) == 0);
		r.end = r.p + len;
		while (!r.bad) {
			(void)shim_get_u8(&r);
			(void)shim_get_u16(&r);
			(void)shim_get_u32(&r);
			(void)shim_get_u64(&r);
			assert(r.p <= r.end);
		}
		data += SHIM_HEADER_BYTES + len;
		size -= SHIM_HEADER_BYTES + len;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shim_ring_info ring;
	struct shim_keyframe_info keyframe;
	uint8_t bytes[SHIM_RING_HEADER];

	status(data, size);
	status_body(data, size);
	frames(data, size);
	if (size >= SHIM_RING_HEADER && shim_ring_get(data, &ring)) {
		shim_ring_put(bytes, &ring);
		assert(memcmp(bytes, data, SHIM_RING_HEADER) == 0);
	}
	if (size >= SHIM_KEYFRAME_HEADER && shim_keyframe_get(data, &keyframe))
		shim_keyframe_put(bytes, &keyframe);
	return 0;
}
