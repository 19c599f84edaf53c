/* core.h: the domain: sessions, their lifecycle, and everything that happens
 * to them.  One `struct core` a daemon.
 *
 * What can be done with a session is spread over files by kind: create.h
 * (begin, start anew), stop.h (end, put away, forget), input.h (type), engine.h
 * (screen), adopt.h (take up after a start), watch.h (be told of changes).
 *
 * Nothing here blocks: whatever has to be durable or waits for a process ends
 * in a callback of type core_done_fn, called exactly once. */
#ifndef CORE_CORE_H
#define CORE_CORE_H

#include <stdbool.h>

#include "agent/profiles.h"
#include "base/id.h"
#include "base/json.h"
#include "base/list.h"
#include "base/settings.h"
#include "loop/loop.h"
#include "os/os.h"
#include "store/store.h"
#include "verb/outcome.h"

struct session;

/* The end of something asked for.  p is NULL when it worked; `s` is lent and
 * NULL when it no longer exists. */
typedef void (*core_done_fn)(struct session *s, const struct problem *p, void *ctx);

/* What only the program around core can do. */
struct core_ops {
	/* Ends the daemon soon, or starts it anew in place; sessions go on.
	 * `done` is called before it happens, or with the reason why not. */
	void (*stop)(void *ctx);
	void (*restart)(core_done_fn done, void *done_ctx, void *ctx);
};

struct core {
	struct loop *loop;
	const struct os_home *home;
	struct settings settings; /* replaced by core_configure() */
	struct profiles profiles;
	struct store *store;
	const struct core_ops *ops;
	void *ops_ctx;
	/* may be read */
	struct list sessions; /* struct session, oldest first */
	uint32_t count;
	wall_t started_at;
	uint64_t seq; /* last event committed */
	char boot[37];
	char *exe_dir;
	char *trouble; /* what is wrong with the store, NULL: nothing */
	/* private */
	struct list follows; /* struct follow */
	unsigned watch_rounds;
	struct list settles; /* struct settle */
	uint32_t settling;
	struct loop_timer settle_timer;
	struct loop_later settle_later;
	uint64_t seq_reserved;
	struct loop_dir data_dir;
	bool closing;
};

enum core_outcome {
	CORE_E_NEWER = 1, /* the database is from a newer version: *ret_version */
};

struct core_config {
	struct loop *loop;
	const struct os_home *home; /* outlives the core */
	const struct core_ops *ops;
	void *ops_ctx;
};

/* Opens the store, reads what is known, and takes up every living shim. */
int core_open(const struct core_config *config, struct settings *settings /* taken */,
    struct profiles *profiles /* taken */, struct core **ret,
    int *ret_version) MUST_CHECK;
/* Orderly end: last keyframes, links closed, store written.  Sessions run on. */
struct core *core_close(struct core *c);
/* New settings and profiles (both taken), for what starts from now on. */
void core_configure(struct core *c, struct settings *settings, struct profiles *profiles);

/* Who is meant by a name, an id or the unique beginning of one: 0 or
 * OUTCOME_NOT_FOUND, OUTCOME_AMBIGUOUS with the sentence in p. */
int core_find(
    struct core *c, const char *text, struct session **ret, struct problem *p) MUST_CHECK;
struct session *core_find_id(struct core *c, struct session_id id);
/* The living session of that name, or NULL. */
struct session *core_find_name(struct core *c, const char *name);

/* An event about the daemon itself. */
void core_event(struct core *c, const char *kind, struct json *body /* taken */);

/* --- Events as they are committed --- */
struct follow {
	struct list node;
	void (*fn)(struct follow *, uint64_t seq, const struct json *event);
};

void core_follow(struct core *c, struct follow *f);
void core_unfollow(struct follow *f);

#endif
