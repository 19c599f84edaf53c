/* The memory behind a source: it outlives the source until the loop let go of it. */
#include "loop_test.h"

#include "base/list.h"
#include "loop/loop_uv.h"

static unsigned calls;
static int readable = -1;

static void
on_pipe(struct loop_fd *io, unsigned events)
{
	char c;

	(void)io;
	(void)events;
	calls++;
	assert_int_equal(read(readable, &c, 1), 1);
}

/* A source ends and begins again in one turn, as a reconnect does it; its memory
 * is another's at once, and no event of the old one comes. */
static void
a_source_may_be_reused_at_once(void **state)
{
	struct loop_fd io = { 0 };
	int ends[2];

	calls = 0;
	assert_int_equal(os_pipe(ends), 0);
	readable = ends[0];
	assert_int_equal(write(ends[1], "ab", 2), 2);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(
		    loop_fd_start(*state, &io, ends[0], LOOP_READ, on_pipe), 0);
		loop_fd_stop(&io);
		memset(&io, 0, sizeof(io));
	}
	assert_int_equal(loop_turn(*state, false), 0);
	assert_int_equal(calls, 0);
	assert_int_equal(loop_fd_start(*state, &io, ends[0], LOOP_READ, on_pipe), 0);
	turn_until(*state, calls == 2);
	loop_fd_stop(&io);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static void
a_handle_knows_its_source_until_it_is_closed(void **state)
{
	int source = 0;
	void *slot = NULL;
	struct loop *l = *state;
	struct loop_handle *h = loop_handle_new(l, &source, &slot);
	uint64_t before = l->calls;

	assert_ptr_equal(slot, h);
	assert_ptr_equal(loop_handle_enter(h), &source);
	assert_int_equal(l->calls, before + 1);
	assert_int_equal(uv_timer_init(&l->uv, &h->uv.timer), 0);
	loop_handle_close(h);
	assert_null(slot);
	assert_null(loop_handle_enter(h)); /* an event under way finds nobody */
	/* The teardown proves that nothing is left of it. */
}

/* Dropped is what libuv never saw. */
static void
a_dropped_handle_leaves_nothing(void **state)
{
	int source = 0;
	void *slot = NULL;

	loop_handle_drop(loop_handle_new(*state, &source, &slot));
	assert_null(slot);
	loop_handle_close(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		loop_test(a_source_may_be_reused_at_once),
		loop_test(a_handle_knows_its_source_until_it_is_closed),
		loop_test(a_dropped_handle_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
