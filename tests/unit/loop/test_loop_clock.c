/* The time of a turn, and the time that a test makes pass. */
#include "loop_test.h"

struct alarm {
	struct loop_timer timer;
	struct loop *loop;
	unsigned calls;
	mono_t at;
};

static void
alarm_fired(struct loop_timer *timer)
{
	struct alarm *a = container_of(timer, struct alarm, timer);

	a->calls++;
	a->at = loop_now(a->loop);
}

/* The clock of the system goes on meanwhile, that of the turn does not. */
static void
time_stands_still_in_a_turn(void **state)
{
	mono_t turn = loop_now(*state), real = os_mono();
	wall_t wall = loop_wall(*state);

	while (os_mono().ns < real.ns + 3000000)
		;
	assert_int_equal(loop_now(*state).ns, turn.ns);
	assert_int_equal(loop_wall(*state).ms, wall.ms);
	assert_int_equal(loop_turn(*state, false), 0);
	assert_true(loop_now(*state).ns >= turn.ns + 3000000);
}

static void
both_clocks_advance(void **state)
{
	mono_t now = loop_now(*state);
	wall_t wall = loop_wall(*state);

	loop_clock_advance(*state, 3600000);
	assert_true(mono_ms_between(now, loop_now(*state)) >= 3600000);
	assert_true(loop_wall(*state).ms - wall.ms >= 3599000);
	loop_clock_advance(*state, 1000);
	assert_true(mono_ms_between(now, loop_now(*state)) >= 3601000);
}

/* A timer of a day that was started before fires when a day was made to pass. */
static void
timers_follow(void **state)
{
	struct alarm a = { .loop = *state };
	mono_t begin = loop_now(*state);

	loop_timer_start(*state, &a.timer, 86400000, alarm_fired);
	loop_clock_advance(*state, 86399000 - 60000);
	assert_int_equal(loop_turn(*state, false), 0);
	assert_int_equal(a.calls, 0);
	loop_clock_advance(*state, 61000);
	turn_until(*state, a.calls == 1);
	assert_true(mono_ms_between(begin, a.at) >= 86400000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		loop_test(time_stands_still_in_a_turn),
		loop_test(both_clocks_advance),
		loop_test(timers_follow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
