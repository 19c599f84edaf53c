/* A turn is libuv's: timers, then prepare, the wait, events, check, closing.
 *
 * Work for the end of the turn runs at prepare (what the timers asked for) and
 * at check (what the events asked for), so the wait never begins while there
 * is some.  The clock is forgotten at the same two places and read again when
 * first asked.
 *
 * Neither handle wakes anything: with nothing to do the thread stays in one
 * epoll_wait() without a time limit. */
#include "loop/loop.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/fault.h"
#include "base/str.h"
#include "loop/loop_uv.h"
#include "os/os.h"

static void
loop_prepare(uv_prepare_t *prepare)
{
	struct loop *l = container_of(prepare, struct loop, prepare);

	loop_later_run(l);
	loop_clock_forget(l);
}

static void
loop_check(uv_check_t *check)
{
	struct loop *l = container_of(check, struct loop, check);

	loop_later_run(l);
	loop_clock_forget(l);
}

int
loop_new(struct loop **ret)
{
	struct loop *l = xnew(struct loop);
	int r;

	list_init(&l->handles);
	l->last = &l->first;
	l->clock = xnew(struct loop_clock);
	r = os_fault() ? -errno : uv_loop_init(&l->uv);
	if (r < 0) {
		free(l->clock);
		free(l);
		return fault(r);
	}
	/* None of these can fail. */
	(void)uv_prepare_init(&l->uv, &l->prepare);
	(void)uv_check_init(&l->uv, &l->check);
	(void)uv_idle_init(&l->uv, &l->idle);
	(void)uv_prepare_start(&l->prepare, loop_prepare);
	(void)uv_check_start(&l->check, loop_check);
	*ret = l;
	return 0;
}

/* A library that used loop_native() may need some turns to close its handles.
 * If it never does, the loop's memory is left to the end of the process. */
struct loop *
loop_free(struct loop *l)
{
	if (!l)
		return NULL;
	list_for_each_safe (it, &l->handles)
		loop_handle_close(container_of(it, struct loop_handle, node));
	uv_close((uv_handle_t *)&l->prepare, NULL);
	uv_close((uv_handle_t *)&l->check, NULL);
	uv_close((uv_handle_t *)&l->idle, NULL);
	for (int turns = 0; turns < 64; turns++) {
		(void)uv_run(&l->uv, UV_RUN_NOWAIT);
		if (uv_loop_close(&l->uv) == 0) {
			free(l->clock);
			free(l);
			break;
		}
	}
	return NULL;
}

int
loop_run(struct loop *l)
{
	assert(!l->turning);
	l->turning = true;
	while (!l->quit)
		(void)uv_run(&l->uv, UV_RUN_DEFAULT);
	l->quit = false;
	l->turning = false;
	return 0;
}

/* uv_run() waits even if it had timers to run before the wait; so first a turn
 * without a wait, and another only if that one had nothing to do. */
int
loop_turn(struct loop *l, bool wait)
{
	uint64_t calls = l->calls;

	assert(!l->turning);
	l->turning = true;
	(void)uv_run(&l->uv, UV_RUN_NOWAIT);
	if (wait && calls == l->calls)
		(void)uv_run(&l->uv, UV_RUN_ONCE);
	/* UV_RUN_ONCE may end with timers. */
	loop_later_run(l);
	loop_clock_forget(l);
	l->turning = false;
	return 0;
}

void
loop_quit(struct loop *l)
{
	l->quit = true;
	uv_stop(&l->uv);
}

void *
loop_native(struct loop *l)
{
	return &l->uv;
}
