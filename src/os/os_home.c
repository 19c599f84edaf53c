/* Four directories of the XDG base directory specification, or four under one
 * root for tests and private copies.  Only absolute values of the variables
 * count, as the specification says; for our own variable a relative value is
 * an error, because it would mean another place for each caller. */
#include "os/os.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/limits.h"

static char *
home_join(const char *a, const char *b)
{
	cleanup_buf struct buf path = BUF_UNLIMITED;

	buf_printf(&path, "%s/%s", a, b);
	return buf_take(&path);
}

static const char *
home_absolute(const char *variable)
{
	const char *value = getenv(variable);

	return value && value[0] == '/' ? value : NULL;
}

static char *
home_of_user(void)
{
	const char *home = home_absolute("HOME");
	struct passwd pw, *found = NULL;
	char text[4096];

	if (home)
		return xstrdup(home);
	if (getpwuid_r(geteuid(), &pw, text, sizeof(text), &found) == 0 && found &&
	    found->pw_dir && found->pw_dir[0] == '/')
		return xstrdup(found->pw_dir);
	return xstrdup("/");
}

static char *
home_xdg(const char *variable, const char *home, const char *otherwise)
{
	const char *base = home_absolute(variable);
	cleanup_free char *under_home = NULL;

	if (base)
		return home_join(base, "belay");
	under_home = home_join(home, otherwise);
	return home_join(under_home, "belay");
}

int
os_home_init(struct os_home *h)
{
	const char *root = getenv("BELAY_HOME");
	const char *runtime = home_absolute("XDG_RUNTIME_DIR");
	cleanup_free char *home = NULL;

	*h = (struct os_home){ 0 };
	if (root && root[0] != '\0') {
		if (root[0] != '/')
			return fault(-EINVAL);
		h->from_env = true;
		h->root = xstrdup(root);
		/* One spelling for one place: without slashes at the end. */
		for (size_t n = strlen(h->root); n > 1 && h->root[n - 1] == '/'; n--)
			h->root[n - 1] = '\0';
		h->config = home_join(h->root, "config");
		h->data = home_join(h->root, "data");
		h->state = home_join(h->root, "state");
		h->run = home_join(h->root, "run");
	} else {
		home = home_of_user();
		h->config = home_xdg("XDG_CONFIG_HOME", home, ".config");
		h->data = home_xdg("XDG_DATA_HOME", home, ".local/share");
		h->state = home_xdg("XDG_STATE_HOME", home, ".local/state");
		h->run =
		    runtime ? home_join(runtime, "belay") : home_join(h->state, "run");
	}
	h->sessions = home_join(h->state, "sessions");
	h->socket = home_join(h->run, "belayd.sock");
	return 0;
}

void
os_home_deinit(struct os_home *h)
{
	free(h->root);
	free(h->config);
	free(h->data);
	free(h->state);
	free(h->run);
	free(h->sessions);
	free(h->socket);
	*h = (struct os_home){ 0 };
}

static int
home_make_one(const char *path)
{
	cleanup_fd int fd = -1;
	struct stat st;
	int r;

	r = os_mkdir_private(path);
	if (r < 0)
		return fault(r);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fault(-errno);
	if (fstat(fd, &st) < 0)
		return fault(-errno);
	if (st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)))
		return fault(-EPERM);
	/* Made by somebody with a loose umask: readable is mended, writable was refused.
	 */
	if ((st.st_mode & 077) && fchmod(fd, 0700) < 0)
		return fault(-errno);
	if (faccessat(AT_FDCWD, path, R_OK | W_OK | X_OK, AT_EACCESS) < 0)
		return fault(-errno);
	return 0;
}

int
os_home_make(const struct os_home *h, const char **ret_path)
{
	const char *all[] = { h->root, h->config, h->data, h->state, h->run,
		h->sessions };
	int r;

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		if (!all[i])
			continue;
		r = home_make_one(all[i]);
		if (r < 0) {
			*ret_path = all[i];
			return fault(r);
		}
	}
	return 0;
}
