/* Removal of a directory with all that is in it.
 *
 * Every step goes through the fd of the directory it is in, and nothing is
 * opened through a link, so no rename under our hands leads us elsewhere.  One
 * fd a level: a subdirectory deeper than TREE_DEPTH is moved up to the top and
 * removed there, so any depth ends.  Directories without write permission
 * (module caches make them) are opened up first, for they are ours. */
#include "os/os.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"

#define TREE_DEPTH 64u

struct tree {
	int top; /* the directory that is removed */
	dev_t dev;
	uint64_t moved;
};

static void
tree_closedirp(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}

static int
tree_open(int dirfd, const char *name, int *ret_fd)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
	int fd = openat(dirfd, name, flags);

	if (fd < 0 && errno == EACCES && fchmodat(dirfd, name, 0700, 0) == 0)
		fd = openat(dirfd, name, flags);
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

static int
tree_unlink(int dirfd, const char *name, int flags)
{
	if (unlinkat(dirfd, name, flags) == 0)
		return 0;
	if (errno == EACCES && fchmod(dirfd, 0700) == 0 &&
	    unlinkat(dirfd, name, flags) == 0)
		return 0;
	return errno == ENOENT ? 0 : -errno;
}

static int
tree_lift(struct tree *t, int dirfd, const char *name)
{
	char to[64];

	(void)snprintf(
	    to, sizeof(to), ".removed.%" PRIu64 ".%d", t->moved++, (int)getpid());
	if (renameat(dirfd, name, t->top, to) == 0)
		return 0;
	if (errno == EACCES && fchmod(dirfd, 0700) == 0 &&
	    renameat(dirfd, name, t->top, to) == 0)
		return 0;
	return -errno;
}

static int tree_empty(struct tree *t, int dirfd, unsigned depth);

static int
tree_entry(struct tree *t, int dirfd, const char *name, unsigned depth)
{
	cleanup_fd int fd = -1;
	struct stat st;
	int r;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : fault(-errno);
	if (!S_ISDIR(st.st_mode))
		return fault(tree_unlink(dirfd, name, 0));
	if (st.st_dev != t->dev)
		return fault(-EXDEV);
	if (depth >= TREE_DEPTH)
		return fault(tree_lift(t, dirfd, name));
	r = tree_open(dirfd, name, &fd);
	if (r < 0)
		return fault(r);
	r = tree_empty(t, fd, depth + 1);
	if (r < 0)
		return fault(r);
	return fault(tree_unlink(dirfd, name, AT_REMOVEDIR));
}

/* Entries may appear while we remove (also those we lift): read again until a
 * round finds nothing. */
static int
tree_empty(struct tree *t, int dirfd, unsigned depth)
{
	__attribute__((__cleanup__(tree_closedirp))) DIR *d = NULL;
	cleanup_fd int copy = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool found = true;
	int r;

	if (copy < 0)
		return fault(-errno);
	d = fdopendir(copy);
	if (!d)
		return fault(-errno);
	(void)TAKE_FD(copy);
	while (found) {
		struct dirent *e;

		found = false;
		rewinddir(d);
		while (errno = 0, (e = readdir(d))) {
			if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
				continue;
			found = true;
			r = tree_entry(t, dirfd, e->d_name, depth);
			if (r < 0)
				return fault(r);
		}
		if (errno)
			return fault(-errno);
	}
	return 0;
}

int
os_remove_tree(int dirfd, const char *name)
{
	struct tree t = { .top = -1 };
	cleanup_fd int fd = -1;
	struct stat st;
	int r;

	if (os_fault())
		return fault(-errno);
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : fault(-errno);
	if (!S_ISDIR(st.st_mode))
		return fault(tree_unlink(dirfd, name, 0));
	r = tree_open(dirfd, name, &fd);
	if (r < 0)
		return r == -ENOENT ? 0 : fault(r);
	if (fstat(fd, &st) < 0)
		return fault(-errno);
	t.top = fd;
	t.dev = st.st_dev;
	r = tree_empty(&t, fd, 0);
	if (r < 0)
		return fault(r);
	return fault(tree_unlink(dirfd, name, AT_REMOVEDIR));
}
