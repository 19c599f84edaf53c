/* loop_uv.h: what the files of this folder share.  Nobody else includes it.
 *
 * A source points at its handle and the handle points back at its source.  A
 * handle that was closed has no source; libuv gives it back to the heap when
 * it is done with it. */
#ifndef LOOP_LOOP_UV_H
#define LOOP_LOOP_UV_H

#include <uv.h>

#include "base/list.h"
#include "loop/loop.h"

struct loop_clock {
	bool valid; /* the two times are those of this turn */
	mono_t now;
	wall_t wall;
	uint64_t ahead_ms; /* loop_clock_advance() */
};

struct loop {
	uv_loop_t uv;
	uv_prepare_t prepare; /* also keeps uv_run() from returning */
	uv_check_t check;
	uv_idle_t idle; /* runs while loop_later() work is left: no waiting then */
	struct list handles;
	struct loop_clock *clock;
	struct loop_later *first, **last; /* the queue */
	struct loop_later *batch;         /* what this turn runs of it */
	uint64_t calls;                   /* callbacks made so far */
	bool turning, quit;
};

struct loop_handle {
	union {
		uv_handle_t handle;
		uv_poll_t poll;
		uv_timer_t timer;
		uv_signal_t signal;
		uv_async_t async;
		uv_fs_event_t fs;
	} uv; /* first: libuv's pointer is ours */
	struct loop *loop;
	struct list node; /* in loop.handles until it is closed */
	void *source;
	void **source_handle; /* the source's pointer to us */
	unsigned want;        /* loop_fd */
	mono_t due;           /* loop_timer */
};

/* A handle that is not known to libuv yet; loop_handle_drop() undoes that. */
struct loop_handle *loop_handle_new(struct loop *l, void *source, void **source_handle);
void loop_handle_drop(struct loop_handle *h);
/* Parts source and handle; libuv frees it at the end of the turn.  NULL is fine. */
void loop_handle_close(struct loop_handle *h);
/* A callback of `h` begins: its source, or NULL when it was stopped. */
void *loop_handle_enter(struct loop_handle *h);
void loop_clock_forget(struct loop *l);
void loop_timer_rearm_all(struct loop *l);
void loop_later_run(struct loop *l);

#endif
