/* Timers against a naive model: a list searched for the least time. */
#include "loop_test.h"

#include <stdio.h>

#define TIMERS 300

struct item {
	struct loop_timer timer;
	struct loop *loop;
	uint64_t due_ns; /* 0: the model says it is stopped */
	unsigned fired;
};

static struct item items[TIMERS];
static uint64_t last_due_ns;
static unsigned fired_total;
static bool shuffle;
static unsigned seed;

static unsigned
pick(unsigned n)
{
	return (unsigned)rand_r(&seed) % n;
}

static void item_fired(struct loop_timer *timer);

static void
item_start(struct item *it, uint64_t after_ms)
{
	it->due_ns = loop_now(it->loop).ns + after_ms * 1000000u;
	loop_timer_start(it->loop, &it->timer, after_ms, item_fired);
}

static void
item_stop(struct item *it)
{
	it->due_ns = 0;
	loop_timer_stop(&it->timer);
}

static void
item_fired(struct loop_timer *timer)
{
	struct item *it = container_of(timer, struct item, timer);

	assert_true(it->due_ns != 0);
	assert_true(loop_now(it->loop).ns >= it->due_ns);
	assert_false(loop_timer_active(timer));
	if (!shuffle) {
		/* libuv orders by milliseconds. */
		assert_true(it->due_ns + 1000000u > last_due_ns);
		last_due_ns = it->due_ns;
	}
	it->due_ns = 0;
	it->fired++;
	fired_total++;
	if (shuffle) {
		item_stop(&items[pick(TIMERS)]);
		if (pick(3) > 0)
			item_start(&items[pick(TIMERS)], pick(20));
	}
}

static unsigned
model_running(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < TIMERS; i++) {
		assert_int_equal(
		    items[i].due_ns != 0, loop_timer_active(&items[i].timer));
		n += items[i].due_ns != 0;
	}
	return n;
}

static void
items_init(struct loop *l)
{
	memset(items, 0, sizeof(items));
	for (unsigned i = 0; i < TIMERS; i++)
		items[i].loop = l;
	last_due_ns = 0;
	fired_total = 0;
}

static void
many_fire_in_order_and_never_early(void **state)
{
	items_init(*state);
	shuffle = false;
	/* Far enough away that none is due before all are started, however slow we are;
	 * then the clock is moved near them. */
	for (unsigned i = 0; i < TIMERS; i++)
		item_start(&items[i], 60000 + pick(60));
	/* Some are moved, some stopped. */
	for (unsigned i = 0; i < TIMERS; i += 5)
		item_start(&items[i], 60000 + pick(60));
	for (unsigned i = 0; i < TIMERS; i += 10)
		item_stop(&items[i]);
	assert_int_equal(model_running(), TIMERS - TIMERS / 10);
	loop_clock_advance(*state, 60000);
	turn_until(*state, model_running() == 0);
	assert_int_equal(fired_total, TIMERS - TIMERS / 10);
	for (unsigned i = 0; i < TIMERS; i++)
		assert_int_equal(items[i].fired, i % 10 != 0);
}

static void
started_and_stopped_in_callbacks(void **state)
{
	items_init(*state);
	shuffle = true;
	for (unsigned i = 0; i < TIMERS; i++)
		item_start(&items[i], pick(20));
	for (int turns = 0; turns < 200 && model_running() > 0; turns++)
		assert_int_equal(loop_turn(*state, true), 0);
	for (unsigned i = 0; i < TIMERS; i++)
		item_stop(&items[i]);
	assert_int_equal(model_running(), 0);
	assert_true(fired_total > 100);
}

struct owner {
	struct loop_timer timer;
	int *calls;
};

static void
owner_ends_itself(struct loop_timer *timer)
{
	struct owner *o = container_of(timer, struct owner, timer);

	++*o->calls;
	free(o);
}

static void
owner_stops_and_ends_itself(struct loop_timer *timer)
{
	loop_timer_stop(timer);
	owner_ends_itself(timer);
}

static void
owner_may_be_freed_in_its_callback(void **state)
{
	int calls = 0;

	for (int i = 0; i < 10; i++) {
		struct owner *o = calloc(1, sizeof(*o));

		o->calls = &calls;
		loop_timer_start(*state, &o->timer, 0,
		    i % 2 ? owner_ends_itself : owner_stops_and_ends_itself);
	}
	turn_until(*state, calls == 10);
}

static void
stopped_before_due_never_fires(void **state)
{
	struct owner *o = calloc(1, sizeof(*o));
	struct owner other = { 0 };
	int calls = 0;

	loop_timer_stop(&other.timer); /* zeroed is stopped */
	assert_false(loop_timer_active(&other.timer));
	loop_timer_start(*state, &o->timer, 0, owner_ends_itself);
	loop_timer_stop(&o->timer);
	free(o);
	o = calloc(1, sizeof(*o));
	o->calls = &calls;
	loop_timer_start(*state, &o->timer, 5, owner_ends_itself);
	turn_until(*state, calls == 1);
}

static void
far_away_is_not_now(void **state)
{
	struct owner o = { 0 };

	loop_timer_start(*state, &o.timer, UINT64_MAX, owner_ends_itself);
	assert_int_equal(loop_turn(*state, false), 0);
	assert_true(loop_timer_active(&o.timer));
	loop_timer_stop(&o.timer);
}

static void
tests_may_move_the_clock(void **state)
{
	mono_t before = loop_now(*state);
	wall_t wall = loop_wall(*state);

	items_init(*state);
	shuffle = false;
	for (unsigned i = 0; i < TIMERS; i++)
		item_start(&items[i], 3600000u + i * 1000u);
	loop_clock_advance(*state, 3600000u + 99u * 1000u);
	turn_until(*state, fired_total >= 100);
	assert_int_equal(fired_total, 100);
	for (unsigned i = 0; i < TIMERS; i++)
		assert_int_equal(items[i].fired, i < 100);
	assert_true(mono_ms_between(before, loop_now(*state)) >= 3699000);
	assert_true(loop_wall(*state).ms - wall.ms >= 3699000);
	for (unsigned i = 0; i < TIMERS; i++)
		item_stop(&items[i]);
}

static int
seed_setup(void **state)
{
	const char *given = getenv("TEST_SEED");
	int64_t value;

	if (!str_to_i64(str_of(given), &value))
		os_random(&value, sizeof(value));
	seed = (unsigned)value;
	(void)fprintf(stderr, "TEST_SEED=%u\n", seed);
	return loop_setup(state);
}

#define seed_test(f) cmocka_unit_test_setup_teardown(f, seed_setup, loop_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		seed_test(many_fire_in_order_and_never_early),
		seed_test(started_and_stopped_in_callbacks),
		loop_test(owner_may_be_freed_in_its_callback),
		loop_test(stopped_before_due_never_fires),
		loop_test(far_away_is_not_now),
		loop_test(tests_may_move_the_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
