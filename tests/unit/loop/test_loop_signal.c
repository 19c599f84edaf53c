#include "loop_test.h"

#include <signal.h>

struct watch {
	struct loop_signal signal;
	struct loop *loop;
	unsigned calls;
	int signo;
};

static void
watch_came(struct loop_signal *signal, int signo)
{
	struct watch *w = container_of(signal, struct watch, signal);

	w->calls++;
	w->signo = signo;
	loop_signal_stop(signal);
}

static void
a_signal_is_a_callback(void **state)
{
	struct watch w = { .loop = *state }, other = { .loop = *state };

	assert_int_equal(loop_signal_start(*state, &w.signal, SIGUSR1, watch_came), 0);
	assert_int_equal(
	    loop_signal_start(*state, &other.signal, SIGUSR2, watch_came), 0);
	assert_int_equal(loop_turn(*state, false), 0);
	assert_int_equal(w.calls, 0);
	(void)raise(SIGUSR1);
	turn_until(*state, w.calls == 1);
	assert_int_equal(w.signo, SIGUSR1);
	assert_int_equal(other.calls, 0);
	/* It can be started again after it stopped itself. */
	assert_int_equal(loop_signal_start(*state, &w.signal, SIGUSR1, watch_came), 0);
	(void)raise(SIGUSR1);
	turn_until(*state, w.calls == 2);
	loop_signal_stop(&other.signal);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { loop_test(a_signal_is_a_callback) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
