/* listen.h: the daemon's place: its lock, its socket, and the directory they
 * are in, which is watched because people delete things. */
#ifndef MAIN_LISTEN_H
#define MAIN_LISTEN_H

#include <stdbool.h>

#include "base/buf.h"
#include "loop/loop.h"
#include "os/os.h"

struct listen {
	int fd; /* the listening socket */
	int lock_fd;
	/* private */
	int dir;
	const struct os_home *home;
	bool passed; /* by the service manager: not ours to remove */
	bool watched;
	struct loop_dir watch;
	void (*renewed)(struct listen *);
};

#define LISTEN_NONE ((struct listen){ .fd = -1, .lock_fd = -1, .dir = -1 })

enum listen_outcome { LISTEN_E_RUNNING = 1, LISTEN_E_FAILED };

/* The lock, then the socket; both may have been handed over (by an exec, or by
 * the service manager).  LISTEN_E_RUNNING: another daemon has the lock.  Else
 * the sentence says what failed. */
int listen_open(
    struct listen *n, const struct os_home *home, struct buf *error) MUST_CHECK;
/* From now on a deleted socket is made anew: n->fd is the new one, and the old
 * one is closed when `renewed` returns. */
int listen_watch(
    struct listen *n, struct loop *l, void (*renewed)(struct listen *)) MUST_CHECK;
/* `remove`: the socket file too, unless it was passed to us. */
void listen_close(struct listen *n, bool remove);

#endif
