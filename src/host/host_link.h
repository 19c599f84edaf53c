/* host_link.h: a link from the inside; shared by the files of this folder.
 *
 * Every way in from the loop is between link_enter() and link_leave(): a link
 * that is freed by one of its own events is only closed there, and its memory
 * goes when the last of them is left.  After each event `ended` must be looked
 * at. */
#ifndef HOST_HOST_LINK_H
#define HOST_HOST_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "host/host.h"
#include "loop/loop.h"

struct host_spawn;

enum host_state {
	HOST_STARTING, /* the shim was not heard of yet */
	HOST_WAITING,  /* not connected; retry or the directory's watch goes on */
	HOST_GREETING, /* connected, HELLO sent */
	HOST_LINKED,   /* WELCOME came */
	HOST_OVER,     /* failed, gone or freed: no event comes any more */
};

/* An input that needed several frames: done when each was. */
struct host_split {
	uint32_t id;
	unsigned left;
	uint8_t worst;
};

struct host_link {
	struct loop *loop;
	host_event_fn fn;
	void *ctx;
	char *dir;
	enum host_state state;
	struct shim_status status;
	unsigned busy; /* link_enter() calls that were not left */
	bool freed;

	/* host_spawn.c */
	struct host_spawn *spawn;
	char stage[32]; /* of a failed start */
	int start_errno;
	struct loop_later later; /* an event owed by host_start() or host_adopt() */

	/* host_connect.c */
	struct loop_child process; /* the shim */
	struct loop_timer retry;
	struct loop_dir watch;
	uint64_t backoff_ms;
	mono_t signal_next; /* no SIGUSR1 before */
	bool outage;        /* there was a connection */
	bool told;          /* HOST_EV_UNREACHABLE was given for this outage */
	bool acknowledged;  /* the shim will end */

	/* host_stream.c */
	int fd; /* -1: none */
	struct loop_fd io;
	uint64_t position; /* of the next byte; or SHIM_FROM_KEYFRAME */
	unsigned viewers;
	struct buf in;
	struct buf keyframe; /* the parts that came */
	uint64_t keyframe_position;
	uint16_t keyframe_cols, keyframe_rows;
	uint32_t keyframe_total;

	/* host_send.c */
	struct buf out;
	size_t out_done;     /* bytes of out that are sent */
	size_t out_keyframe; /* bytes of a keyframe in out */
	struct host_split *splits;
	size_t split_count;
};

static inline bool
link_over(const struct host_link *h)
{
	return h->state == HOST_OVER;
}

/* host.c */
void host_enter(struct host_link *h);
void host_leave(struct host_link *h);
void host_emit(struct host_link *h, const struct host_event_data *d);
void host_emit_status(struct host_link *h, enum host_event event, uint64_t position);
/* Takes over what the record says if it is of our generation. */
void host_status_read(struct host_link *h);

/* host_spawn.c */
int host_spawn_begin(struct host_link *h, const struct host_spec *spec) MUST_CHECK;
void host_spawn_end(struct host_link *h);

/* host_connect.c */
void host_connect_try(struct host_link *h);
void host_connect_lost(struct host_link *h);
void host_connect_made(struct host_link *h);
void host_connect_end(struct host_link *h);

/* host_stream.c */
int host_stream_open(struct host_link *h, int fd) MUST_CHECK; /* takes over fd */
void host_stream_drain(struct host_link *h);
void host_stream_close(struct host_link *h);

/* host_send.c */
void host_send_hello(struct host_link *h);
void host_send_flush(struct host_link *h);
/* One answer for input `id`; true when it was the last, *ret is the result of all. */
bool host_send_done(struct host_link *h, uint32_t id, uint8_t result, uint8_t *ret);
void host_send_clear(struct host_link *h);

#endif
