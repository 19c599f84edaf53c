/* session.h: one durable unit of work, as it is known now.
 *
 * Memory leads, the store follows: a change is made here, put into a batch
 * with session_put(), and answered when the batch is on disk.  The same
 * record is mirrored into the session's directory (meta.json), so that
 * everything can be read again when the database is gone. */
#ifndef CORE_SESSION_H
#define CORE_SESSION_H

#include <signal.h>

#include "base/limits.h"
#include "core/core.h"
#include "core/lifecycle.h"
#include "host/host.h"
#include "term/term.h"

enum { SESSION_KEYS = 32 }; /* idempotency keys remembered */

struct session {
	struct list node;
	struct core *core;
	unsigned refs; /* who may still be called back with it */
	bool removed;

	struct session_id id;
	char id_text[ID_TEXT_BYTES];
	char *name;
	uint32_t generation;
	enum lifecycle lifecycle;
	enum stop_cause cause;
	wall_t since, created_at, started_at, ended_at; /* ms 0: never */
	char *agent, *cwd, *task;
	struct json *labels;
	bool pipe;
	uint16_t cols, rows;
	char **argv;        /* as given, or as the profile said at create */
	bool command_given; /* argv came from a person, not from the profile */
	uint64_t ring_bytes;
	uint32_t scrollback;
	int32_t exit_code, exit_signal; /* -1, 0: none */
	pid_t pid, shim_pid;
	uint64_t pid_start, shim_start;
	char boot[37]; /* boot in which this generation was started */
	char *fail_stage;
	int fail_errno;
	bool stop_asked; /* its end will be deliberate */
	bool host_died;  /* its shim ended without a word while its program lived */
	bool task_typed;
	char *keys[SESSION_KEYS]; /* idempotency keys of send, a ring */
	unsigned keys_at;

	/* The step under way: its intent in the store, and who waits for its end. */
	struct session_id intent;
	bool has_intent;
	core_done_fn done;
	void *done_ctx;
	bool start_stored;  /* it runs and that is on disk; not answered yet */
	bool restart_after; /* start anew when the host has gone */
	bool remove_after;
	struct loop_timer grace; /* runs: KILL comes when it ends */
	uint64_t grace_ms;       /* 0: the next signal is KILL */

	struct host_link *link;
	bool link_new; /* made by host_start(), not by adoption */
	struct loop_later unlink;

	/* The screen (engine.c). */
	struct term *term;
	bool term_loaded;     /* read from the file of an ended program, for one look */
	uint64_t position;    /* bytes of output in the model */
	uint64_t keyframe_at; /* position of the last keyframe the shim was given */
	uint64_t full_at;     /* the same, of the last one with the scrollback */
	uint64_t lost_mark;   /* term_mark() when output was lost */
	bool output_seen;
	bool incomplete; /* output was lost: not the true screen until redrawn */
	bool answered;   /* the model answered a query since the last keyframe */
	struct loop_timer quiet;
	struct loop_later damage;

	bool settling; /* see settle.h */
	uint64_t settle_at;

	struct list watches; /* struct watch */
	struct list inputs;  /* struct input: waiting for INPUT_DONE */
	uint32_t input_id;
};

struct session *session_new(struct core *c); /* in no list; refs 1 */
struct session *session_ref(struct session *s);
void session_unref(struct session *s);
void session_add(struct session *s); /* into the core's list */

/* The record: everything that must survive.  session_read() checks what it
 * reads (a file may hold anything) and returns false if it makes no session. */
struct json *session_record(const struct session *s);
struct session *session_read(struct core *c, const struct json *record);
/* What people and programs see: the `session` object of the verb table. */
struct json *session_json(const struct session *s);

const char *session_activity(const struct session *s);
const char *session_attention(const struct session *s);
bool session_alive(const struct session *s); /* provisioning or running */
void session_path(const struct session *s, const char *file, struct buf *out);
void session_set_lifecycle(struct session *s, enum lifecycle l); /* and since */

/* Applies an event of the lifecycle table; false: refused. */
bool session_advance(struct session *s, enum lifecycle_event event) MUST_CHECK;
/* 0 or OUTCOME_WRONG_STATE with a sentence. */
int session_may(
    const struct session *s, enum lifecycle_event event, struct problem *p) MUST_CHECK;

/* Puts the record and one event into a batch; the mirror follows. */
void session_put(
    struct session *s, struct store_batch *b, const char *kind, struct json *body);
/* A new intent for s; it stands until session_done_intent(). */
void session_put_intent(struct session *s, struct store_batch *b, const char *verb);
void session_done_intent(struct session *s, struct store_batch *b);
/* Durable; then fn(s) unless the store failed, in which case p says so.  The
 * session is held meanwhile. */
void session_commit(struct session *s, struct store_batch *b, core_done_fn fn, void *ctx);
/* Record and event, gathered; nobody waits. */
void session_note(struct session *s, const char *kind, struct json *body);
/* Out of the lists, for good: it was never stored, or its record is deleted. */
void session_drop(struct session *s);
/* Before a new generation: nothing of the old one's process and screen is left. */
void session_forget_run(struct session *s);
/* Ends the step under way: calls done once. */
void session_finish(struct session *s, const struct problem *p);

#endif
