/* A pidfd becomes readable when its process ends, whoever its parent is; so
 * there is no SIGCHLD handler, and no wait that could take another's child. */
#include <errno.h>
#include <unistd.h>

#include "base/fault.h"
#include "loop/loop_uv.h"
#include "os/os.h"

static void
child_ended(struct loop_fd *fd, unsigned io)
{
	struct loop_child *s = container_of(fd, struct loop_child, fd);
	int status = -1;

	(void)io;
	/* Another may have waited for it: then the status is lost, the end is not. */
	if (s->ours && os_pidfd_reap(s->pidfd, &status) == -EAGAIN)
		return;
	loop_child_stop(s);
	s->fn(s, status);
}

int
loop_child_start(struct loop *l, struct loop_child *s, pid_t pid, int pidfd, bool ours,
    void (*fn)(struct loop_child *, int wait_status))
{
	int r;

	s->pidfd = pidfd;
	s->pid = pid;
	s->ours = ours;
	s->fn = fn;
	r = loop_fd_start(l, &s->fd, pidfd, LOOP_READ, child_ended);
	if (r < 0) {
		(void)close(pidfd);
		s->pidfd = -1;
	}
	return fault(r);
}

void
loop_child_stop(struct loop_child *s)
{
	if (!s->fd.handle)
		return;
	loop_fd_stop(&s->fd);
	(void)close(s->pidfd);
	s->pidfd = -1;
}
