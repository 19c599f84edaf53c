/* Unix sockets are named through /proc/self/fd/DIRFD/NAME: the kernel's 108
 * bytes for an address then never depend on where the user's home is. */
#include "os/os.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"

static int
socket_address(int dirfd, const char *name, struct sockaddr_un *sa)
{
	int n;

	*sa = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (dirfd == AT_FDCWD || name[0] == '/')
		n = snprintf(sa->sun_path, sizeof(sa->sun_path), "%s", name);
	else
		n = snprintf(sa->sun_path, sizeof(sa->sun_path), "/proc/self/fd/%d/%s",
		    dirfd, name);
	return n < 0 || (size_t)n >= sizeof(sa->sun_path) ? -ENAMETOOLONG : 0;
}

static int
socket_new(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

/* A socket file nobody listens on is what a killed daemon left. */
static int
socket_remove_stale(int dirfd, const char *name, const struct sockaddr_un *sa)
{
	cleanup_fd int fd = socket_new();
	struct stat st;

	if (fd < 0)
		return fault(fd);
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : fault(-errno);
	if (!S_ISSOCK(st.st_mode))
		return fault(-EADDRINUSE);
	if (connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) == 0 || errno == EAGAIN)
		return fault(-EADDRINUSE);
	if (errno == ENOENT)
		return 0;
	if (errno != ECONNREFUSED)
		return fault(-errno);
	if (unlinkat(dirfd, name, 0) < 0 && errno != ENOENT)
		return fault(-errno);
	return 0;
}

int
os_unix_listen(int dirfd, const char *name, int *ret_fd)
{
	cleanup_fd int fd = -1;
	struct sockaddr_un sa;
	int r;

	if (os_fault())
		return fault(-errno);
	r = socket_address(dirfd, name, &sa);
	if (r < 0)
		return fault(r);
	fd = socket_new();
	if (fd < 0)
		return fault(fd);
	/* The mode of the socket becomes the mode of the file: no moment with a wider
	 * one. */
	if (fchmod(fd, 0600) < 0)
		return fault(-errno);
	if (bind(fd, (const struct sockaddr *)&sa, sizeof(sa)) < 0) {
		if (errno != EADDRINUSE)
			return fault(-errno);
		r = socket_remove_stale(dirfd, name, &sa);
		if (r < 0)
			return fault(r);
		if (bind(fd, (const struct sockaddr *)&sa, sizeof(sa)) < 0)
			return fault(-errno);
	}
	if (listen(fd, SOMAXCONN) < 0)
		return fault(-errno);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int
os_unix_connect(int dirfd, const char *name, int *ret_fd)
{
	cleanup_fd int fd = -1;
	struct sockaddr_un sa;
	int r;

	if (os_fault())
		return fault(-errno);
	r = socket_address(dirfd, name, &sa);
	if (r < 0)
		return fault(r);
	fd = socket_new();
	if (fd < 0)
		return fault(fd);
	if (connect(fd, (const struct sockaddr *)&sa, sizeof(sa)) < 0)
		return fault(-errno);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int
os_unix_accept(int listen_fd, int *ret_fd)
{
	int fd;

	if (os_fault())
		return fault(-errno);
	do
		fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
	if (fd < 0)
		return errno == EAGAIN ? -EAGAIN : fault(-errno);
	*ret_fd = fd;
	return 0;
}

int
os_peer(int fd, uid_t *ret_uid, pid_t *ret_pid)
{
	struct ucred c;
	socklen_t len = sizeof(c);

	if (os_fault())
		return fault(-errno);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &len) < 0)
		return fault(-errno);
	if (len != sizeof(c) || c.uid == (uid_t)-1)
		return fault(-ENOTCONN);
	*ret_uid = c.uid;
	*ret_pid = c.pid;
	return 0;
}

int
os_pipe(int ret_fds[2])
{
	int fds[2];

	if (os_fault() || pipe2(fds, O_CLOEXEC) < 0)
		return fault(-errno);
	if (fcntl(fds[0], F_SETFL, O_NONBLOCK) < 0) {
		int r = -errno;

		(void)close(fds[0]);
		(void)close(fds[1]);
		return fault(r);
	}
	ret_fds[0] = fds[0];
	ret_fds[1] = fds[1];
	return 0;
}

int
os_memfd(struct str content, int *ret_fd)
{
	cleanup_fd int fd = -1;

	if (os_fault())
		return fault(-errno);
	fd = memfd_create("belay", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return fault(-errno);
	while (content.len > 0) {
		ssize_t n = write(fd, content.p, content.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault(-errno);
		content.p += n;
		content.len -= (size_t)n;
	}
	if (fcntl(fd, F_ADD_SEALS,
		F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return fault(-errno);
	if (lseek(fd, 0, SEEK_SET) < 0)
		return fault(-errno);
	*ret_fd = TAKE_FD(fd);
	return 0;
}
