/* child.h: the agent's process, its terminal or pipes, and all it started.
 *
 * The shim is the subreaper of its child: whatever the agent starts, and
 * however it detaches, stays a descendant of the shim. */
#ifndef SHIM_CHILD_H
#define SHIM_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "shim/spec.h"
#include "wire/shim_proto.h"

struct child {
	pid_t pid; /* also its process group and session; 0: reaped */
	bool pipe, killing;
	int in;       /* what we write to; the master of a terminal */
	int out[2];   /* what we read from: [0] the master or stdout, [1] -1 or stderr */
	int their[3]; /* the child's ends.  Of a terminal one, held open while the child
		       * lives, so that the master never hangs up */
};

#define CHILD_NONE                                                                       \
	((struct child){ .in = -1, .out = { -1, -1 }, .their = { -1, -1, -1 } })

/* Starts the program; returns when its exec succeeded.  On failure -errno and
 * the stage that failed ("pty", "fork", "cwd", "exec"); the shim should end. */
int child_start(
    struct child *c, const struct spec *spec, const char **ret_stage) MUST_CHECK;
/* 0, or -errno (-ESRCH: there is nobody).  KILL to the tree is repeated by
 * child_reap() until nobody is left. */
int child_signal(struct child *c, int signo, enum shim_signal_scope scope) MUST_CHECK;
/* Reaps who has ended; true: the child, c->pid is then 0. */
bool child_reap(struct child *c, int *ret_status);
/* Another end of the terminal, after all were closed by force: 0 or -errno. */
int child_reopen(struct child *c) MUST_CHECK;
/* Closes c->in (pipe mode). */
void child_close_input(struct child *c);
void child_close(int *fd);
/* How many descendants of the shim live. */
uint32_t child_descendants(void);
/* Field 22 of /proc/PID/stat; 0 when there is no such process or only its zombie. */
uint64_t child_start_time(pid_t pid);

#endif
