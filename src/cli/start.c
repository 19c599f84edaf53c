/* start.c: belayd's standard error is read while it starts, so that its reason
 * for not starting reaches the person who typed the command. */
#include "cli/start.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/limits.h"

#define START_MS    20000
#define WORDS_BYTES 4096u

int
start_find(const char *program, struct buf *ret)
{
	/* The tree as built, and as installed. */
	static const char *const places[] = { "", "/../libexec/belay" };

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		buf_clear(ret);
		if (os_exe_dir(ret) != 0)
			break;
		buf_printf(ret, "%s/%s", places[i], program);
		if (access(buf_text(ret), X_OK) == 0)
			return 0;
	}
	buf_clear(ret);
	return os_find_program(program, NULL, NULL, ret);
}

/* What can be read now, up to the limit; later words are read and forgotten. */
static bool
read_words(int fd, struct buf *words)
{
	char chunk[1024];
	ssize_t n = read(fd, chunk, sizeof(chunk));

	if (n > 0)
		buf_put(words, chunk, (size_t)n);
	return n > 0;
}

static int
wait_for(int pidfd, int words_fd, struct buf *words, int *ret_status)
{
	mono_t begin = os_mono();

	for (;;) {
		struct pollfd fds[] = { { .fd = pidfd, .events = POLLIN },
			{ .fd = words_fd, .events = POLLIN } };
		int64_t left = START_MS - mono_ms_between(begin, os_mono());
		int n = left > 0 ? poll(fds, ARRAY_LEN(fds), (int)left) : 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -ETIMEDOUT;
		if (fds[1].revents && !read_words(words_fd, words))
			words_fd = -1;
		if (!fds[0].revents)
			continue;
		while (words_fd >= 0 && read_words(words_fd, words))
			;
		return os_pidfd_reap(pidfd, ret_status);
	}
}

static struct str
last_line(const struct buf *words)
{
	struct str all = str_trim(buf_str(words)), line = STR_NONE;

	while (all.len > 0)
		line = str_cut(&all, '\n');
	line = str_trim(line);
	if (str_starts(line, STR("belayd: ")))
		line = str_make(line.p + 8, line.len - 8);
	return line;
}

int
start_daemon(struct problem *p)
{
	cleanup_buf struct buf path = BUF(LIMIT_PATH_BYTES), words = BUF(WORDS_BYTES);
	cleanup_fd int words_fd = -1, write_end = -1, pidfd = -1;
	int ends[2], status = 0, r;
	pid_t pid;

	if (start_find("belayd", &path) < 0)
		return problem_set(p, OUTCOME_UNREACHABLE, "",
		    "belayd is neither beside belay nor in PATH; install it, or start it "
		    "yourself");
	r = os_pipe(ends);
	if (r == 0) {
		char *argv[] = { path.data, (char[]){ "--daemonize" }, NULL };
		struct os_spawn spawn = {
			.path = path.data, .argv = argv, .cwd = "/", .nfds = 3
		};

		words_fd = ends[0];
		write_end = ends[1];
		spawn.fds[0] = spawn.fds[1] = -1;
		spawn.fds[2] = write_end;
		r = os_spawn(&spawn, &pid);
	}
	if (r == 0)
		r = os_pidfd_child(pid, &pidfd);
	if (r == 0) {
		(void)close(TAKE_FD(write_end));
		r = wait_for(pidfd, words_fd, &words, &status);
	}
	if (r < 0)
		return problem_set(p, OUTCOME_UNREACHABLE, "",
		    "%s can not be started: %s", path.data,
		    r == -ETIMEDOUT ? "it was not ready in time" : strerror(-r));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (words.len > 0)
		return problem_set(p, OUTCOME_UNREACHABLE, "",
		    "belayd did not start: %.*s", STR_ARG(last_line(&words)));
	return problem_set(p, OUTCOME_UNREACHABLE, "", "belayd did not start: %s %d",
	    WIFEXITED(status) ? "exit status" : "signal",
	    WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
}
