/* The bytes of protocol v1 and of the records: written down once, they can not
 * change without this test. */
#include "test.h"

#include <string.h>

#include "base/limits.h"
#include "wire/shim_proto.h"

static void
header_golden(void **state)
{
	static const uint8_t golden[8] = { 0x78, 0x56, 0x02, 0x00, 0x41, 0x01, 0x00,
		0x00 };
	uint8_t bytes[8];
	struct shim_header h = { 0 };

	shim_header_put(
	    bytes, (struct shim_header){ 0x25678, SHIM_OUTPUT, SHIM_OUTPUT_STDERR });
	assert_memory_equal(bytes, golden, 8);
	assert_true(shim_header_get(golden, &h));
	assert_int_equal(h.length, 0x25678);
	assert_int_equal(h.type, 65);
	assert_int_equal(h.flags, 1);
}

static void
header_refuses(void **state)
{
	struct shim_header h = { 7, 7, 7 };
	uint8_t bytes[8];

	shim_header_put(bytes, (struct shim_header){ LIMIT_SHIM_FRAME_BYTES, 1, 0 });
	assert_true(shim_header_get(bytes, &h));
	shim_header_put(bytes, (struct shim_header){ LIMIT_SHIM_FRAME_BYTES + 1, 1, 0 });
	h.length = 7;
	assert_false(shim_header_get(bytes, &h));
	assert_int_equal(h.length, 7); /* untouched */
	shim_header_put(bytes, (struct shim_header){ 0, 1, 0 });
	bytes[6] = 1;
	assert_false(shim_header_get(bytes, &h));
	bytes[6] = 0;
	bytes[7] = 128;
	assert_false(shim_header_get(bytes, &h));
}

static void
numbers_are_frozen(void **state)
{
	/* clang-format off */
	static const struct { int is, must_be; } number[] = {
		{ SHIM_HELLO, 1 }, { SHIM_INPUT, 2 }, { SHIM_RESIZE, 3 }, { SHIM_CONTROL, 4 },
		{ SHIM_SIGNAL, 5 }, { SHIM_KEYFRAME, 6 }, { SHIM_ACK, 7 }, { SHIM_QUERY, 8 },
		{ SHIM_CLOSE_INPUT, 9 }, { SHIM_WELCOME, 64 }, { SHIM_OUTPUT, 65 },
		{ SHIM_LOST, 66 }, { SHIM_KEYFRAME_DATA, 67 }, { SHIM_RESIZED, 68 },
		{ SHIM_EXIT, 69 }, { SHIM_INPUT_DONE, 70 }, { SHIM_STATUS, 71 },
		{ SHIM_VIEWERS, 72 }, { SHIM_ERROR, 73 },
		{ SHIM_VIEWER_ENGINE, 1 }, { SHIM_VIEWER_LAZY, 2 }, { SHIM_VIEWER_READ_ONLY, 4 },
		{ SHIM_VIEWER_NO_OUTPUT, 8 }, { SHIM_INPUT_MORE, 1 }, { SHIM_OUTPUT_STDERR, 1 },
		{ SHIM_IS_PIPE, 1 }, { SHIM_EXITED, 2 }, { SHIM_RING_MEMORY, 4 },
		{ SHIM_HAS_KEYFRAME, 8 }, { SHIM_TO_FOREGROUND, 0 }, { SHIM_TO_CHILD, 1 },
		{ SHIM_TO_TREE, 2 }, { SHIM_STARTING, 0 }, { SHIM_RUNNING, 1 }, { SHIM_GONE, 2 },
		{ SHIM_FAILED, 3 }, { SHIM_STATUS_SLOT, 1024 }, { SHIM_RING_HEADER, 64 },
		{ SHIM_RING_DATA, 65600 }, { SHIM_KEYFRAME_HEADER, 40 },
	};

	/* clang-format on */

	for (size_t i = 0; i < ARRAY_LEN(number); i++)
		assert_int_equal(number[i].is, number[i].must_be);
	assert_true(SHIM_FROM_KEYFRAME == 0xffffffffffffffffu);
	assert_true(SHIM_FROM_END == 0xfffffffffffffffeu);
}

static void
fields_golden(void **state)
{
	static const uint8_t golden[15] = { 0x01, 0x03, 0x02, 0x07, 0x06, 0x05, 0x04,
		0x0f, 0x0e, 0x0d, 0x0c, 0x0b, 0x0a, 0x09, 0x08 };
	struct shim_reader r = { .p = golden, .end = golden + sizeof golden };
	uint8_t bytes[15];

	assert_ptr_equal(
	    shim_put_u64(
		shim_put_u32(shim_put_u16(shim_put_u8(bytes, 1), 0x0203), 0x04050607),
		0x08090a0b0c0d0e0f),
	    bytes + 15);
	assert_memory_equal(bytes, golden, sizeof golden);
	assert_int_equal(shim_get_u8(&r), 1);
	assert_int_equal(shim_get_u16(&r), 0x0203);
	assert_int_equal(shim_get_u32(&r), 0x04050607);
	assert_true(shim_get_u64(&r) == 0x08090a0b0c0d0e0f);
	assert_false(r.bad);
	assert_ptr_equal(r.p, r.end);
}

