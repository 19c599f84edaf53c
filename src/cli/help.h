/* help.h: what the verb table says, for people. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/face.h"
#include "verb/verb.h"

void help_put_overview(const struct face *f, struct buf *out);
/* The commands that begin with this word ("daemon"); false: there are none. */
bool help_put_group(const struct face *f, const char *word, struct buf *out);
void help_put_verb(const struct face *f, const struct verb *v, struct buf *out);
/* "NAME", "N", "K=V": what stands for the value in help and manual. */
const char *help_meta(const struct verb_arg *a);

#endif
