/* host.h: what keeps a session's process.  One interface; hosts are `shim`
 * (own PTY) and `pipe` (the shim without a terminal); tmux comes as another.
 *
 * A host may not know sessions, the store or the screen: it moves bytes and
 * facts.  It identifies a process by pid and start time, never by name.  A
 * host that could not be asked says so (HOST_EV_UNREACHABLE); it never says
 * "gone" because of that. */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "base/str.h"
#include "loop/loop.h"
#include "wire/shim_proto.h"

struct host_link; /* our connection to one session's host process */

struct host_spec {
	struct session_id session;
	uint32_t generation;
	uint16_t cols, rows;
	uint64_t ring_bytes;
	uint32_t linger_s;
	bool pipe;
	const char *dir; /* the session's directory, absolute; exists */
	const char *cwd;
	const char *program; /* absolute path */
	char *const *argv, *const *env;
};

enum host_event {
	HOST_EV_STARTED,      /* after host_start(): child runs; status filled */
	HOST_EV_START_FAILED, /* see host_start_failure(); the link is dead */
	HOST_EV_CONNECTED,    /* stream begins; status filled.  No output before
			       * position; LOST or KEYFRAME may lift it */
	HOST_EV_OUTPUT,       /* bytes + position */
	HOST_EV_KEYFRAME,     /* bytes draw the screen at position, for cols x rows */
	HOST_EV_LOST,         /* output up to position is gone */
	HOST_EV_RESIZED,
	HOST_EV_EXITED,      /* status has exit_code or exit_signal */
	HOST_EV_INPUT_DONE,  /* id + result (0 written, 1 queue full, 2 child gone) */
	HOST_EV_UNREACHABLE, /* connection lost or refused; the host retries by itself
			      * with back-off while the shim process lives */
	HOST_EV_GONE,        /* the shim process itself ended; status is what its record
			      * says now; the link is dead */
};

struct host_event_data {
	enum host_event event;
	uint64_t position;
	uint64_t end;     /* CONNECTED: where the output ends now */
	struct str bytes; /* valid during the call */
	uint16_t cols, rows;
	uint32_t id;
	uint8_t result;
	bool is_stderr;
	const struct shim_status *status;
};

typedef void (*host_event_fn)(
    struct host_link *, const struct host_event_data *, void *ctx);

/* No event comes during host_start() or host_adopt().  A link may be freed in its own
 * event. */

/* Starts the host process for a new generation; writes nothing outside the session's
 * directory.  Uses its own systemd scope where a user manager runs, else detaches by
 * double fork.  Whatever keeps the process from starting is HOST_EV_START_FAILED.
 * belay-shim is found beside our program, or is what BELAY_SHIM says. */
int host_start(struct loop *l, const struct host_spec *spec, host_event_fn fn, void *ctx,
    struct host_link **ret) MUST_CHECK;

/* Takes up a session's directory found at start: reads its status record;
 * connects if the shim lives (pid + start time), else answers HOST_EV_GONE soon.
 * HOST_E_NO_RECORD: there is no readable status record. */
enum host_outcome { HOST_E_NO_RECORD = 1 };

int host_adopt(struct loop *l, const char *dir, uint64_t from_position, host_event_fn fn,
    void *ctx, struct host_link **ret) MUST_CHECK;
/* Disconnects; the shim and its child go on. */
struct host_link *host_free(struct host_link *h);

const struct shim_status *host_status(const struct host_link *h);
bool host_connected(const struct host_link *h);
/* Viewers of the shim, ourselves included; 0 when not connected. */
unsigned host_viewers(const struct host_link *h);
/* "pty", 28: the stage and errno of HOST_EV_START_FAILED.  Beside the shim's own stages
 * there are "spec" (too large: E2BIG) and "shim" (it could not be run, or died without
 * an answer: EPIPE).  NULL when it did not fail. */
const char *host_start_failure(const struct host_link *h, int *ret_errno);

/* Each returns 0, or HOST_E_UNREACHABLE when not connected now, HOST_E_FULL when our
 * queue is full.  None calls back. */
enum host_send_outcome { HOST_E_UNREACHABLE = 1, HOST_E_FULL };

int host_input(struct host_link *h, struct str bytes, uint32_t id) MUST_CHECK;
/* Takes control of the size for it. */
int host_resize(struct host_link *h, uint16_t cols, uint16_t rows) MUST_CHECK;
int host_signal(struct host_link *h, int signo, enum shim_signal_scope scope) MUST_CHECK;
int host_keyframe(struct host_link *h, uint64_t position, uint16_t cols, uint16_t rows,
    struct str bytes) MUST_CHECK;
int host_close_input(struct host_link *h) MUST_CHECK;
/* The exit status is stored: the shim may end. */
int host_acknowledge(struct host_link *h) MUST_CHECK;

#endif
