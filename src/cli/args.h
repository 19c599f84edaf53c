/* args.h: words of the command line to a request.
 *
 * The verb's row says which options there are; a few belong to every command
 * (args_common).  What goes to the daemon and what only the client uses are
 * kept apart: `request` and `options`, both as JSON by argument name. */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include "verb/verb.h"

extern const struct verb_arg
    args_common[]; /* --json --quiet --timeout --help; ends with name NULL */

struct args {
	const struct verb *verb;
	struct json *request;
	struct json *options;
	struct json
	    *sessions; /* VERB_MANY: the names given, instead of request.session */
};

/* The row for the first words; *ret_used is how many of them name it.  When
 * there is none, OUTCOME_BAD_REQUEST with a suggestion in p. */
int args_command(char *const *words, int n, const struct verb **ret, int *ret_used,
    struct problem *p) MUST_CHECK;
/* `words` follow the command.  On a failure OUTCOME_BAD_REQUEST, *ret dead. */
int args_parse(const struct verb *v, char *const *words, int n, struct args *ret,
    struct problem *p) MUST_CHECK;
/* Everything required is there, and within limits; not asked for --help. */
int args_check(const struct args *a, struct problem *p) MUST_CHECK;
void args_deinit(struct args *a);
bool args_flag(const struct args *a, const char *option); /* of `options` */

/* "read-only": the long option of an argument. */
void args_put_option(const struct verb_arg *a, struct buf *out);
bool args_is_option(const struct verb_arg *a); /* not by place, not hidden */
/* Changes to turn one word into the other: insert, delete, replace, swap. */
unsigned args_distance(const char *a, const char *b);

#endif
