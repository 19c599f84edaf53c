/* Posts from threads: none is lost, many may become one. */
#include "loop_test.h"

#include <pthread.h>
#include <stdatomic.h>

#define THREADS 4
#define POSTS   20000u

struct counter {
	struct loop_post post;
	struct loop *loop;
	atomic_uint sent;
	unsigned seen, calls;
};

static void *
counter_thread(void *arg)
{
	struct counter *c = arg;

	for (unsigned i = 0; i < POSTS; i++) {
		atomic_fetch_add(&c->sent, 1);
		loop_post_send(&c->post);
	}
	return NULL;
}

static void
counter_posted(struct loop_post *post)
{
	struct counter *c = container_of(post, struct counter, post);

	c->calls++;
	c->seen = atomic_load(&c->sent);
	if (c->seen == THREADS * POSTS)
		loop_quit(c->loop);
}

static void
nothing_sent_is_lost(void **state)
{
	struct counter c = { .loop = *state };
	pthread_t threads[THREADS];

	assert_int_equal(loop_post_start(*state, &c.post, counter_posted), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, counter_thread, &c), 0);
	assert_int_equal(loop_run(*state), 0);
	for (int i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	assert_int_equal(c.seen, THREADS * POSTS);
	assert_in_range(c.calls, 1, THREADS * POSTS);
	/* Stopped with a post under way: no call comes. */
	assert_int_equal(loop_turn(*state, false), 0);
	c.calls = 0;
	loop_post_send(&c.post);
	loop_post_stop(&c.post);
	loop_post_stop(&c.post);
	assert_int_equal(loop_turn(*state, false), 0);
	assert_int_equal(c.calls, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { loop_test(nothing_sent_is_lost) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
