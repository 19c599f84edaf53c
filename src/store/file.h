/* file.h: the database as files in a directory.
 *
 * The three files (database, -wal, -shm) are known by device and inode, so
 * that a removed or replaced one is noticed.  Nothing here opens a live
 * database file: closing any descriptor of it would drop SQLite's locks. */
#ifndef STORE_FILE_H
#define STORE_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/id.h"

enum file_part { FILE_DB, FILE_WAL, FILE_SHM, FILE_PART_COUNT };

struct file_mark {
	dev_t dev[FILE_PART_COUNT];
	ino_t ino[FILE_PART_COUNT];
};

/* What is at the path now; a missing one is inode 0. */
struct file_mark file_mark(const char *path);
bool file_mark_eq(const struct file_mark *a, const struct file_mark *b);

/* Makes an empty private file if there is none. */
int file_make(const char *path, bool *ret_made) MUST_CHECK;
void file_unmake(const char *path); /* if it is still empty */
/* An empty file, or a -wal without its database: content was lost. */
bool file_is_torn(const char *path);
/* Renames all three to PATH.WHY-TIME (…-wal, …-shm); missing ones are fine. */
int file_set_aside(const char *path, const char *why, wall_t now) MUST_CHECK;

/* Replacing the database by a complete copy, so that a crash at any point
 * leaves the old one or the new one.  A copy is written under the name of
 * file_copy_path() (heap); file_copy_ready() makes it durable and gives it
 * the name PATH.restore, from then on it is the truth; file_copy_place() puts
 * it at the path, what is there and is not `ours` is set aside.
 * file_copy_finish() does this at start for a copy that a crash left (ours: NULL). */
char *file_copy_path(const char *path) MUST_CHECK;
int file_copy_ready(const char *path) MUST_CHECK;
int file_copy_place(
    const char *path, const struct file_mark *ours, wall_t now) MUST_CHECK;
int file_copy_finish(const char *path, wall_t now) MUST_CHECK;

#endif
