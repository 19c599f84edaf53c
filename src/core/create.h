/* create.h: beginning a session, and starting its program anew. */
#ifndef CORE_CREATE_H
#define CORE_CREATE_H

#include "core/session.h"

struct create_spec {
	const char *name;           /* NULL: made up */
	const char *agent;          /* NULL: generic with a command, else shell */
	const char *cwd;            /* absolute; NULL: the user's home */
	const char *task;           /* NULL: none */
	const struct json *env;     /* map of text, or NULL */
	struct json *labels;        /* map of text (referenced), or NULL */
	const struct json *command; /* array of text, or NULL */
	uint16_t cols, rows;        /* 0: as configured */
	bool pipe;
	uint64_t ring_bytes; /* 0: as configured */
	int64_t scrollback;  /* < 0: as configured */
};

/* Checks everything that can be checked first; what is wrong is the result (an
 * outcome with its sentence in p, nothing has changed).  After 0 `done` is
 * called when the program runs, or with the reason why it could not start. */
int create_begin(struct core *c, const struct create_spec *spec, core_done_fn done,
    void *ctx, struct problem *p) MUST_CHECK;

/* Starts the next generation of a session that is stopped or failed; one that
 * runs is stopped first (see stop.h), and `done` comes after both. */
int create_restart(struct session *s, uint64_t grace_ms, core_done_fn done, void *ctx,
    struct problem *p) MUST_CHECK;
/* The second half of it: nothing of the old generation is left. */
void create_next_generation(struct session *s);

/* For link.c: the host says how the start ended. */
void create_started(struct session *s, const struct shim_status *st);
void create_settled(struct session *s); /* the host answers, or has ended */
void create_failed(struct session *s, const char *stage, int error);

int create_check_size(uint32_t cols, uint32_t rows, struct problem *p) MUST_CHECK;
/* A name that no other living session has. */
int create_check_name(struct core *c, const struct session *except, const char *name,
    struct problem *p) MUST_CHECK;

#endif
