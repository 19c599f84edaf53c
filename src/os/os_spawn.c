/* Programs are started by posix_spawn: it shares our memory until the exec, so
 * that the size of the daemon does not matter, and gives the exec's error as
 * its result.
 *
 * The fds of the child are given by number, in any order and with any overlap
 * (fds[0] may be our 1 while fds[1] is our 0); so a source that is itself a
 * target number is first copied above all of them. */
#include "os/os.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"

#define SPAWN_FDS ARRAY_LEN(((struct os_spawn *)0)->fds)

static struct rlimit nofile_before; /* rlim_max 0: os_raise_nofile() did nothing */

void
os_raise_nofile(void)
{
	struct rlimit now;

	if (getrlimit(RLIMIT_NOFILE, &now) < 0 || now.rlim_cur >= now.rlim_max)
		return;
	nofile_before = now;
	now.rlim_cur = now.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &now) < 0)
		nofile_before = (struct rlimit){ 0 };
}

struct spawn_copies {
	int fds[SPAWN_FDS];
	unsigned n;
};

static void
spawn_copies_close(struct spawn_copies *c)
{
	while (c->n > 0)
		(void)close(c->fds[--c->n]);
}

static int
spawn_fds(const struct os_spawn *spawn, posix_spawn_file_actions_t *actions,
    struct spawn_copies *copies)
{
	int total = spawn->nfds > 3 ? (int)spawn->nfds : 3;
	int r = 0;

	for (int i = 0; i < total && r == 0; i++) {
		int fd = i < (int)spawn->nfds ? spawn->fds[i] : -1;

		if (fd < 0) {
			/* /dev/null is opened last: it must not take a source's number.
			 */
			if (i >= 3)
				r = posix_spawn_file_actions_addclose(actions, i);
			continue;
		}
		if (fd < total && fd != i) {
			fd = fcntl(fd, F_DUPFD_CLOEXEC, (int)SPAWN_FDS);
			if (fd < 0)
				return fault(-errno);
			copies->fds[copies->n++] = fd;
		}
		r = posix_spawn_file_actions_adddup2(actions, fd, i);
	}
	for (int i = 0; i < 3 && r == 0; i++) {
		if (i >= (int)spawn->nfds || spawn->fds[i] < 0)
			r = posix_spawn_file_actions_addopen(
			    actions, i, "/dev/null", O_RDWR, 0);
	}
	if (r == 0)
		r = posix_spawn_file_actions_addclosefrom_np(actions, total);
	return fault(-r);
}

static int
spawn_attr(const struct os_spawn *spawn, posix_spawnattr_t *attr)
{
	short flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
	sigset_t all, none;
	int r;

	/* Not sigfillset(): it leaves out the two signals of libc, and those would be
	 * ignored. */
	memset(&all, 0xff, sizeof(all));
	(void)sigemptyset(&none);
	if (spawn->setsid)
		flags |= POSIX_SPAWN_SETSID;
	r = posix_spawnattr_setsigdefault(attr, &all);
	if (r == 0)
		r = posix_spawnattr_setsigmask(attr, &none);
	if (r == 0)
		r = posix_spawnattr_setflags(attr, flags);
	return fault(-r);
}

/* Programs that use select() break above 1024 files, so they get the limit we
 * had.  It is lowered around the spawn, since after it the program runs
 * already; files that are open are not touched by that. */
static int
spawn_with_old_nofile(const struct os_spawn *spawn,
    const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attr,
    pid_t *ret_pid)
{
	char *const *env = spawn->env ? spawn->env : environ;
	bool lower = nofile_before.rlim_max != 0;
	struct rlimit raised;
	int r;

	lower = lower && getrlimit(RLIMIT_NOFILE, &raised) == 0 &&
		setrlimit(RLIMIT_NOFILE, &nofile_before) == 0;
	r = posix_spawnp(ret_pid, spawn->path, actions, attr, spawn->argv, env);
	if (lower)
		(void)setrlimit(RLIMIT_NOFILE, &raised);
	return r;
}

static int
spawn_run(const struct os_spawn *spawn, posix_spawn_file_actions_t *actions,
    posix_spawnattr_t *attr, struct spawn_copies *copies, pid_t *ret_pid)
{
	pid_t pid;
	int r;

	r = spawn_fds(spawn, actions, copies);
	if (r < 0)
		return fault(r);
	r = spawn_attr(spawn, attr);
	if (r < 0)
		return fault(r);
	if (spawn->cwd) {
		r = posix_spawn_file_actions_addchdir_np(actions, spawn->cwd);
		if (r != 0)
			return fault(-r);
	}
	r = spawn_with_old_nofile(spawn, actions, attr, &pid);
	if (r != 0)
		return fault(-r);
	*ret_pid = pid;
	return 0;
}

int
os_spawn(const struct os_spawn *spawn, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	struct spawn_copies copies = { .n = 0 };
	int r;

	if (os_fault())
		return fault(-errno);
	if (spawn->nfds > SPAWN_FDS)
		return fault(-EINVAL);
	r = posix_spawn_file_actions_init(&actions);
	if (r != 0)
		return fault(-r);
	r = posix_spawnattr_init(&attr);
	if (r == 0) {
		r = spawn_run(spawn, &actions, &attr, &copies, ret_pid);
		(void)posix_spawnattr_destroy(&attr);
	} else {
		r = -r;
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	spawn_copies_close(&copies);
	return fault(r);
}

/* --- The search for a program ------------------------------------------------ */

static void
spawn_join(struct buf *b, const char *cwd, struct str dir, const char *name)
{
	buf_clear(b);
	if (dir.len == 0 || dir.p[0] != '/') {
		buf_puts(b, cwd);
		if (dir.len > 0)
			buf_putc(b, '/');
	}
	buf_put(b, dir.p, dir.len);
	buf_putc(b, '/');
	buf_puts(b, name);
}

static int
spawn_usable(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EACCES;
	if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0)
		return -errno;
	return 0;
}

int
os_find_program(const char *name, const char *path_var, const char *cwd, struct buf *ret)
{
	cleanup_buf struct buf path = BUF(4096 * 2);
	cleanup_free char *here = NULL;
	struct str rest;
	int r, worst = -ENOENT;

	if (os_fault())
		return fault(-errno);
	if (!cwd) {
		here = getcwd(NULL, 0);
		if (!here)
			return fault(-errno);
		cwd = here;
	}
	if (name[0] == '\0')
		return fault(-ENOENT);
	if (strchr(name, '/')) {
		if (name[0] == '/')
			buf_puts(&path, name);
		else
			spawn_join(&path, cwd, STR_NONE, name);
		r = buf_failed(&path) ? -ENAMETOOLONG : spawn_usable(buf_text(&path));
		if (r == 0)
			buf_put(ret, path.data, path.len);
		return r;
	}
	if (!path_var)
		path_var = getenv("PATH");
	rest = path_var ? str_of(path_var) : STR("/usr/local/bin:/usr/bin:/bin");
	for (bool more = true; more;) {
		struct str dir;

		more = rest.p && memchr(rest.p, ':', rest.len);
		dir = str_cut(&rest, ':');
		spawn_join(&path, cwd, dir, name);
		r = buf_failed(&path) ? -ENAMETOOLONG : spawn_usable(buf_text(&path));
		if (r == 0) {
			buf_put(ret, path.data, path.len);
			return 0;
		}
		if (r == -EACCES)
			worst = -EACCES;
	}
	return worst;
}