static void
reader_is_bounded(void **state)
{
	static const uint8_t three[3] = { 1, 2, 3 };
	struct shim_reader r = { .p = three, .end = three + 3 };

	assert_int_equal(shim_get_u32(&r), 0);
	assert_true(r.bad);
	assert_int_equal(shim_get_u8(&r), 0); /* it sticks */
	assert_ptr_equal(r.p, three);
}

static void
crc_golden(void **state)
{
	assert_int_equal(shim_crc32(0, "123456789", 9), 0xcbf43926);
	assert_int_equal(shim_crc32(shim_crc32(0, "12345", 5), "6789", 4), 0xcbf43926);
	assert_int_equal(shim_crc32(0, "", 0), 0);
}

static void
status_golden(void **state)
{
	static const char golden[] = "belay-shim-status 1 7 541cdc59\n"
				     "session 01900000-0000-7000-8000-000000000001\n"
				     "generation 3\n"
				     "shim_pid 11\n"
				     "shim_start 18446744073709551615\n"
				     "child_pid 12\n"
				     "child_start 5\n"
				     "cols 120\n"
				     "rows 30\n"
				     "pipe 1\n"
				     "state 2\n"
				     "exec_errno 0\n"
				     "exit_code -1\n"
				     "exit_signal 9\n"
				     "started_ms -1\n"
				     "exited_ms 1795232693450\n"
				     "ring_bytes 1048576\n"
				     "lost_bytes 4\n"
				     "ring_errno 28\n"
				     "leftover 2\n";
	const struct shim_status s = { .seq = 7,
		.session = "01900000-0000-7000-8000-000000000001",
		.generation = 3,
		.shim_pid = 11,
		.shim_start = UINT64_MAX,
		.child_pid = 12,
		.child_start = 5,
		.cols = 120,
		.rows = 30,
		.pipe = true,
		.state = SHIM_GONE,
		.exit_code = -1,
		.exit_signal = 9,
		.started_ms = -1,
		.exited_ms = 1795232693450,
		.ring_bytes = 1048576,
		.lost_bytes = 4,
		.ring_errno = 28,
		.leftover = 2 };
	char slot[SHIM_STATUS_SLOT];

	assert_true(shim_status_put(slot, &s));
	assert_memory_equal(slot, golden, sizeof golden - 1);
	for (size_t i = sizeof golden - 1; i < sizeof slot; i++)
		assert_int_equal(slot[i], '\n');
}

static void
largest_status_fits(void **state)
{
	struct shim_status s;
	char slot[SHIM_STATUS_SLOT];

	memset(&s, 0xff, sizeof s);
	memset(s.session, 'a', sizeof s.session - 1);
	s.session[sizeof s.session - 1] = '\0';
	s.pipe = true;
	s.exec_errno = s.exit_code = s.exit_signal = s.ring_errno = INT32_MIN;
	s.shim_pid = s.child_pid = INT32_MIN;
	s.started_ms = s.exited_ms = INT64_MIN;
	assert_true(shim_status_put(slot, &s));
}

static void
ring_golden(void **state)
{
	static const uint8_t golden[SHIM_RING_HEADER] = { 'b', 'e', 'l', 'a', 'y', '-',
		'r', 'i', 'n', 'g', ' ', '1', 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0,
		0, 3, 0, 0, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0xfb, 0xe6, 0xe2, 0xf7 };
	static const uint8_t mark[16] = { 9, 8, 0, 0, 0, 0, 0, 0, 80, 0, 24, 0, 1, 0, 0,
		0 };
	uint8_t bytes[SHIM_RING_HEADER];

	shim_ring_put(bytes, &(struct shim_ring_info){ .generation = 2,
				 .pipe = 1,
				 .capacity = 65536,
				 .start = 3,
				 .end = 260,
				 .marks = 5 });
	assert_memory_equal(bytes, golden, sizeof golden);
	shim_mark_put(bytes, &(struct shim_mark){ 0x809, 80, 24, 1 });
	assert_memory_equal(bytes, mark, sizeof mark);
}

static void
keyframe_golden(void **state)
{
	static const uint8_t golden[SHIM_KEYFRAME_HEADER] = { 'b', 'e', 'l', 'a', 'y',
		'-', 'k', 'e', 'y', 'f', 'r', 'a', 'm', 'e', ' ', '1', 1, 0, 0, 0, 2, 0,
		0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 4, 0, 5 };
	uint8_t bytes[SHIM_KEYFRAME_HEADER];

	shim_keyframe_put(bytes, &(struct shim_keyframe_info){ 1, 2, 3, 4, 5 });
	assert_memory_equal(bytes, golden, sizeof golden);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_golden),
		cmocka_unit_test(header_refuses),
		cmocka_unit_test(numbers_are_frozen),
		cmocka_unit_test(fields_golden),
		cmocka_unit_test(reader_is_bounded),
		cmocka_unit_test(crc_golden),
		cmocka_unit_test(status_golden),
		cmocka_unit_test(largest_status_fits),
		cmocka_unit_test(ring_golden),
		cmocka_unit_test(keyframe_golden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
