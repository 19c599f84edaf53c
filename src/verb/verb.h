/* verb.h: everything that can be asked of the daemon, as data.
 *
 * verbs.def is the one list.  The command line and its help and completion,
 * HTTP routes, validation of requests and responses, and the tables of the
 * manual are made from it; handlers live in api/, one file a family.  Pure. */
#ifndef VERB_VERB_H
#define VERB_VERB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/json.h"
#include "verb/outcome.h"

enum verb_right { RIGHT_NONE, RIGHT_VIEWER, RIGHT_OPERATOR, RIGHT_ADMIN, RIGHT_COUNT };

extern const char *const verb_right_names[RIGHT_COUNT];

/* How a value looks in JSON / in a query string or on the command line. */
enum verb_type {
	VT_TEXT, /* string */
	VT_NAME, /* string: a session name ([A-Za-z0-9][A-Za-z0-9._-]*, LIMIT_NAME_BYTES)
		  */
	VT_SESSION,  /* string: name, id, unique id prefix */
	VT_INT,      /* integer min..max */
	VT_BOOL,     /* boolean / flag, "true" "false" "1" "0" in a query */
	VT_SIZE,     /* {"cols","rows"} / COLSxROWS */
	VT_DURATION, /* integer milliseconds / "30", "500ms", "2m" (a bare number is
			seconds) */
	VT_BYTES,    /* integer / "64K", "1M" */
	VT_ENUM,   /* string, one of choices ("a|b|c"); a choice "a=" takes any text after
		      it */
	VT_TEXTS,  /* array of strings / repeated */
	VT_MAP,    /* object of strings / repeated K=V */
	VT_TIME,   /* RFC 3339 string (results) */
	VT_OBJECT, /* result: nested object, see verb_field.object */
	VT_OBJECTS, /* result: array of such */
	VT_ANY,     /* result: any JSON */
	VT_COUNT
};

enum verb_arg_flags {
	VA_REQUIRED = 1 << 0,
	VA_PATH = 1 << 1,       /* stands in the route as {name} */
	VA_POSITIONAL = 1 << 2, /* command line: by place, in table order */
	VA_REST = 1 << 3, /* command line: everything after the positionals or after -- */
	VA_HIDDEN =
	    1 << 4, /* not on the command line (client fills it in or not at all) */
	VA_SECRET = 1 << 5, /* never logged, never in an event */
	VA_NOT_EMPTY = 1 << 6,
	VA_CLIENT = 1 << 7, /* command line only: never in a request */
	VA_PAIR = 1 << 8,   /* VT_MAP: K alone is refused, it must be K=V */
};

struct verb_arg {
	const char *name;   /* JSON key; the long option is --name with - for _ */
	const char *option; /* the long option, when it is another word than the key */
	enum verb_type type;
	unsigned flags;   /* enum verb_arg_flags */
	char letter;      /* short option or 0 */
	int64_t min, max; /* VT_INT, VT_DURATION, VT_BYTES: range if max; texts: max bytes
			     of one */
	unsigned most;    /* VT_TEXTS, VT_MAP: at most so many, if not 0 */
	const char *choices; /* VT_ENUM */
	const char
	    *initial;     /* value when absent, as text; a VT_BOOL "true" is --no-NAME */
	const char *meta; /* "N", "FILE" in help; NULL: from the type */
	const char *help; /* one line, no full stop */
};

struct verb_object;

struct verb_field {
	const char *name;
	enum verb_type type;
	bool nullable;
	const struct verb_object *object; /* VT_OBJECT(S) */
	const char *help;
};

struct verb_object {
	const char *name;
	const struct verb_field *fields; /* ends with name NULL */
};

