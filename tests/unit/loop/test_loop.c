/* The loop itself: it sleeps when there is nothing to do, and ends cleanly
 * with anything still running. */
#include "loop_test.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

static void
nothing_fd(struct loop_fd *s, unsigned io)
{
	(void)s;
	(void)io;
}

static void
nothing_timer(struct loop_timer *s)
{
	(void)s;
}

static void
nothing_post(struct loop_post *s)
{
	(void)s;
}

static void
free_with_everything_running(void **state)
{
	struct loop *l = NULL;
	struct loop_timer timer = { 0 };
	struct loop_post post = { 0 };
	struct loop_fd fd = { 0 };
	int p[2];

	assert_int_equal(os_pipe(p), 0);
	assert_int_equal(loop_new(&l), 0);
	loop_timer_start(l, &timer, 1, nothing_timer);
	assert_int_equal(loop_post_start(l, &post, nothing_post), 0);
	assert_int_equal(loop_fd_start(l, &fd, p[0], LOOP_READ, nothing_fd), 0);
	assert_null(loop_free(l));
	/* Its sources are stopped ones now. */
	loop_timer_stop(&timer);
	loop_post_stop(&post);
	loop_fd_stop(&fd);
	assert_null(loop_free(NULL));
	(void)close(p[0]);
	(void)close(p[1]);
}

struct idle {
	struct loop_timer end;
	struct loop_fd fd;
	struct loop *loop;
};

static void
idle_end(struct loop_timer *timer)
{
	loop_quit(container_of(timer, struct idle, end)->loop);
}

static void
an_idle_loop_does_not_wake(void **state)
{
	struct idle i = { .loop = *state };
	struct rusage before, after;
	int p[2];

	assert_int_equal(os_pipe(p), 0);
	assert_int_equal(loop_fd_start(*state, &i.fd, p[0], LOOP_READ, nothing_fd), 0);
	loop_timer_start(*state, &i.end, 300, idle_end);
	assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
	assert_int_equal(loop_run(*state), 0);
	assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
	/* The one wait for the timer, and its correction by a millisecond or so. */
	assert_in_range(after.ru_nvcsw - before.ru_nvcsw, 1, 8);
	loop_fd_stop(&i.fd);
	(void)close(p[0]);
	(void)close(p[1]);
}

static void
the_clock_stands_within_a_turn(void **state)
{
	mono_t a = loop_now(*state), b;
	wall_t w = loop_wall(*state);

	while (os_mono().ns < a.ns + 3000000u)
		continue;
	b = loop_now(*state);
	assert_int_equal(a.ns, b.ns);
	assert_int_equal(w.ms, loop_wall(*state).ms);
	assert_int_equal(loop_turn(*state, false), 0);
	assert_true(loop_now(*state).ns >= a.ns + 3000000u);
}

static void
quit_before_run_returns_at_once(void **state)
{
	loop_quit(*state);
	assert_int_equal(loop_run(*state), 0);
	assert_non_null(loop_native(*state));
}

static void
no_loop_without_memory(void **state)
{
	struct loop *l = NULL;

	os_fault_set(1, EMFILE);
	assert_int_equal(loop_new(&l), -EMFILE);
	os_fault_set(0, EIO);
	assert_null(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(free_with_everything_running),
		loop_test(an_idle_loop_does_not_wake),
		loop_test(the_clock_stands_within_a_turn),
		loop_test(quit_before_run_returns_at_once),
		cmocka_unit_test(no_loop_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
