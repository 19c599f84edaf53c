/* Files by directory fd and name.  A file is replaced by writing a temporary
 * one beside it, so that a reader sees the old or the new content and a crash
 * leaves one of the two. */
#include "os/os.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/limits.h"

int
os_open_dir(const char *path, int *ret_fd)
{
	int fd;

	if (os_fault())
		return fault(-errno);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fault(-errno);
	*ret_fd = fd;
	return 0;
}

/* The parents that are missing are made private too: nobody else asked for them. */
int
os_mkdir_private(const char *path)
{
	char part[LIMIT_PATH_BYTES];
	size_t len = strlen(path);
	struct stat st;

	if (os_fault())
		return fault(-errno);
	if (len == 0)
		return fault(-ENOENT);
	if (len >= sizeof(part))
		return fault(-ENAMETOOLONG);
	if (stat(path, &st) == 0)
		return S_ISDIR(st.st_mode) ? 0 : fault(-ENOTDIR);
	memcpy(part, path, len + 1);
	for (size_t i = 1; i <= len; i++) {
		if (part[i] != '/' && part[i] != '\0')
			continue;
		part[i] = '\0';
		if (mkdir(part, 0700) < 0 && errno != EEXIST)
			return fault(-errno);
		part[i] = path[i];
	}
	if (stat(path, &st) < 0)
		return fault(-errno);
	return S_ISDIR(st.st_mode) ? 0 : fault(-ENOTDIR);
}

int
os_read_file(int dirfd, const char *path, size_t max, struct buf *ret)
{
	cleanup_buf struct buf b = BUF(max + 1);
	cleanup_fd int fd = -1;
	struct stat st;
	ssize_t n;
	char *at;

	if (os_fault())
		return fault(-errno);
	/* O_NONBLOCK: a FIFO of that name must not stop us. */
	fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return fault(-errno);
	if (fstat(fd, &st) < 0)
		return fault(-errno);
	if (S_ISDIR(st.st_mode))
		return fault(-EISDIR);
	if (!S_ISREG(st.st_mode))
		return fault(-EINVAL);
	if (st.st_size > 0 && (uint64_t)st.st_size > max)
		return fault(-EFBIG);
	for (;;) {
		/* Files of /proc have no size: read until the end, whatever stat said. */
		size_t room =
		    st.st_size > (off_t)b.len ? (size_t)st.st_size - b.len + 1 : 4096;

		if (room > max + 1 - b.len)
			room = max + 1 - b.len;
		at = buf_room(&b, room);
		if (!at)
			return fault(-ENOMEM);
		n = read(fd, at, room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault(-errno);
		if (n == 0)
			break;
		buf_grew(&b, (size_t)n);
		if (b.len > max)
			return fault(-EFBIG);
	}
	buf_put(ret, buf_text(&b), b.len);
	return buf_failed(ret) ? fault(-EFBIG) : 0;
}

static int
files_write_all(int fd, struct str s)
{
	while (s.len > 0) {
		ssize_t n = write(fd, s.p, s.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault(-errno);
		s.p += n;
		s.len -= (size_t)n;
	}
	return 0;
}

static int
files_fill(int fd, struct str content)
{
	int r;

	if (os_fault())
		return fault(-errno);
	r = files_write_all(fd, content);
	if (r < 0)
		return fault(r);
	if (os_fault() || fsync(fd) < 0)
		return fault(-errno);
	return 0;
}

/* Writes the temporary file and puts it in place; on a failure it is removed. */
static int
files_replace(int dir, const char *name, struct str content)
{
	cleanup_fd int fd = -1;
	char tmp[NAME_MAX + 1];
	uint64_t salt;
	int r;

	os_random(&salt, sizeof(salt));
	r = snprintf(tmp, sizeof(tmp), ".%.200s.%016" PRIx64, name, salt);
	if (r < 0 || (size_t)r >= sizeof(tmp))
		return fault(-ENAMETOOLONG);
	fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fault(-errno);
	r = files_fill(fd, content);
	if (r == 0 && (os_fault() || renameat(dir, tmp, dir, name) < 0))
		r = -errno;
	if (r < 0) {
		(void)unlinkat(dir, tmp, 0);
		return fault(r);
	}
	if (fsync(dir) < 0)
		return fault(-errno);
	return 0;
}

int
os_write_file(int dirfd, const char *path, struct str content)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char parent[LIMIT_PATH_BYTES] = ".";
	cleanup_fd int dir = -1;
	size_t len;

	if (os_fault())
		return fault(-errno);
	if (slash) {
		len = slash == path ? 1 : (size_t)(slash - path);
		if (len >= sizeof(parent))
			return fault(-ENAMETOOLONG);
		memcpy(parent, path, len);
		parent[len] = '\0';
	}
	dir = openat(dirfd, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return fault(-errno);
	return fault(files_replace(dir, name, content));
}

/* The file may be removed and made anew between our open and our lock; then
 * the lock is on a file nobody else will see. */
static bool
files_same(int dirfd, const char *path, int fd)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && fstatat(dirfd, path, &b, AT_SYMLINK_NOFOLLOW) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static pid_t
files_lock_holder(int fd)
{
	char text[32];
	ssize_t n = pread(fd, text, sizeof(text), 0);
	int64_t pid = 0;

	if (n <= 0)
		return 0;
	if (!str_to_i64(str_trim(str_make(text, (size_t)n)), &pid) || pid < 1 ||
	    pid > INT32_MAX)
		return 0;
	return (pid_t)pid;
}

int
os_lock_file(int dirfd, const char *path, int *ret_fd, pid_t *ret_pid)
{
	char text[32];
	int n;

	if (os_fault())
		return fault(-errno);
	for (;;) {
		cleanup_fd int fd = openat(dirfd, path,
		    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);

		if (fd < 0)
			return fault(-errno);
		if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
			if (errno == EWOULDBLOCK && ret_pid)
				*ret_pid = files_lock_holder(fd);
			return errno == EWOULDBLOCK ? -EWOULDBLOCK : fault(-errno);
		}
		if (!files_same(dirfd, path, fd))
			continue;
		n = snprintf(text, sizeof(text), "%d\n", (int)getpid());
		/* The pid is for people; a full disk must not keep us from locking. */
		if (ftruncate(fd, 0) == 0)
			(void)!pwrite(fd, text, (size_t)n, 0);
		*ret_fd = TAKE_FD(fd);
		if (ret_pid)
			*ret_pid = getpid();
		return 0;
	}
}
