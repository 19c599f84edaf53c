/* client.h: a verb's request to the daemon and its answer.
 *
 * A client has a time limit for everything: a daemon that does not answer is
 * an outcome (OUTCOME_UNREACHABLE), never a wait without end.  It talks only
 * to a socket that belongs to the same user. */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include "cli/cli.h"

/* 0 and the answer, or an outcome with the problem in p.  Starts the daemon
 * unless the verb is VERB_NO_START or BELAY_AUTOSTART is 0. */
int client_call(struct cli *cli, const struct verb *v, const struct json *request,
    struct json **ret, struct problem *p) MUST_CHECK;
/* The same by the verb's name. */
int client_ask(struct cli *cli, const char *verb, const struct json *request,
    struct json **ret, struct problem *p) MUST_CHECK;
/* Server-sent events; fn gets the data of each, a value other than 0 ends it
 * and is returned.  The end of the stream is OUTCOME_UNREACHABLE. */
int client_stream(struct cli *cli, const struct verb *v, const struct json *request,
    int (*fn)(struct str data, void *ctx), void *ctx, struct problem *p) MUST_CHECK;

/* Connects without starting anything.  OUTCOME_UNREACHABLE: *ret_missing tells
 * that nobody listens, as opposed to something being wrong. */
int client_connect(
    const struct cli *cli, int *ret_fd, bool *ret_missing, struct problem *p) MUST_CHECK;
/* Starts the daemon unless it runs. */
int client_start(const struct cli *cli, struct problem *p) MUST_CHECK;

/* The request as HTTP; for the tests. */
void client_put_request(
    const struct verb *v, const struct json *request, struct buf *out);
/* How long the answer may take. */
uint64_t client_limit_ms(
    const struct cli *cli, const struct verb *v, const struct json *request);

#endif
