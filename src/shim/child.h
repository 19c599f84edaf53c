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
	pid_t pid; /* also its process group and session; 0: reaped or never started */
	bool pipe;
	int in;     /* what we write to; the master of a terminal */
	int out[2]; /* what we read from: [0] the master or stdout, [1] -1 or stderr */
	int slave;  /* terminal: held open while the child lives, so that the master never hangs up */
};

#define CHILD_NONE ((struct child){ .in = -1, .out = { -1, -1 }, .slave = -1 })

/* What the child gets as the shim's caller had it. */
struct child_origin {
	mode_t umask;
	int oom_score; /* 0 or more */
};

/* Starts the program; returns when its exec succeeded.  On failure -errno and
 * the stage that failed ("pty", "fork", "cwd", "exec"); *c is then CHILD_NONE. */
int child_start(struct child *c, const struct spec *spec, const struct child_origin *origin,
    const char **ret_stage) MUST_CHECK;
/* 0, or -errno (-ESRCH: there is nobody). */
int child_signal(const struct child *c, int signo, enum shim_signal_scope scope) MUST_CHECK;
int child_resize(const struct child *c, uint16_t cols, uint16_t rows) MUST_CHECK;
/* Closes c->in (pipe mode). */
void child_close_input(struct child *c);
/* How many descendants of the shim live. */
uint32_t child_descendants(void);
/* Field 22 of /proc/PID/stat; 0 when there is no such process or only its zombie. */
uint64_t child_start_time(pid_t pid);

#endif
