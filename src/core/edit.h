/* edit.h: changing what a session is called and labelled. */
#ifndef CORE_EDIT_H
#define CORE_EDIT_H

#include "core/session.h"

int edit_rename(struct session *s, const char *name, core_done_fn done, void *ctx,
    struct problem *p) MUST_CHECK;
/* `set`: map of text to set, `remove`: array of keys; either may be NULL. */
int edit_labels(struct session *s, const struct json *set, const struct json *remove,
    core_done_fn done, void *ctx, struct problem *p) MUST_CHECK;

#endif