enum verb_flags {
	VERB_STREAM = 1 << 0, /* answers with server-sent events */
	VERB_WAITS = 1 << 1,  /* may take long: no server time limit */
	VERB_CLIENT =
	    1 << 2, /* command line only (attach, doctor, completion): no route */
	VERB_NO_START = 1 << 3, /* the client does not start a daemon for it */
	VERB_DESTROYS = 1 << 4, /* destructive: the command line asks, -y skips */
	VERB_MANY = 1 << 5,     /* command line: several sessions, or --all or a filter */
};

struct verb {
	const char *name;    /* "session.create" */
	const char *command; /* "new"; two words for "daemon status"; NULL: not on the
				command line */
	const char *alias;   /* second command word or NULL */
	const char *method;  /* "GET" "POST" "DELETE" "PATCH" */
	const char *route;   /* "/v1/sessions/{session}" or NULL */
	enum verb_right right;
	unsigned flags;
	const char *since;                /* version */
	const char *help;                 /* one line */
	const struct verb_arg *args;      /* ends with name NULL */
	const struct verb_object *result; /* NULL: {} */
};

extern const struct verb verbs[];
extern const size_t verbs_count;

const struct verb *verb_by_name(const char *name);
const struct verb *verb_by_command(
    const char *word, const char *second); /* second may be NULL */

/* The verb whose method and route fit; path arguments are put into *ret_args
 * (a new object, percent-decoded).  VERB_E_METHOD: the path is known under another
 * method. */
enum verb_route_outcome { VERB_E_NO_ROUTE = 1, VERB_E_METHOD, VERB_E_BAD_PATH };

int verb_route(const char *method, struct str path, const struct verb **ret,
    struct json **ret_args) MUST_CHECK;
/* The methods a path is known under, "GET, HEAD, POST"; false: none. */
bool verb_route_methods(struct str path, struct buf *methods);
const struct verb_arg *verb_arg(const struct verb *v, const char *name);
extern const char *const verb_type_names[VT_COUNT]; /* "text", "duration": for manuals */

/* Text (query string, command line) to the JSON value of an argument. On a
 * failure OUTCOME_BAD_REQUEST with the sentence in p. */
int verb_arg_parse(const struct verb_arg *a, struct str text, struct json **ret,
    struct problem *p) MUST_CHECK;
/* The other way, for clients: the target of a request
 * ("/v1/sessions/a/wait?timeout=5000ms") and, for methods that have one, its JSON body.
 * `args` is a checked request. */
void verb_target(
    const struct verb *v, const struct json *args, struct buf *target, struct buf *body);
bool verb_has_body(const struct verb *v);
/* "a%20b" to "a b"; false: not percent-encoded UTF-8, or a NUL in it. */
bool verb_route_decode(struct str s, struct buf *out) MUST_CHECK;

/* What a value must be: "an integer between 1 and 9", "shim or pipe". */
void verb_arg_expects(struct buf *b, const struct verb_arg *a);
/* Parses `text` and puts it into the request object `args`: repeated texts and
 * maps gather, a second value for anything else is refused.  For query strings
 * and command lines.  On a failure args is unchanged. */
int verb_args_add(const struct verb *v, struct json *args, const char *name,
    struct str text, struct problem *p) MUST_CHECK;
/* Puts the initial value of every absent argument that has one. */
void verb_args_fill(const struct verb *v, struct json *args);
/* Checks a request object: unknown keys, wrong types, ranges, required; the
 * problem names the field and what was expected. 0 or OUTCOME_BAD_REQUEST.
 * A null value counts as absent. */
int verb_check_args(
    const struct verb *v, const struct json *args, struct problem *p) MUST_CHECK;
/* Refuses a key and says which ones the verb knows. */
int verb_check_unknown(const struct verb *v, const char *key, struct problem *p);
/* One value, as in verb_check_args(). */
int verb_check_value(
    const struct verb_arg *a, const struct json *value, struct problem *p) MUST_CHECK;
/* The same for a response object (unknown keys, missing keys, types). */
int verb_check_result(
    const struct verb *v, const struct json *result, struct problem *p) MUST_CHECK;

#endif
