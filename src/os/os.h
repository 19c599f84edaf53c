/* os.h: where we run.  The only floor that knows the operating system
 * (implemented by os_linux.c and by portable files beside it). */
#ifndef OS_OS_H
#define OS_OS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/id.h"
#include "base/str.h"

/* --- Clock and random ---------------------------------------------------- */
mono_t os_mono(void);
wall_t os_wall(void);
void os_random(void *p, size_t len); /* getrandom; aborts if the kernel has none */

/* --- Files ----------------------------------------------------------------- */
int os_mkdir_private(
    const char *path) MUST_CHECK; /* with parents, 0700; fine if it is there */
/* Reads a whole regular file, at most max bytes (-EFBIG over it). */
int os_read_file(int dirfd, const char *path, size_t max, struct buf *ret) MUST_CHECK;
/* Atomically: temporary file beside it, fsync, rename, fsync of the directory.  0600. */
int os_write_file(int dirfd, const char *path, struct str content) MUST_CHECK;
/* Never follows links nor crosses into another file system (-EXDEV); fine if it is not
 * there. */
int os_remove_tree(int dirfd, const char *name) MUST_CHECK;
int os_open_dir(
    const char *path, int *ret_fd) MUST_CHECK; /* to name things relative to it */
/* An exclusive kernel lock (flock) that ends with the process.  -EWOULDBLOCK: held by
 * another; then *ret_pid is what the holder wrote into the file (0 unknown).  The fd
 * keeps the lock. */
int os_lock_file(int dirfd, const char *path, int *ret_fd, pid_t *ret_pid) MUST_CHECK;

/* --- Processes --------------------------------------------------------------- */
/* Start time of a process: field 22 of /proc/PID/stat.  With the pid it is an identity.
 * -ESRCH: no such process (a zombie counts as none). */
int os_process_start(pid_t pid, uint64_t *ret) MUST_CHECK;
bool os_process_is(pid_t pid, uint64_t start);
/* The kernel's short name of a process (15 bytes at most); -ESRCH. */
int os_process_name(pid_t pid, struct buf *ret) MUST_CHECK;
int os_pidfd(
    pid_t pid, uint64_t start, int *ret_fd) MUST_CHECK; /* -ESRCH when it is another */
/* Of a child that was not waited for yet: may have ended already. */
int os_pidfd_child(pid_t pid, int *ret_fd) MUST_CHECK;
int os_pidfd_signal(int pidfd, int signo) MUST_CHECK; /* -ESRCH: ended */
/* Takes the wait status of a child that ended; -EAGAIN: it runs; -ECHILD: not ours. */
int os_pidfd_reap(int pidfd, int *ret_status) MUST_CHECK;
void os_boot_id(char ret[37]); /* changes with each boot; "" when unknown */

struct os_spawn {
	const char *path;  /* absolute, or looked up in PATH when it has no slash */
	char *const *argv; /* ends with NULL */
	char *const *env;  /* NULL: ours */
	const char *cwd;   /* NULL: ours */
	/* fds[i] becomes fd i of the child; -1: /dev/null for 0..2, closed above.
	 * 0..2 are /dev/null also when nfds is smaller. */
	int fds[8];
	unsigned nfds;
	bool setsid;
};

/* posix_spawn: signals reset, everything else closed, the limit of open files as it was
 * before os_raise_nofile().  The exec error (also of cwd) is the result. */
int os_spawn(const struct os_spawn *spawn, pid_t *ret_pid) MUST_CHECK;
/* Absolute path of `name` through `path_var` (a PATH value; NULL: ours); -ENOENT,
 * -EACCES. */
int os_find_program(
    const char *name, const char *path_var, const char *cwd, struct buf *ret) MUST_CHECK;
/* Directory of the running executable (to find belay-shim beside it). */
int os_exe_dir(struct buf *ret) MUST_CHECK;

/* --- Sockets ------------------------------------------------------------------- */
/* Unix stream sockets by directory fd and name, so that a path longer than
 * sun_path works (through /proc/self/fd).  Non-blocking, close-on-exec. */
int os_unix_listen(
    int dirfd, const char *name, int *ret_fd) MUST_CHECK; /* replaces a stale one */
int os_unix_connect(int dirfd, const char *name, int *ret_fd) MUST_CHECK;
int os_unix_accept(int listen_fd, int *ret_fd) MUST_CHECK; /* -EAGAIN */
/* The user at the other end. */
int os_peer(int fd, uid_t *ret_uid, pid_t *ret_pid) MUST_CHECK;
int os_pipe(int ret_fds[2]) MUST_CHECK; /* close-on-exec, non-blocking read end */
int os_memfd(struct str content, int *ret_fd) MUST_CHECK; /* read position at 0 */
void os_raise_nofile(void);
/* One datagram to the service manager ("READY=1"); without NOTIFY_SOCKET it does nothing.
 */
int os_sd_notify(const char *state) MUST_CHECK;
/* Sockets handed over by the service manager: fds 3 .. 3 + n - 1, now close-on-exec.  The
 * variables are removed from our environment; 0 when there are none. */
unsigned os_sd_listen_fds(void);

/* --- The log file ----------------------------------------------------------------- */
/* Appends lines; at LIMIT_LOG_FILE_BYTES the file becomes PATH.1 (one old file is kept).
 * OS_LOGFILE_NONE is a valid closed one. */
struct os_logfile {
	/* private */
	char *path;
	int fd;
	uint64_t size;
};

#define OS_LOGFILE_NONE ((struct os_logfile){ .fd = -1 })

int os_logfile_open(struct os_logfile *f, const char *path) MUST_CHECK;
/* Adds the newline.  A failure leaves the file usable. */
int os_logfile_write(struct os_logfile *f, struct str line) MUST_CHECK;
void os_logfile_close(struct os_logfile *f);

/* --- Fault injection ------------------------------------------------------------------
 */
/* For tests: with BELAY_TEST=1 and FAULT_AT=n in the environment the n-th call answers
 * true and sets errno to FAULT_ERRNO (a number; EIO without it).  Stands at the top of
 * what can fail. */
bool os_fault(void);
uint64_t os_fault_calls(
    void); /* how often it was asked, to know when n is past the end */
void os_fault_set(uint64_t nth, int err); /* 0: never; starts to count anew */

/* --- Homes ------------------------------------------------------------------------ */
/* Where everything is.  BELAY_HOME puts all under one directory (config/, data/,
 * state/, run/); else the XDG directories.  Paths are absolute, owned by the struct. */
struct os_home {
	char *root;                        /* BELAY_HOME itself, else NULL */
	char *config, *data, *state, *run; /* run holds belayd.sock and belayd.lock */
	char *sessions;                    /* state/sessions: one directory a session */
	char *socket;                      /* run/belayd.sock */
	bool from_env;                     /* BELAY_HOME was set */
};

/* Only computes.  -EINVAL: BELAY_HOME is not absolute. */
int os_home_init(struct os_home *h) MUST_CHECK;
void os_home_deinit(struct os_home *h);
/* Makes the directories, private.  On a failure *ret_path is the one that failed (static
 * or in h). -EPERM: it belongs to another user or others may write in it. */
int os_home_make(const struct os_home *h, const char **ret_path) MUST_CHECK;

#endif
