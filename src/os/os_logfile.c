/* One O_APPEND write a line, so that lines of two processes (an old daemon
 * that ends, a new one that starts) do not mix.  The size is counted, not
 * asked for; it is read once at open. */
#include "os/os.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/limits.h"

static int
logfile_reopen(struct os_logfile *f)
{
	cleanup_fd int fd = -1;
	struct stat st;

	if (os_fault())
		return fault(-errno);
	fd = open(f->path,
	    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
	if (fd < 0)
		return fault(-errno);
	if (fstat(fd, &st) < 0)
		return fault(-errno);
	if (!S_ISREG(st.st_mode))
		return fault(-EINVAL);
	if (f->fd >= 0)
		(void)close(f->fd);
	f->fd = TAKE_FD(fd);
	f->size = (uint64_t)st.st_size;
	return 0;
}

int
os_logfile_open(struct os_logfile *f, const char *path)
{
	int r;

	*f = OS_LOGFILE_NONE;
	f->path = xstrdup(path);
	r = logfile_reopen(f);
	if (r < 0)
		os_logfile_close(f);
	return fault(r);
}

void
os_logfile_close(struct os_logfile *f)
{
	if (f->fd >= 0)
		(void)close(f->fd);
	free(f->path);
	*f = OS_LOGFILE_NONE;
}

/* When it fails the old file is written on: a longer log is better than none.
 * The count starts anew, so that not every line tries again. */
static int
logfile_rotate(struct os_logfile *f)
{
	cleanup_buf struct buf old = BUF(LIMIT_PATH_BYTES);

	f->size = 0;
	buf_printf(&old, "%s.1", f->path);
	if (buf_failed(&old))
		return fault(-ENAMETOOLONG);
	if (os_fault() || rename(f->path, buf_text(&old)) < 0)
		return fault(-errno);
	return fault(logfile_reopen(f));
}

int
os_logfile_write(struct os_logfile *f, struct str line)
{
	struct iovec iov[2] = {
		{ .iov_base = (void *)(uintptr_t)line.p, .iov_len = line.len },
		{ .iov_base = (char[]){ '\n' }, .iov_len = 1 },
	};
	ssize_t n;
	int r = 0;

	if (f->fd < 0)
		return fault(-EBADF);
	if (f->size > 0 && f->size + line.len + 1 > LIMIT_LOG_FILE_BYTES)
		r = logfile_rotate(f);
	do
		n = writev(f->fd, iov, 2);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fault(-errno);
	f->size += (uint64_t)n;
	return r;
}
