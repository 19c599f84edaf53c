/* api.h: the verbs at work.  A face (HTTP, later MCP, chat) turns a request
 * into an api_call and gets exactly one result or problem, or a stream of
 * events that ends.  Rights and argument checks happen here, once for all faces. */
#ifndef API_API_H
#define API_API_H

#include "base/json.h"
#include "core/core.h"
#include "verb/verb.h"

struct api;
struct api_call;

struct api_call_ops {
	/* Exactly one of these ends the call (a stream ends with `finish`).  `body` is
	 * lent. */
	void (*result)(struct api_call *, const struct json *body);
	void (*problem)(struct api_call *, const struct problem *);
	/* One event of a stream, id = journal seq (0: none), name = event kind.
	 * Returns false when the client is too slow: the call was ended by the face. */
	bool (*event)(
	    struct api_call *, uint64_t id, const char *name, const struct json *data);
	void (*finish)(struct api_call *);
};

struct api_call {
	const struct api_call_ops *ops;
	const struct verb *verb;
	struct json *args; /* owned by the call; freed by api_call_deinit() */
	enum verb_right right;
	uid_t uid;
	pid_t pid; /* of the client, 0 unknown */
	/* private to api */
	void *state; /* a waiting call: what it waits for */
	void (*cancel)(struct api_call *);
};

struct api *api_new(struct core *core);
struct api *api_free(struct api *a);
/* Checks right and arguments, runs the handler.  The answer may come during the call or
 * later. */
void api_begin(struct api *a, struct api_call *call);
/* The client is gone: no answer any more. Harmless when the call has ended. */
void api_cancel(struct api_call *call);
void api_call_deinit(struct api_call *call);

#endif
