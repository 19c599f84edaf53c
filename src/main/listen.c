#include "main/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/log.h"
#include "main/upgrade.h"

#define LOG_MODULE "listen"

static const char socket_name[] = "belayd.sock", lock_name[] = "belayd.lock";

static int
take_lock(struct listen *n, struct buf *error)
{
	pid_t holder = 0;
	int r;

	n->lock_fd = upgrade_taken(UPGRADE_LOCK);
	if (n->lock_fd >= 0)
		return 0;
	r = os_lock_file(n->dir, lock_name, &n->lock_fd, &holder);
	if (r == -EWOULDBLOCK) {
		buf_printf(error, "already running (pid %d)", (int)holder);
		return LISTEN_E_RUNNING;
	}
	if (r < 0) {
		buf_printf(error, "%s/%s: %s", n->home->run, lock_name, strerror(-r));
		return LISTEN_E_FAILED;
	}
	return 0;
}

static int
take_socket(struct listen *n, struct buf *error)
{
	int r;

	n->fd = upgrade_taken(UPGRADE_LISTEN);
	if (n->fd >= 0)
		return 0;
	if (os_sd_listen_fds() > 0) {
		n->fd = 3; /* SD_LISTEN_FDS_START */
		n->passed = true;
		return 0;
	}
	r = os_unix_listen(n->dir, socket_name, &n->fd);
	if (r < 0) {
		buf_printf(error, "%s: %s", n->home->socket, strerror(-r));
		return LISTEN_E_FAILED;
	}
	return 0;
}

int
listen_open(struct listen *n, const struct os_home *home, struct buf *error)
{
	int r;

	*n = LISTEN_NONE;
	n->home = home;
	r = os_open_dir(home->run, &n->dir);
	if (r < 0) {
		buf_printf(error, "%s: %s", home->run, strerror(-r));
		return LISTEN_E_FAILED;
	}
	r = take_lock(n, error);
	if (!r)
		r = take_socket(n, error);
	return r;
}

static bool
present(const struct listen *n, const char *name)
{
	struct stat st;

	return fstatat(n->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static void
renew_lock(struct listen *n)
{
	pid_t holder;
	int fd, r;

	if (present(n, lock_name))
		return;
	r = os_lock_file(n->dir, lock_name, &fd, &holder);
	if (r < 0) {
		log_error("%s was deleted and can not be made anew: %s", lock_name,
		    strerror(-r));
		return;
	}
	(void)close(n->lock_fd);
	n->lock_fd = fd;
	log_warn("%s was deleted; it was made anew", lock_name);
}

static void
on_change(struct loop_dir *watch, const char *name)
{
	struct listen *n = container_of(watch, struct listen, watch);
	int fd, old, r;

	(void)name;
	renew_lock(n);
	if (present(n, socket_name))
		return;
	r = os_unix_listen(n->dir, socket_name, &fd);
	if (r < 0) {
		log_error("%s was deleted and can not be made anew: %s", n->home->socket,
		    strerror(-r));
		return;
	}
	log_warn("%s was deleted; it was made anew", n->home->socket);
	old = n->fd;
	n->fd = fd;
	n->passed = false;
	n->renewed(n);
	(void)close(old);
}

int
listen_watch(struct listen *n, struct loop *l, void (*renewed)(struct listen *))
{
	int r;

	n->renewed = renewed;
	r = loop_dir_start(l, &n->watch, n->home->run, on_change);
	if (r < 0)
		return fault(r);
	n->watched = true;
	on_change(&n->watch, NULL); /* what was deleted before we looked */
	return 0;
}

void
listen_close(struct listen *n, bool remove)
{
	if (n->watched)
		loop_dir_stop(&n->watch);
	if (remove && !n->passed && n->dir >= 0)
		(void)unlinkat(n->dir, socket_name, 0);
	if (n->dir >= 0)
		(void)close(n->dir);
	n->dir = -1;
	n->watched = false;
}
