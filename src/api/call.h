/* call.h: what handlers share: the session a call is about, and answering
 * later than the call's client may live. */
#ifndef API_CALL_H
#define API_CALL_H

#include "api/api.h"
#include "core/session.h"

struct api {
	struct core *core;
};

/* `s` is the session that the route names, at the generation that was asked
 * for; NULL where the route names none.  0: answered, or will be; else an
 * outcome, the sentence is in p and the caller answers with it. */
typedef int (*api_handler)(
    struct api *a, struct api_call *call, struct session *s, struct problem *p);

struct api_route {
	const char *verb;
	api_handler fn;
};

/* One table a family, ends with a NULL verb. */
extern const struct api_route api_session[], api_session_io[], api_session_wait[],
    api_event[], api_daemon[];

/* A promise to answer.  It outlives the client: a call that was cancelled is
 * answered into the void. */
struct reply {
	struct api *api;
	struct api_call *call; /* NULL: cancelled */
};

struct reply *api_reply_new(struct api *a, struct api_call *call);
/* What a handler returns that gave its reply to something begun with this
 * outcome: if nothing was begun the promise is taken back. */
int api_promised(struct reply *r, int outcome);
/* Each ends the reply and the call. */
void api_reply_result(struct reply *r, struct json *body /* taken */);
void api_reply_problem(struct reply *r, const struct problem *p);
/* core_done_fn with a reply as ctx: the session's object, or the problem. */
void api_reply_session(struct session *s, const struct problem *p, void *ctx);

/* The same for a call that is answered at once. */
int api_result(struct api_call *call, struct json *body /* taken */);

#endif
