/* input.h: typing into a session, with receipts. */
#ifndef CORE_INPUT_H
#define CORE_INPUT_H

#include "core/session.h"

enum input_paste { INPUT_PASTE_AUTO, INPUT_PASTE_ALWAYS, INPUT_PASTE_NEVER };

struct input_result {
	bool submitted; /* Enter was accepted too */
	bool bracketed;
	bool duplicate; /* the key was seen before: nothing was typed */
	uint64_t bytes;
};

/* p is NULL when the terminal accepted everything. */
typedef void (*input_done_fn)(struct session *s, const struct input_result *result,
    const struct problem *p, void *ctx);

/* A text, then Enter as a write of its own once the text was accepted.  After
 * 0 `done` is called once.  `key` (may be NULL): typed at most once a key. */
int input_send(struct session *s, struct str text, enum input_paste paste, bool enter,
    const char *key, input_done_fn done, void *ctx, struct problem *p) MUST_CHECK;
/* Bytes as they are. */
int input_bytes(struct session *s, struct str bytes, input_done_fn done, void *ctx,
    struct problem *p) MUST_CHECK;
/* Key names (see keys.h) with the modes of s's terminal. */
int input_keys(struct session *s, const struct json *names, bool literal,
    input_done_fn done, void *ctx, struct problem *p) MUST_CHECK;
/* What the profile says interrupts it; SIGINT for a pipe. */
int input_interrupt(
    struct session *s, input_done_fn done, void *ctx, struct problem *p) MUST_CHECK;
int input_resize(
    struct session *s, uint16_t cols, uint16_t rows, struct problem *p) MUST_CHECK;

/* The task text of a session is still to be typed. */
bool input_task_waits(const struct session *s);
void input_task(struct session *s);

/* For link.c. */
void input_done(struct session *s, uint32_t id, uint8_t result);
void input_unreachable(struct session *s);

#endif
