/* outcome.h: how a verb can end, for every face: HTTP status, exit status,
 * JSON-RPC code, English title.  outcome.def is the one table. */
#ifndef VERB_OUTCOME_H
#define VERB_OUTCOME_H

#include "base/compiler.h"
#include "base/json.h"

enum outcome {

#define OUTCOME(id, code, http, exit, rpc, title) OUTCOME_##id,
#include "verb/outcome.def"
#undef OUTCOME
	OUTCOME_COUNT
};

struct outcome_row {
	const char *code; /* stable word: "session_not_found" */
	int http, exit, rpc;
	const char *title; /* "Session not found" */
};

extern const struct outcome_row outcomes[OUTCOME_COUNT];

/* A failed answer: RFC 9457.  `detail` is the sentence people see: it names
 * the field or thing, what was expected, and what to do. */
struct problem {
	enum outcome outcome;
	char field[64]; /* the argument at fault, or "" */
	char detail[512];
};

/* Fills p and returns (int)outcome, for `return problem(p, …)`. */
int problem_set(struct problem *p, enum outcome outcome, const char *field,
    const char *fmt, ...) PRINTF(4, 5);
/* {"type":"https://belay.dev/problems/CODE"?… :
 * {"type","title","status","detail","code"[,"field"]} */
struct json *problem_json(const struct problem *p);
/* Back again, on the client's side; false: not a problem document. */
bool problem_from_json(const struct json *j, struct problem *ret);

#endif
