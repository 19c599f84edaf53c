/* What only Linux has: getrandom, /proc, pidfds.
 *
 * A process is named by pid and start time.  A pidfd is opened first and the
 * start time read after it: while the fd is open the kernel may reuse the
 * number, but then the start time read is another and the fd is given up. */
#include "os/os.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/limits.h"

mono_t
os_mono(void)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (mono_t){ (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec };
}

wall_t
os_wall(void)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (wall_t){ (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000 };
}

void
os_random(void *p, size_t len)
{
	uint8_t *at = p;

	while (len > 0) {
		ssize_t n = getrandom(at, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			abort();
		at += n;
		len -= (size_t)n;
	}
}

/* A read of /proc is made whole by the kernel: one read() is enough. */
static ssize_t
linux_read_proc(const char *path, char *text, size_t size)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, size - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	return n;
}

/* The name in field 2 may hold anything, also blanks and parentheses: the
 * fields after it are counted from the last one. */
static bool
linux_parse_stat(struct str text, char *ret_state, uint64_t *ret_start)
{
	struct str field = STR_NONE;
	size_t at = text.len;

	while (at > 0 && text.p[at - 1] != ')')
		at--;
	if (at == 0 || at + 2 >= text.len)
		return false;
	text.p += at + 1;
	text.len -= at + 1;
	*ret_state = text.p[0];
	for (unsigned n = 3; n <= 22; n++)
		field = str_cut(&text, ' ');
	return str_to_u64(field, ret_start);
}

int
os_process_start(pid_t pid, uint64_t *ret)
{
	char path[64], text[1024], state = 0;
	uint64_t start;
	ssize_t n;

	if (os_fault())
		return fault(-errno);
	if (pid <= 0)
		return -ESRCH;
	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	n = linux_read_proc(path, text, sizeof(text));
	if (n == -ENOENT || n == -ESRCH)
		return -ESRCH;
	if (n < 0)
		return fault((int)n);
	if (!linux_parse_stat(str_make(text, (size_t)n), &state, &start))
		return fault(-EPROTO);
	if (state == 'Z' || state == 'X')
		return -ESRCH;
	*ret = start;
	return 0;
}

bool
os_process_is(pid_t pid, uint64_t start)
{
	uint64_t is;

	return os_process_start(pid, &is) == 0 && is == start;
}

int
os_process_name(pid_t pid, struct buf *ret)
{
	char path[64], text[64];
	struct str name;
	ssize_t n;

	if (os_fault())
		return fault(-errno);
	(void)snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	n = linux_read_proc(path, text, sizeof(text));
	if (n == -ENOENT || n == -ESRCH)
		return -ESRCH;
	if (n < 0)
		return fault((int)n);
	name = str_make(text, (size_t)n);
	if (str_ends(name, STR("\n")))
		name.len--;
	buf_put(ret, name.p, name.len);
	return buf_failed(ret) ? fault(-ENAMETOOLONG) : 0;
}

int
os_pidfd(pid_t pid, uint64_t start, int *ret_fd)
{
	cleanup_fd int fd = -1;
	uint64_t is;
	int r;

	if (os_fault())
		return fault(-errno);
	if (pid <= 0)
		return -ESRCH;
	fd = pidfd_open(pid, 0);
	if (fd < 0)
		return errno == ESRCH ? -ESRCH : fault(-errno);
	r = os_process_start(pid, &is);
	if (r < 0)
		return r == -ESRCH ? r : fault(r);
	if (is != start)
		return -ESRCH;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int
os_pidfd_child(pid_t pid, int *ret_fd)
{
	int fd;

	if (os_fault())
		return fault(-errno);
	fd = pidfd_open(pid, 0);
	if (fd < 0)
		return fault(-errno);
	*ret_fd = fd;
	return 0;
}

int
os_pidfd_signal(int pidfd, int signo)
{
	if (os_fault())
		return fault(-errno);
	if (pidfd_send_signal(pidfd, signo, NULL, 0) < 0)
		return errno == ESRCH ? -ESRCH : fault(-errno);
	return 0;
}

int
os_pidfd_reap(int pidfd, int *ret_status)
{
	siginfo_t si = { 0 };
	int r;

	do
		r = waitid(P_PIDFD, (id_t)pidfd, &si, WEXITED | WNOHANG);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return errno == ECHILD ? -ECHILD : fault(-errno);
	if (si.si_pid == 0)
		return -EAGAIN;
	if (si.si_code == CLD_EXITED)
		*ret_status = W_EXITCODE(si.si_status, 0);
	else
		*ret_status = W_EXITCODE(0, si.si_status) |
			      (si.si_code == CLD_DUMPED ? WCOREFLAG : 0);
	return 0;
}

void
os_boot_id(char ret[37])
{
	char text[64];
	ssize_t n =
	    linux_read_proc("/proc/sys/kernel/random/boot_id", text, sizeof(text));

	ret[0] = '\0';
	if (n >= 36) {
		memcpy(ret, text, 36);
		ret[36] = '\0';
	}
}

/* After an upgrade the link ends in " (deleted)"; the directory is right all the same. */
int
os_exe_dir(struct buf *ret)
{
	char path[LIMIT_PATH_BYTES];
	ssize_t n;

	if (os_fault())
		return fault(-errno);
	n = readlink("/proc/self/exe", path, sizeof(path));
	if (n < 0)
		return fault(-errno);
	while (n > 1 && path[n - 1] != '/')
		n--;
	if (n > 1)
		n--;
	buf_put(ret, path, (size_t)n);
	return buf_failed(ret) ? fault(-ENAMETOOLONG) : 0;
}
