/* What a systemd service needs of its manager, without libsystemd: one
 * datagram, and the fds it hands over. */
#include "os/os.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"

#define SD_FIRST_FD 3

int
os_sd_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	cleanup_fd int fd = -1;
	socklen_t len;
	size_t n;

	if (!path || path[0] == '\0')
		return 0;
	n = strlen(path);
	if (os_fault())
		return fault(-errno);
	if ((path[0] != '/' && path[0] != '@') || n >= sizeof(sa.sun_path))
		return fault(-EINVAL);
	memcpy(sa.sun_path, path, n);
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	if (path[0] == '@')
		sa.sun_path[0] =
		    '\0'; /* abstract: the length counts, no NUL at the end */
	else
		len++;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return fault(-errno);
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&sa, len) <
	    0)
		return fault(-errno);
	return 0;
}

unsigned
os_sd_listen_fds(void)
{
	uint64_t pid = 0, n = 0;
	bool ours = str_to_u64(str_of(getenv("LISTEN_PID")), &pid) &&
		    pid == (uint64_t)getpid() &&
		    str_to_u64(str_of(getenv("LISTEN_FDS")), &n) && n <= 16;

	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
	if (!ours)
		return 0;
	for (int fd = SD_FIRST_FD; fd < SD_FIRST_FD + (int)n; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (flags < 0 || fcntl(fd, F_SETFD, flags | FD_CLOEXEC) < 0)
			return (unsigned)(fd - SD_FIRST_FD);
	}
	return (unsigned)n;
}
