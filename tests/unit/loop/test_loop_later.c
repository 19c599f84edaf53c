/* The end of the turn: once, in order, before the next wait. */
#include "loop_test.h"

struct work {
	struct loop_later later;
	struct loop *loop;
	struct loop_later *add, *cancel;
	unsigned calls, order;
	unsigned again; /* so often it asks for itself */
};

static unsigned order;

static void
work_run(struct loop_later *later)
{
	struct work *w = container_of(later, struct work, later);

	w->calls++;
	w->order = ++order;
	if (w->again > 0) {
		w->again--;
		loop_later(w->loop, later, work_run);
	}
	if (w->add)
		loop_later(w->loop, w->add, work_run);
	if (w->cancel)
		loop_later_cancel(w->loop, w->cancel);
}

static void
once_and_in_order(void **state)
{
	struct work w[3] = { { .loop = *state }, { .loop = *state }, { .loop = *state } };

	order = 0;
	for (int i = 0; i < 3; i++) {
		loop_later(*state, &w[i].later, work_run);
		loop_later(*state, &w[0].later, work_run);
	}
	assert_int_equal(w[0].calls, 0);
	assert_int_equal(loop_turn(*state, true), 0);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(w[i].calls, 1);
		assert_int_equal(w[i].order, i + 1);
	}
	assert_int_equal(loop_turn(*state, false), 0);
	assert_int_equal(w[0].calls, 1);
}

static void
cancelled_in_every_place(void **state)
{
	struct work w[4];

	memset(w, 0, sizeof(w));
	for (int i = 0; i < 4; i++)
		w[i].loop = *state;
	loop_later_cancel(*state, &w[0].later); /* not queued: nothing */
	/* Last of the queue, then one more is added. */
	loop_later(*state, &w[0].later, work_run);
	loop_later(*state, &w[1].later, work_run);
	loop_later_cancel(*state, &w[1].later);
	loop_later(*state, &w[2].later, work_run);
	/* Cancelled by one that runs before it in the same turn. */
	w[0].cancel = &w[2].later;
	w[0].add = &w[3].later;
	assert_int_equal(loop_turn(*state, false), 0);
	assert_int_equal(loop_turn(*state, false), 0);
	assert_int_equal(w[0].calls, 1);
	assert_int_equal(w[1].calls, 0);
	assert_int_equal(w[2].calls, 0);
	assert_int_equal(w[3].calls, 1);
}

static void
asking_again_means_the_next_turn_and_no_wait(void **state)
{
	struct work w = { .loop = *state, .again = 5 };

	loop_later(*state, &w.later, work_run);
	/* With nothing else to wake it, a wait before the work is done would last. */
	turn_until(*state, w.calls == 6);
	assert_int_equal(loop_turn(*state, false), 0);
	assert_int_equal(w.calls, 6);
}

struct timed {
	struct loop_timer timer;
	struct work work;
};

static void
timed_fired(struct loop_timer *timer)
{
	struct timed *t = container_of(timer, struct timed, timer);

	loop_later(t->work.loop, &t->work.later, work_run);
}

static void
work_run_and_quit(struct loop_later *later)
{
	work_run(later);
	loop_quit(container_of(later, struct work, later)->loop);
}

static void
timed_fired_in_run(struct loop_timer *timer)
{
	struct timed *t = container_of(timer, struct timed, timer);

	loop_later(t->work.loop, &t->work.later, work_run_and_quit);
}

static void
work_of_a_timer_runs_before_the_wait(void **state)
{
	struct timed t = { .work.loop = *state };

	loop_timer_start(*state, &t.timer, 1, timed_fired);
	turn_until(*state, t.work.calls == 1);
	/* The same under loop_run(), which would wait for ever. */
	loop_timer_start(*state, &t.timer, 1, timed_fired_in_run);
	assert_int_equal(loop_run(*state), 0);
	assert_int_equal(t.work.calls, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		loop_test(once_and_in_order),
		loop_test(cancelled_in_every_place),
		loop_test(asking_again_means_the_next_turn_and_no_wait),
		loop_test(work_of_a_timer_runs_before_the_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
