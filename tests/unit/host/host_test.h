/* host_test.h: a session's directory, a link, and what came over it. */
#ifndef HOST_TEST_H
#define HOST_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "host/host_link.h"
#include "os/os.h"

/* valgrind has no pidfds, makes a fork of the vfork in posix_spawn() so that exec
 * errors do not come back, and keeps resource limits to itself. */
static inline bool
under_valgrind(void)
{
	const char *preload = getenv("LD_PRELOAD");

	return preload && strstr(preload, "vgpreload");
}

#define EVENTS (HOST_EV_GONE + 1)

struct bench {
	struct loop *loop;
	char dir[128];
	struct host_link *link;
	bool in_call;     /* host_start() or host_adopt() is under way */
	unsigned free_at; /* the link is freed in this event; EVENTS: never */
	/* What came. */
	unsigned count[EVENTS];
	char order[256]; /* a letter for each event that is not output */
	struct buf output, errors;
	uint64_t first, next; /* positions of the output */
	uint64_t connected_at, keyframe_at, lost;
	struct buf keyframe;
	struct shim_status status;
	uint32_t done_id;
	uint8_t done_result;
	uint16_t cols, rows;
};

static inline void
bench_event(struct host_link *h, const struct host_event_data *d, void *ctx)
{
	static const char letters[] = "SFC.KLRXIUG";
	struct bench *b = ctx;
	size_t n = strlen(b->order);

	assert_false(b->in_call);
	assert_true(h == b->link);
	b->count[d->event]++;
	if (d->event != HOST_EV_OUTPUT && n + 1 < sizeof(b->order))
		b->order[n] = letters[d->event];
	if (d->status)
		b->status = *d->status;
	if (d->event == HOST_EV_CONNECTED)
		b->connected_at = d->position;
	if (d->event == HOST_EV_OUTPUT) {
		if (b->count[HOST_EV_OUTPUT] == 1)
			b->first = d->position;
		else
			assert_int_equal(d->position, b->next);
		buf_put(d->is_stderr ? &b->errors : &b->output, d->bytes.p, d->bytes.len);
		b->next = d->position + d->bytes.len;
	}
	if (d->event == HOST_EV_LOST) {
		b->lost += d->position - b->next;
		b->next = d->position;
	}
	if (d->event == HOST_EV_KEYFRAME) {
		buf_clear(&b->keyframe);
		buf_put(&b->keyframe, d->bytes.p, d->bytes.len);
		b->keyframe_at = b->next = d->position;
	}
	if (d->event == HOST_EV_INPUT_DONE) {
		b->done_id = d->id;
		b->done_result = d->result;
	}
	if (d->cols) {
		b->cols = d->cols;
		b->rows = d->rows;
	}
	if (d->event == b->free_at)
		b->link = host_free(h);
}

static inline void
bench_clear(struct bench *b)
{
	memset(b->count, 0, sizeof(b->count));
	memset(b->order, 0, sizeof(b->order));
	buf_deinit(&b->output);
	buf_deinit(&b->errors);
	buf_deinit(&b->keyframe);
	b->lost = b->first = b->next = 0;
}

static inline int
bench_setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	b->free_at = EVENTS;
	b->output = b->errors = b->keyframe = BUF(8 << 20);
	(void)snprintf(b->dir, sizeof(b->dir), "/tmp/belay-test-XXXXXX");
	if (!mkdtemp(b->dir) || loop_new(&b->loop) != 0)
		return -1;
	*state = b;
	return 0;
}

/* Ends a process we may not be the parent of, and waits for its end. */
static inline void
end_process(pid_t pid, uint64_t start)
{
	struct pollfd p = { .events = POLLIN };

	if (pid <= 0 || os_pidfd(pid, start, &p.fd) != 0)
		return;
	(void)!os_pidfd_signal(p.fd, SIGKILL);
	assert_int_equal(poll(&p, 1, 20000), 1);
	(void)close(p.fd);
}

static inline bool
bench_record(struct bench *b, struct shim_status *ret)
{
	cleanup_buf struct buf file = BUF(8192);
	char path[200];

	(void)snprintf(path, sizeof(path), "%s/status", b->dir);
	return os_read_file(AT_FDCWD, path, 8192, &file) == 0 &&
	       shim_status_get(buf_text(&file), file.len, ret);
}

static inline void
bench_end_processes(struct bench *b)
{
	struct shim_status st;

	if (bench_record(b, &st) && st.shim_pid != getpid()) {
		end_process(st.shim_pid, st.shim_start);
		end_process(st.child_pid, st.child_start);
	}
}

/* Turns until each child was reaped by the link that started it. */
static inline void
bench_reap(struct bench *b)
{
	siginfo_t info;

	while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
		assert_int_equal(loop_turn(b->loop, true), 0);
}

static inline int
bench_teardown(void **state)
{
	struct bench *b = *state;

	b->link = host_free(b->link);
	bench_end_processes(b);
	/* The first process of each start must have been reaped by the link. */
	bench_reap(b);
	(void)loop_free(b->loop);
	bench_clear(b);
	assert_int_equal(os_remove_tree(AT_FDCWD, b->dir), 0);
	free(b);
	return 0;
}

/* Turns until the condition holds; the test runner ends what never does. */
#define bench_until(b, condition)                                                        \
	do {                                                                             \
		while (!(condition))                                                     \
			assert_int_equal(loop_turn((b)->loop, true), 0);                 \
	} while (0)

static inline bool
bench_said(struct bench *b, const char *text)
{
	return strstr(buf_text(&b->output), text) != NULL;
}

#define ID "0197a2b4-c3d4-7e5f-8a6b-7c8d9e0f1a2b"

static inline struct host_spec
bench_spec(struct bench *b, char **argv)
{
	static char path[] = "PATH=/usr/bin:/bin", locale[] = "LC_ALL=C";
	static char *const env[] = { path, locale, NULL };
	struct host_spec spec = {
		.generation = 3,
		.cols = 90,
		.rows = 20,
		.ring_bytes = 1 << 20,
		.linger_s = 60,
		.dir = b->dir,
		.cwd = "/",
		.program = "/bin/sh",
		.argv = argv,
		.env = env,
	};

	assert_true(session_id_parse(STR(ID), &spec.session));
	return spec;
}

static inline void
bench_start_spec(struct bench *b, const struct host_spec *spec)
{
	b->in_call = true;
	assert_int_equal(host_start(b->loop, spec, bench_event, b, &b->link), 0);
	b->in_call = false;
}

static inline void
bench_start(struct bench *b, const char *script, bool pipe)
{
	char text[512];
	char *argv[] = { (char[]){ "sh" }, (char[]){ "-c" }, text, NULL };
	struct host_spec spec = bench_spec(b, argv);

	(void)snprintf(text, sizeof(text), "%s", script);
	spec.pipe = pipe;
	bench_start_spec(b, &spec);
	bench_until(b, b->count[HOST_EV_CONNECTED] || b->count[HOST_EV_START_FAILED]);
	assert_int_equal(b->count[HOST_EV_START_FAILED], 0);
}

static inline void
bench_adopt(struct bench *b, uint64_t from)
{
	b->in_call = true;
	assert_int_equal(host_adopt(b->loop, b->dir, from, bench_event, b, &b->link), 0);
	b->in_call = false;
}

#define bench_test(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)

#endif
