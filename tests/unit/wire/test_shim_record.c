/* Reading what a shim left: whole records give what was written, torn or
 * foreign ones give nothing. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "wire/shim_proto.h"

static struct shim_status
sample(uint64_t seq)
{
	struct shim_status s;

	memset(&s, 0, sizeof s); /* padding too: compared as bytes */
	s.seq = seq;
	memcpy(s.session, "01900000-0000-7000-8000-000000000001", 37);
	s.generation = 4000000000u;
	s.shim_start = UINT64_MAX;
	s.exit_code = INT32_MIN;
	s.exit_signal = INT32_MAX;
	s.started_ms = INT64_MIN;
	s.exited_ms = INT64_MAX;
	s.cols = UINT16_MAX;
	s.pipe = true;
	s.state = SHIM_FAILED;
	return s;
}

static void
status_round_trip(void **state)
{
	struct shim_status s = sample(41), got;
	char file[2 * SHIM_STATUS_SLOT] = { 0 };

	memset(&got, 0, sizeof got);
	assert_false(shim_status_get(file, sizeof file, &got));
	assert_true(shim_status_put(file + SHIM_STATUS_SLOT, &s));
	assert_true(shim_status_get(file, sizeof file, &got));
	assert_memory_equal(&got, &s, sizeof s);
}

static void
newest_whole_slot_counts(void **state)
{
	struct shim_status old = sample(8), new = sample(9), got;
	char file[2 * SHIM_STATUS_SLOT];

	assert_true(shim_status_put(file, &new));
	assert_true(shim_status_put(file + SHIM_STATUS_SLOT, &old));
	assert_true(shim_status_get(file, sizeof file, &got));
	assert_int_equal(got.seq, 9);
	assert_true(shim_status_get(file, SHIM_STATUS_SLOT, &got));
	assert_int_equal(got.seq, 9);
	assert_false(shim_status_get(file, SHIM_STATUS_SLOT - 1, &got));
	file[500] ^= 1;
	assert_true(shim_status_get(file, sizeof file, &got));
	assert_int_equal(got.seq, 8);
	assert_false(shim_status_get(file, SHIM_STATUS_SLOT, &got));
}

static void
every_flipped_bit_is_seen(void **state)
{
	struct shim_status s = sample(1), got;
	char slot[SHIM_STATUS_SLOT];

	assert_true(shim_status_put(slot, &s));
	for (size_t bit = 0; bit < 8 * sizeof slot; bit++) {
		slot[bit / 8] ^= (char)(1 << bit % 8);
		assert_false(shim_status_get(slot, sizeof slot, &got));
		slot[bit / 8] ^= (char)(1 << bit % 8);
	}
}

/* A slot with this body and a right checksum. */
static bool
body_is_taken(const char *body)
{
	struct shim_status got;
	char slot[SHIM_STATUS_SLOT], crc[9];
	int head =
	    snprintf(slot, sizeof slot, "belay-shim-status 1 5 00000000\n%s", body);

	assert_true(head > 0 && head < (int)sizeof slot);
	memset(slot + head, '\n', sizeof slot - (size_t)head);
	(void)snprintf(crc, sizeof crc, "%08x", shim_crc32(0, slot, sizeof slot));
	memcpy(slot + 22, crc, 8);
	return shim_status_get(slot, sizeof slot, &got);
}

#define HEAD                                                                             \
	"session a\ngeneration 1\nshim_pid 1\nshim_start 1\nchild_pid 1\n"               \
	"child_start 1\ncols 1\nrows 1\npipe 0\nstate 1\nexec_errno 0\nexit_code 0\n"    \
	"exit_signal 0\nstarted_ms 0\nexited_ms 0\nring_bytes 0\nlost_bytes "            \
	"0\nring_errno 0\n"

static void
body_is_checked(void **state)
{
	assert_true(body_is_taken(HEAD "leftover 0\n"));
	assert_true(
	    body_is_taken(HEAD "leftover 0\nfuture key\n")); /* a later version's */
	assert_false(body_is_taken(HEAD));                   /* one is missing */
	assert_false(body_is_taken(HEAD "leftover 0\nleftover 0\n"));
	assert_false(body_is_taken(HEAD "leftover\n"));
	assert_false(body_is_taken(HEAD "leftover -1\n"));
	assert_false(body_is_taken(HEAD "leftover 4294967296\n"));
	assert_false(body_is_taken(HEAD "leftover 99999999999999999999999\n"));
	assert_false(body_is_taken(HEAD "leftover 0x\n"));
	assert_false(body_is_taken(HEAD "leftover \n"));
	assert_false(body_is_taken(""));
	assert_false(body_is_taken("session ../x\n"));
}

static void
ring_round_trip(void **state)
{
	struct shim_ring_info i = { 7, 1, 131072, 5, 100000, 9 }, got;
	uint8_t bytes[SHIM_RING_HEADER];
	struct shim_mark m = { 77, 100, 50, 1 }, back;

	shim_ring_put(bytes, &i);
	assert_true(shim_ring_get(bytes, &got));
	assert_memory_equal(&got, &i, sizeof i);
	for (size_t at = 0; at < sizeof bytes; at++) {
		bytes[at] ^= 4;
		assert_false(shim_ring_get(bytes, &got));
		bytes[at] ^= 4;
	}
	i.start = i.end + 1;
	shim_ring_put(bytes, &i);
	assert_false(shim_ring_get(bytes, &got));
	i.start = 0;
	i.end = i.capacity + 1;
	shim_ring_put(bytes, &i);
	assert_false(shim_ring_get(bytes, &got));
	shim_mark_put(bytes, &m);
	back = shim_mark_get(bytes);
	assert_int_equal(back.position, 77);
	assert_int_equal(back.cols, 100);
	assert_int_equal(back.rows, 50);
	assert_int_equal(back.is_stderr, 1);
}

static void
keyframe_round_trip(void **state)
{
	struct shim_keyframe_info k = { 1, 2, UINT64_MAX, 4, 5 }, got;
	uint8_t bytes[SHIM_KEYFRAME_HEADER];

	shim_keyframe_put(bytes, &k);
	assert_true(shim_keyframe_get(bytes, &got));
	assert_memory_equal(&got, &k, sizeof k);
	bytes[15] = '2';
	assert_false(shim_keyframe_get(bytes, &got));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_round_trip),
		cmocka_unit_test(newest_whole_slot_counts),
		cmocka_unit_test(every_flipped_bit_is_seen),
		cmocka_unit_test(body_is_checked),
		cmocka_unit_test(ring_round_trip),
		cmocka_unit_test(keyframe_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
