/* shim.h: one agent, what it said, and who looks at it.
 *
 * Everything is one struct, made by main.c and run by shim.c; viewer.c speaks
 * with viewers, input.c holds what they typed until the agent takes it.  Times
 * are microseconds of the monotonic clock, read once a turn; 0: not set. */
#ifndef SHIM_SHIM_H
#define SHIM_SHIM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "shim/child.h"
#include "shim/ring.h"
#include "wire/shim_proto.h"

#define SHIM_RETRY_US 100000 /* before what had no file or memory is tried again */

/* A drawn screen: `bytes` of info.length draw it at info.position. */
struct keyframe {
	uint8_t *bytes; /* NULL: none */
	struct shim_keyframe_info info;
	uint32_t serial; /* grows with each one; 0: none yet */
};

struct viewer {
	uint32_t id;
	int fd;
	bool greeted, blocked, dead, more;
	uint32_t flags;       /* enum shim_viewer_flags */
	uint64_t position;    /* of the next byte it gets */
	uint16_t cols, rows;  /* as it was told last */
	bool exit_told;
	uint32_t drawing;     /* serial of the keyframe being sent; 0: none */
	uint32_t drawn;       /* bytes of it sent */
	int64_t due;          /* lazy: when gathered output goes out */
	uint8_t *out;         /* frames that did not fit the socket */
	size_t out_len;
	uint8_t *in;          /* the beginning of a frame */
	size_t in_len;
	struct keyframe draft; /* a keyframe being received; serial: bytes so far */
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
	int64_t now;
	struct shim_status status;
	uint32_t linger_s;
	struct child child;
	struct ring ring;
	struct keyframe keyframe;

	struct viewer *viewer[LIMIT_SHIM_VIEWERS];
	unsigned viewers;
	uint32_t last_viewer;  /* ids are never used twice */
	uint32_t controller;   /* the viewer whose size counts; 0: nobody's */

	struct input *input;   /* oldest first */
	size_t input_bytes;
	uint32_t input_owner;  /* the viewer that keeps the others out; 0: none */
	int64_t input_owner_until;
	bool input_close;      /* pipe mode: close once all is written */

	bool exited;
	uint64_t exit_position;
	int64_t redraw_back;   /* a size wiggle is on until then */
	int64_t redraw_at;     /* one is owed */
	int64_t redraw_next;   /* none before */
	int64_t accept_at;     /* no file was free: look for viewers again then */
	int64_t output_at;     /* the terminal hung up: look at it again then */
	int64_t linger_until;
	int64_t leave_until;   /* leaving: viewers may drain until then */
};

/* shim.c */
int shim_listen(struct shim *s) MUST_CHECK;
int shim_status_open(struct shim *s) MUST_CHECK;
void shim_status_write(struct shim *s);
void shim_run(struct shim *s);
void shim_resize(struct shim *s, uint16_t cols, uint16_t rows);
/* Makes the agent draw its screen anew. */
void shim_redraw(struct shim *s);
void shim_leave(struct shim *s);
/* Takes over k->bytes. */
void shim_keyframe_set(struct shim *s, struct keyframe *k);

/* viewer.c */
void viewer_accept(struct shim *s);
struct viewer *viewer_find(struct shim *s, uint32_t id);
void viewer_read(struct shim *s, struct viewer *v);
/* The socket takes bytes again: what was queued goes first. */
void viewer_writable(struct viewer *v);
/* Sends what the viewer may have now; sets v->more when it stopped for fairness. */
void viewer_pump(struct shim *s, struct viewer *v);
void viewer_input_done(struct viewer *v, uint32_t id, uint8_t result);
/* Frees the dead ones. */
void viewer_sweep(struct shim *s);

/* input.c */
enum input_result { INPUT_WRITTEN, INPUT_FULL, INPUT_GONE };
void input_push(struct shim *s, struct viewer *v, bool more, uint32_t id, const uint8_t *p, size_t len);
/* Writes what the child takes. */
void input_write(struct shim *s);
/* There is something that could be written now. */
bool input_waiting(struct shim *s);
void input_refuse_all(struct shim *s);

#endif
