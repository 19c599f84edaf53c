/* upgrade.h: the daemon starts itself anew in place, as another binary perhaps.
 *
 * First the binary is asked for its version: one that does not run, or is not
 * belayd, is refused and nothing has happened.  The listening socket and the
 * lock go through the exec, so clients wait instead of failing, and nobody can
 * step in between. */
#ifndef MAIN_UPGRADE_H
#define MAIN_UPGRADE_H

#include "base/buf.h"
#include "loop/loop.h"
#include "verb/outcome.h"

struct upgrade {
	/* private */
	struct loop *loop;
	struct loop_child child;
	struct loop_timer timer;
	char *path;
	pid_t pid;
	int out;
	bool running, timed_out;
	void (*fn)(struct upgrade *, const struct problem *p);
};

/* fn: p is NULL when the binary is good.  A second check while one runs is refused. */
void upgrade_check(struct upgrade *u, struct loop *l,
    void (*fn)(struct upgrade *, const struct problem *p));
void upgrade_stop(struct upgrade *u);
/* Does not return unless it fails. */
int upgrade_exec(int listen_fd, int lock_fd);
/* In the new process: the fds that were handed over, -1 for none. */
int upgrade_taken(const char *variable);

#define UPGRADE_LISTEN "BELAY_LISTEN_FD"
#define UPGRADE_LOCK   "BELAY_LOCK_FD"

#endif
