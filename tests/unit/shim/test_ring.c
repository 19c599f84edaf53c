/* The ring against a naive model: random pushes, marks and reads, in a file, in
 * memory, and with neither. */
#include "test.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shim/ring.h"

#define SIZE  70000u
#define TOTAL (16u << 20)

static struct ring ring;
static char name[] = "ring";
static uint64_t seed;

static unsigned
random_below(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

/* The byte of each position is known, so no copy is needed. */
static uint8_t
byte_at(uint64_t position)
{
	return (uint8_t)(position * 2654435761u >> 7);
}

static void
push(size_t n)
{
	static uint8_t block[RING_BLOCK];

	while (n > 0) {
		size_t part = n < sizeof block ? n : sizeof block;

		for (size_t i = 0; i < part; i++)
			block[i] = byte_at(ring.end + i);
		ring_push(&ring, block, part);
		n -= part;
	}
}

static void
check(void)
{
	uint64_t start = ring_start(&ring), at = start;

	assert_true(start <= ring.end && ring.end - start <= SIZE);
	if (start < ring.end)
		at += random_below((unsigned)(ring.end - start));
	while (at < ring.end) {
		size_t len;
		const uint8_t *p = ring_peek(&ring, at, 1 + random_below(40000), &len);

		assert_non_null(p);
		assert_true(len > 0 && len <= ring.end - at);
		for (size_t i = 0; i < len; i++)
			assert_int_equal(p[i], byte_at(at + i));
		at += len;
	}
}

static void
open_ring(void)
{
	memset(&ring, 0, sizeof ring);
	assert_int_equal(ring_open(&ring, name, SIZE, 3, false), 0);
	ring_mark(&ring, 80, 24, false);
}

static void
close_ring(void)
{
	if (ring.memory)
		(void)munmap(ring.memory, ring.capacity);
	if (ring.fd >= 0)
		(void)close(ring.fd);
}

static void
run_random(void)
{
	while (ring.end < TOTAL / 8) {
		push(1 + random_below(random_below(4) == 0 ? 100000 : 300));
		if (random_below(3) == 0)
			check();
	}
}

static void
holds_the_last_bytes(void **state)
{
	seed = 1;
	open_ring();
	assert_int_equal(ring_start(&ring), 0);
	run_random();
	assert_int_equal(ring.error, 0);
	assert_int_equal(ring.lost, 0);
	assert_int_equal(ring.end - ring_start(&ring), SIZE);
	close_ring();
}

/* The header promises only what is whole, at any moment a shim may die. */
static void
file_is_whole_at_any_time(void **state)
{
	uint8_t header[SHIM_RING_HEADER];
	static uint8_t byte[SIZE];
	FILE *f;

	seed = 2;
	open_ring();
	push(500000);
	f = fopen(name, "r");
	assert_non_null(f);
	assert_int_equal(fread(header, 1, sizeof header, f), sizeof header);
	assert_memory_equal(header, SHIM_RING_MAGIC, 12);
	/* A block more: what the header before it promised still stands. */
	{
		uint64_t end = ring.end, start = ring_start(&ring);

		push(RING_BLOCK);
		for (uint64_t at = start; at < end; at++) {
			uint64_t place = SHIM_RING_DATA + at % (SIZE + RING_BLOCK);

			if (at == start || at % (SIZE + RING_BLOCK) == 0)
				assert_int_equal(fseek(f, (long)place, SEEK_SET), 0);
			assert_int_equal(fread(byte, 1, 1, f), 1);
			assert_int_equal(byte[0], byte_at(at));
		}
	}
	fclose(f);
	close_ring();
}

static void
with_limit(rlim_t bytes, void (*run)(void))
{
	struct rlimit old, limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit = old;
	limit.rlim_cur = bytes;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	run();
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
}

static void
goes_on_in_memory(void **state)
{
	seed = 3;
	open_ring();
	push(20000);
	with_limit(SHIM_RING_DATA + 30000, run_random);
	assert_int_equal(ring.error, EFBIG);
	assert_true(ring.lost > 0 && ring.lost < ring.end);
	assert_int_equal(ring.end - ring_start(&ring), SIZE);
	check();
	close_ring();
}

static void
unreadable_file_is_lost_not_fatal(void **state)
{
	size_t len;

	seed = 4;
	open_ring();
	push(RING_BLOCK + 1000);
	assert_int_equal(truncate(name, 0), 0);
	assert_null(ring_peek(&ring, ring_start(&ring), 10, &len));
	assert_true(ring_start(&ring) > 0);
	check();
	close_ring();
}

static void
marks_hold_where_they_were_made(void **state)
{
	struct shim_mark m;
	uint64_t next;

	open_ring();
	ring_mark(&ring, 80, 24, false); /* nothing new */
	push(10);
	ring_mark(&ring, 100, 24, false);
	ring_mark(&ring, 100, 30, false); /* at the same place: the last counts */
	push(10);
	ring_mark(&ring, 100, 30, true);
	push(10);
	m = ring_mark_at(&ring, 0, &next);
	assert_int_equal(m.cols, 80);
	assert_int_equal(next, 10);
	m = ring_mark_at(&ring, 9, &next);
	assert_int_equal(m.cols, 80);
	m = ring_mark_at(&ring, 10, &next);
	assert_int_equal(m.rows, 30);
	assert_false(m.is_stderr);
	assert_int_equal(next, 20);
	m = ring_mark_at(&ring, 30, &next);
	assert_true(m.is_stderr);
	assert_true(next == UINT64_MAX);
	close_ring();
}

static void
no_byte_is_without_a_mark(void **state)
{
	open_ring();
	for (unsigned i = 0; i < 3 * SHIM_RING_MARKS; i++) {
		uint64_t next;

		push(2);
		ring_mark(&ring, 80, 24, i % 2);
		/* Every pair of bytes changed the stream: odd pairs follow an even mark.
		 */
		for (unsigned k = 0; k < 3; k++) {
			uint64_t start = ring_start(&ring);
			uint64_t at = start + random_below((unsigned)(ring.end - start));
			struct shim_mark m = ring_mark_at(&ring, at, &next);

			assert_true(m.position <= at && at < next);
			if (at >= 4)
				assert_int_equal(m.is_stderr, at / 2 % 2 == 0);
		}
	}
	assert_int_equal(
	    ring.end - ring_start(&ring), 2 * (SHIM_RING_MARKS - SHIM_RING_SLACK - 1));
	close_ring();
}

static int
enter_directory(void **state)
{
	static char dir[] = "/tmp/belay-test-ring-XXXXXX";

	*state = mkdtemp(dir);
	return *state ? chdir(*state) : -1;
}

static int
leave_directory(void **state)
{
	return unlink(name) | chdir("/") | rmdir(*state);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_the_last_bytes),
		cmocka_unit_test(file_is_whole_at_any_time),
		cmocka_unit_test(goes_on_in_memory),
		cmocka_unit_test(unreadable_file_is_lost_not_fatal),
		cmocka_unit_test(marks_hold_where_they_were_made),
		cmocka_unit_test(no_byte_is_without_a_mark),
	};

	return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
