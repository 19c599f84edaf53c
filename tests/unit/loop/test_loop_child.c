/* The end of processes: children with their status, strangers without. */
#include "loop_test.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

struct watch {
	struct loop_child child;
	unsigned calls;
	int status;
	bool free_self;
};

static unsigned ended;

static void
watch_ended(struct loop_child *child, int status)
{
	struct watch *w = container_of(child, struct watch, child);

	ended++;
	w->calls++;
	w->status = status;
	if (w->free_self)
		free(w);
}

static pid_t
spawn(const char *script, int *ret_pidfd)
{
	char text[128];
	struct os_spawn s = { .path = "/bin/sh",
		.argv =
		    (char *const[]){ (char[]){ "sh" }, (char[]){ "-c" }, text, NULL } };
	pid_t pid;

	(void)snprintf(text, sizeof(text), "%s", script);
	assert_int_equal(os_spawn(&s, &pid), 0);
	assert_int_equal(os_pidfd_child(pid, ret_pidfd), 0);
	return pid;
}

static void
children_are_reaped_with_their_status(void **state)
{
	static const struct {
		const char *script;
		bool signaled;
		int value;
	} cases[] = {
		{ "exit 0", false, 0 },
		{ "exit 42", false, 42 },
		{ "kill -KILL $$", true, SIGKILL },
		{ "kill -TERM $$", true, SIGTERM },
	};
	struct watch w[ARRAY_LEN(cases)];

	memset(w, 0, sizeof(w));
	ended = 0;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int pidfd;
		pid_t pid = spawn(cases[i].script, &pidfd);

		assert_int_equal(
		    loop_child_start(*state, &w[i].child, pid, pidfd, true, watch_ended),
		    0);
	}
	turn_until(*state, ended == ARRAY_LEN(cases));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(w[i].calls, 1);
		assert_int_equal(WIFSIGNALED(w[i].status) != 0, cases[i].signaled);
		assert_int_equal(
		    cases[i].signaled ? WTERMSIG(w[i].status) : WEXITSTATUS(w[i].status),
		    cases[i].value);
		loop_child_stop(&w[i].child);
	}
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void
strangers_are_only_seen_to_end(void **state)
{
	struct watch *w = calloc(1, sizeof(*w));
	int pidfd, status;
	pid_t pid = spawn("read x", &pidfd); /* its input is empty: ends at once */

	ended = 0;
	w->free_self = true;
	assert_int_equal(
	    loop_child_start(*state, &w->child, pid, pidfd, false, watch_ended), 0);
	turn_until(*state, ended == 1);
	/* It was left for its parent to wait for. */
	assert_int_equal(waitpid(pid, &status, 0), pid);
}

static void
stopped_means_silent_and_zeroed_means_stopped(void **state)
{
	struct watch w = { 0 };
	int pidfd, status;
	pid_t pid;

	loop_child_stop(&w.child);
	pid = spawn("exit 3", &pidfd);
	ended = 0;
	assert_int_equal(
	    loop_child_start(*state, &w.child, pid, pidfd, true, watch_ended), 0);
	loop_child_stop(&w.child);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(loop_turn(*state, false), 0);
	assert_int_equal(ended, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		loop_test(children_are_reaped_with_their_status),
		loop_test(strangers_are_only_seen_to_end),
		loop_test(stopped_means_silent_and_zeroed_means_stopped),
	};

	if (under_valgrind()) {
		(void)puts("1..0 # SKIP valgrind has no pidfds");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
