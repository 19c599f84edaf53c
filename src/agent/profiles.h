/* profiles.h: how to start, stop and feed a kind of program, as data.
 *
 * A profile is a file NAME.yaml in one of the profile directories; the first
 * directory that has it counts (the user's before the installed ones).  A file
 * with a mistake stays known under its name together with the sentence that
 * says what is wrong: using it is refused with that sentence, and nothing else
 * is hurt by it.
 *
 * In `command`, `resume` and `env` the words {shell}, {task}, {name} and {id}
 * are replaced when a session is started. */
#ifndef AGENT_PROFILES_H
#define AGENT_PROFILES_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/list.h"

/* What becomes of a session's task text. */
enum profile_task {
	PROFILE_TASK_TYPE,     /* typed and submitted when the first output went quiet */
	PROFILE_TASK_ARGUMENT, /* the last argument of the command */
	PROFILE_TASK_KEEP,     /* only recorded */
};

struct profile {
	struct list node;
	char *name;
	char *error; /* not NULL: the file could not be read, and why */
	/* from the file */
	char *title;    /* one line for people */
	char **command; /* program and arguments */
	char *
	    *resume;  /* the same, to take up an earlier conversation; NULL: as command */
	char **env;   /* "K=V" set for the program */
	char **unset; /* variables it must not see: NAME or PREFIX* */
	char *interrupt; /* key that interrupts it, "C-c" if NULL */
	int stop_signal; /* a signal number */
	int task;        /* enum profile_task */
};

struct profiles {
	struct list all;
};

void profiles_init(struct profiles *p);
void profiles_deinit(struct profiles *p);
/* Adds every NAME.yaml of a directory that is not known yet.  A directory that
 * is not there is fine.  Returns the number of files with a mistake. */
int profiles_load(struct profiles *p, const char *dir) MUST_CHECK;
const struct profile *profiles_get(const struct profiles *p, const char *name);
void profiles_put_names(const struct profiles *p, struct buf *out); /* "claude, shell" */
/* Adds one profile from text; false: it has a mistake (kept in ->error). */
bool profiles_add(
    struct profiles *p, const char *name, struct str text, const char *file);

/* Is variable `name` (without =) covered by a list of NAME and PREFIX*? */
bool profiles_match(char *const *patterns, struct str name);

#endif
