/* shim.h: one agent, what it said, and who looks at it.
 *
 * Everything is one struct, made by main.c and run by shim.c; viewer.c speaks
 * with viewers, input.c holds what they typed until the agent takes it.  Times
 * are microseconds of the monotonic clock, read once a turn; 0: not set.  All
 * signals are blocked and come as events, so no call is ever interrupted. */
#ifndef SHIM_SHIM_H
#define SHIM_SHIM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "shim/child.h"
#include "shim/ring.h"
#include "wire/shim_proto.h"

#define SHIM_RETRY_US    100000 /* before what had no file is tried again */
#define SHIM_QUEUE_BYTES 98304u /* most that waits for one viewer */

enum shim_timer {
	TIMER_ACCEPT,  /* no file was free: viewers are not looked for until then */
	TIMER_OUTPUT,  /* the terminal hung up: it is not looked at until then */
	TIMER_OWNER,   /* the owner of the input loses it */
	TIMER_LAZY,    /* gathered output goes out */
	TIMER_REDRAW,  /* the agent is made to draw its screen anew, by a false size, */
	TIMER_RESTORE, /* and gets the true one again */
	TIMER_LINGER,  /* nobody acknowledged the exit */
	TIMER_LEAVE,   /* set: leaving; viewers may drain until then */
	TIMER_COUNT
};

/* A drawn screen: `bytes` of info.length draw it at info.position. */
struct keyframe {
	uint8_t *bytes; /* NULL: none */
	struct shim_keyframe_info info;
	uint32_t have, viewer; /* a draft: bytes that came, from whom */
};

struct viewer {
	uint32_t id;
	int fd;
	bool greeted, dead, drawing, exit_told;
	bool blocked;        /* gets nothing before its socket can be written */
	uint32_t flags;      /* enum shim_viewer_flags */
	uint64_t position;   /* of the next byte it gets */
	uint32_t drawn;      /* drawing: bytes of the keyframe sent */
	uint16_t cols, rows; /* as it was told last */
	size_t in_len, out_len;
	uint8_t
	    in[SHIM_HEADER_BYTES + LIMIT_SHIM_FRAME_BYTES]; /* the beginning of a frame */
	uint8_t out[SHIM_QUEUE_BYTES]; /* what the socket did not take yet */
};

struct input {
	struct input *next;
	uint32_t viewer, id;
	size_t len, done;
	bool more;
	uint8_t bytes[];
};

struct shim {
	const char *dir;
	int signals, listener, status_fd;
	int64_t now, timer[TIMER_COUNT], redraw_next;
	struct shim_status status;
	int64_t linger_us;
	struct child child;
	struct ring ring;
	uint64_t exit_position;
	struct keyframe keyframe, draft;

	struct viewer *viewer[LIMIT_SHIM_VIEWERS];
	unsigned viewers;
	uint32_t last_viewer; /* ids are never used twice */
	uint32_t controller;  /* the viewer whose size counts; 0: nobody's */
	bool lazy_due;

	struct input *input; /* oldest first */
	size_t input_bytes;
	uint32_t input_owner; /* the viewer that keeps the others out; 0: none */
	bool input_close;     /* pipe mode: close once all is written */
};

static inline bool
shim_exited(const struct shim *s)
{
	return s->status.state == SHIM_GONE;
}

/* shim.c */
int shim_listen(struct shim *s) MUST_CHECK;
int shim_status_open(struct shim *s) MUST_CHECK;
int shim_status_write(struct shim *s); /* 0 or -errno */
void shim_run(struct shim *s);
void shim_resize(struct shim *s, uint16_t cols, uint16_t rows);
void shim_redraw(struct shim *s);
void shim_leave(struct shim *s);

/* viewer.c */
void viewer_accept(struct shim *s);
struct viewer *viewer_find(struct shim *s, uint32_t id);
void viewer_read(struct shim *s, struct viewer *v);
void viewer_flush(struct viewer *v);
/* Sends all viewers what they may have now. */
void viewer_pump_all(struct shim *s);
void viewer_input_done(struct viewer *v, uint32_t id, uint8_t result);
/* Frees the dead ones. */
void viewer_sweep(struct shim *s);

/* input.c */
enum input_result { INPUT_WRITTEN, INPUT_FULL, INPUT_GONE };

void input_push(struct shim *s, struct viewer *v, bool more, uint32_t id,
    const uint8_t *p, size_t len);
/* Writes what the child takes. */
void input_write(struct shim *s);
/* There is something that could be written now. */
bool input_waiting(struct shim *s);
void input_owner_late(struct shim *s);
void input_refuse_all(struct shim *s);

#endif
