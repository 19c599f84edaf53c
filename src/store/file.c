/* A WAL is not bound to its database: an old PATH-wal beside a new PATH would
 * be replayed into it.  So the old -wal and -shm always leave the path before
 * the new file comes to it, and the new file waits meanwhile, complete and
 * durable, under a name that store_open() looks for. */
#include "store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fault.h"
#include "os/os.h"

static const char *const suffixes[FILE_PART_COUNT] = { "", "-wal", "-shm" };

static char *
joined(const char *path, const char *tail, const char *tail2)
{
	cleanup_buf struct buf b = BUF_UNLIMITED;

	buf_printf(&b, "%s%s%s", path, tail, tail2);
	return buf_take(&b);
}

struct file_mark
file_mark(const char *path)
{
	struct file_mark m = { 0 };

	for (int i = 0; i < FILE_PART_COUNT; i++) {
		cleanup_free char *name = joined(path, suffixes[i], "");
		struct stat st;

		if (stat(name, &st) == 0) {
			m.dev[i] = st.st_dev;
			m.ino[i] = st.st_ino;
		}
	}
	return m;
}

static bool
part_eq(const struct file_mark *a, const struct file_mark *b, enum file_part i)
{
	return a->ino[i] == b->ino[i] && a->dev[i] == b->dev[i];
}

bool
file_mark_eq(const struct file_mark *a, const struct file_mark *b)
{
	return part_eq(a, b, FILE_DB) && part_eq(a, b, FILE_WAL) &&
	       part_eq(a, b, FILE_SHM);
}

int
file_make(const char *path, bool *ret_made)
{
	cleanup_fd int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 && errno != EEXIST)
		return fault(-errno);
	*ret_made = fd >= 0;
	return 0;
}

void
file_unmake(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && st.st_size == 0)
		(void)unlink(path);
}

bool
file_is_torn(const char *path)
{
	cleanup_free char *wal = joined(path, "-wal", "");
	struct stat st;

	if (stat(path, &st) == 0)
		return S_ISREG(st.st_mode) && st.st_size == 0;
	return stat(wal, &st) == 0 && st.st_size > 0;
}

static int
sync_dir(const char *path)
{
	cleanup_free char *copy = joined(path, "", "");
	cleanup_fd int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) < 0)
		return fault(-errno);
	return 0;
}

/* 20261121T030000Z, which every file system takes. */
static void
put_time(struct buf *b, wall_t now)
{
	cleanup_buf struct buf text = BUF(64);

	wall_put(&text, now);
	for (size_t i = 0; i < text.len && text.data[i] != '.'; i++) {
		if (text.data[i] != '-' && text.data[i] != ':')
			buf_putc(b, text.data[i]);
	}
	buf_putc(b, 'Z');
}

static bool
is_taken(const char *path)
{
	struct file_mark there = file_mark(path);

	return there.ino[FILE_DB] || there.ino[FILE_WAL] || there.ino[FILE_SHM];
}

/* `parts`: 1 << FILE_DB and so on. */
static int
set_aside(const char *path, unsigned parts, const char *why, wall_t now)
{
	cleanup_buf struct buf to = BUF_UNLIMITED;
	size_t stem;

	buf_printf(&to, "%s.%s-", path, why);
	put_time(&to, now);
	stem = to.len;
	/* Twice in a second: nothing that was set aside is overwritten. */
	for (unsigned n = 2; is_taken(buf_text(&to)); n++) {
		char tail[16];

		(void)snprintf(tail, sizeof(tail), ".%u", n);
		to.len = stem;
		buf_puts(&to, tail);
	}
	for (int i = FILE_PART_COUNT - 1; i >= 0; i--) {
		cleanup_free char *from = joined(path, suffixes[i], "");
		cleanup_free char *name = joined(buf_text(&to), suffixes[i], "");

		if (parts & (1u << i) && rename(from, name) < 0 && errno != ENOENT)
			return fault(-errno);
	}
	return fault(sync_dir(path));
}

int
file_set_aside(const char *path, const char *why, wall_t now)
{
	return set_aside(path, (1u << FILE_PART_COUNT) - 1, why, now);
}

char *
file_copy_path(const char *path)
{
	return joined(path, ".restore-part", "");
}

int
file_copy_ready(const char *path)
{
	cleanup_free char *part = file_copy_path(path);
	cleanup_free char *whole = joined(path, ".restore", "");
	cleanup_fd int fd = open(part, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fchmod(fd, 0600) < 0 || fsync(fd) < 0)
		return fault(-errno);
	if (rename(part, whole) < 0)
		return fault(-errno);
	return fault(sync_dir(path));
}

/* Ours goes: the copy has its content.  So does what nothing can be read from:
 * an index, or the empty -wal of someone who opened the file after ours was
 * removed.  The rest is set aside. */
static bool
is_worthless(const char *name, enum file_part part)
{
	struct stat st;

	return part == FILE_SHM ||
	       (part == FILE_WAL && stat(name, &st) == 0 && st.st_size == 0);
}

int
file_copy_place(const char *path, const struct file_mark *ours, wall_t now)
{
	cleanup_free char *whole = joined(path, ".restore", "");
	struct file_mark there = file_mark(path);
	unsigned foreign = 0;
	int r = 0;

	for (unsigned i = 0; i < FILE_PART_COUNT; i++) {
		cleanup_free char *name = joined(path, suffixes[i], "");
		bool own = ours && part_eq(&there, ours, i);

		if (!there.ino[i])
			continue;
		/* A database that is ours stays until the rename replaces it. */
		if (i != FILE_DB && (own || is_worthless(name, i))) {
			if (unlink(name) < 0 && errno != ENOENT)
				return fault(-errno);
		} else if (!own) {
			foreign |= 1u << i;
		}
	}
	if (foreign)
		r = set_aside(path, foreign, "replaced", now);
	if (!r && rename(whole, path) < 0)
		r = fault(-errno);
	return r ? r : fault(sync_dir(path));
}

int
file_copy_finish(const char *path, wall_t now)
{
	cleanup_free char *part = file_copy_path(path);
	cleanup_free char *whole = joined(path, ".restore", "");
	struct stat st;

	if (unlink(part) < 0 && errno != ENOENT && errno != ENOTDIR)
		return fault(-errno);
	if (stat(whole, &st) < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : fault(-errno);
	return fault(file_copy_place(path, NULL, now));
}
