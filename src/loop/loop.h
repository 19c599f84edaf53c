/* loop.h: when.  One thread, one loop; the door to libuv (only loop/ includes uv.h).
 *
 * A source is a small public struct embedded in its owner; its libuv handle
 * lives on the heap and is freed by libuv's own close callback.  So *_stop()
 * may be called at any time, also from the source's own callback, and the
 * owner may be freed right after it: no callback comes after a stop.  A zeroed
 * source is a valid stopped source.  The owner is found by container_of().
 *
 * The clock is read once a turn: loop_now(), loop_wall(). */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/id.h"

struct loop;

int loop_new(struct loop **ret) MUST_CHECK;
struct loop *loop_free(
    struct loop *l); /* closes what is left, runs the close callbacks */
int loop_run(struct loop *l) MUST_CHECK;             /* until loop_quit() */
int loop_turn(struct loop *l, bool wait) MUST_CHECK; /* one turn, for tests */
void loop_quit(struct loop *l);
mono_t loop_now(const struct loop *l);
wall_t loop_wall(const struct loop *l);
/* For tests: from now on the clock is that much further, and timers with it. */
void loop_clock_advance(struct loop *l, uint64_t ms);
void *loop_native(struct loop *l); /* uv_loop_t *, for a library that needs it */

enum loop_io { LOOP_READ = 1 << 0, LOOP_WRITE = 1 << 1, LOOP_HUP = 1 << 2 };

struct loop_fd {
	void *handle;
	void (*fn)(struct loop_fd *, unsigned io);
};

/* Watches fd (not owned: close it after loop_fd_stop()).  Level-triggered. */
int loop_fd_start(struct loop *l, struct loop_fd *s, int fd, unsigned io,
    void (*fn)(struct loop_fd *, unsigned io)) MUST_CHECK;
void loop_fd_want(struct loop_fd *s, unsigned io);
void loop_fd_stop(struct loop_fd *s);

struct loop_timer {
	void *handle;
	void (*fn)(struct loop_timer *);
};

/* One shot; starting a running timer moves it.  It never fires before
 * loop_now() has reached its time. */
void loop_timer_start(struct loop *l, struct loop_timer *s, uint64_t after_ms,
    void (*fn)(struct loop_timer *));
void loop_timer_stop(struct loop_timer *s);
bool loop_timer_active(const struct loop_timer *s);

struct loop_signal {
	void *handle;
	void (*fn)(struct loop_signal *, int signo);
};

int loop_signal_start(struct loop *l, struct loop_signal *s, int signo,
    void (*fn)(struct loop_signal *, int signo)) MUST_CHECK;
void loop_signal_stop(struct loop_signal *s);

/* The end of a process.  Ours (a child is reaped, status is its wait status)
 * or any other (status -1), by pidfd.  `pidfd` is taken over, also by a start that fails.
 */
struct loop_child {
	struct loop_fd fd;
	int pidfd;
	pid_t pid;
	bool ours;
	void (*fn)(struct loop_child *, int wait_status);
};

int loop_child_start(struct loop *l, struct loop_child *s, pid_t pid, int pidfd,
    bool ours, void (*fn)(struct loop_child *, int wait_status)) MUST_CHECK;
void loop_child_stop(struct loop_child *s);

/* From another thread: fn runs on the loop soon.  Many posts may become one call. */
struct loop_post {
	void *handle;
	void (*fn)(struct loop_post *);
};

int loop_post_start(
    struct loop *l, struct loop_post *s, void (*fn)(struct loop_post *)) MUST_CHECK;
void loop_post_send(struct loop_post *s); /* any thread */
void loop_post_stop(struct loop_post *s);

/* Changes in a directory (inotify): name of the entry, or NULL if unknown. */
struct loop_dir {
	void *handle;
	void (*fn)(struct loop_dir *, const char *name);
};

int loop_dir_start(struct loop *l, struct loop_dir *s, const char *path,
    void (*fn)(struct loop_dir *, const char *name)) MUST_CHECK;
void loop_dir_stop(struct loop_dir *s);

/* At the end of this turn, once: for freeing what callbacks of this turn may
 * still touch, and for gathering work. */
struct loop_later {
	struct loop_later *next;
	bool queued;
	void (*fn)(struct loop_later *);
};

void loop_later(struct loop *l, struct loop_later *s, void (*fn)(struct loop_later *));
void loop_later_cancel(struct loop *l, struct loop_later *s);

#endif
