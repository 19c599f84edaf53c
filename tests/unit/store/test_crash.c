/* A child writes, is killed in the middle, and what it called done is there. */
#include <errno.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "store_test.h"

#define IN_FLIGHT 8
#define ROUNDS    24

/* --- The child ------------------------------------------------------------- */

struct writing {
	struct fix *f;
	int out;
	int64_t next;
	unsigned in_flight;
};

struct note {
	struct writing *w;
	int64_t n;
};

static void
written(int r, uint64_t seq, void *ctx)
{
	struct note *note = ctx;
	int64_t n = note->n;

	/* A parent that is gone is no reason to go on. */
	if (r || write(note->w->out, &n, sizeof(n)) != (ssize_t)sizeof(n))
		_exit(3);
	note->w->in_flight--;
	free(note);
}

static struct session_id
intent_of(int64_t n)
{
	struct session_id id = { 0 };

	memcpy(id.bytes, &n, sizeof(n));
	return id;
}

/* Every batch moves four things together. */
static void
write_next(struct writing *w)
{
	struct store_batch *b = one_event(w->f, "test.event", w->next);
	struct note *note = calloc(1, sizeof(*note));
	char text[24];

	(void)snprintf(text, sizeof(text), "%lld", (long long)w->next);
	*note = (struct note){ w, w->next };
	store_put_session(b, id_of(1), json_set_int(json_new_object(), "n", w->next));
	store_put_value(b, "n", text);
	store_put_intent(b, intent_of(w->next), "v", id_of(1), 1, NULL);
	store_done_intent(b, intent_of(w->next - 1));
	store_commit(b, w->next % 3 != 0, written, note);
	w->in_flight++;
	w->next++;
}

static void
write_for_ever(struct fix *f, int out, int64_t first)
{
	struct writing w = { .f = f, .out = out, .next = first };

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (fix_open(f) != 0)
		_exit(2);
	for (;;) {
		while (w.in_flight < IN_FLIGHT)
			write_next(&w);
		if (loop_turn(f->loop, true) < 0)
			_exit(4);
	}
}

/* --- The parent -------------------------------------------------------------- */

static pid_t
start(struct fix *f, int64_t first, int *ret_in)
{
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(ends[0]);
		/* The loop of the parent is not for two. */
		if (loop_new(&f->loop) != 0)
			_exit(5);
		write_for_ever(f, ends[1], first);
	}
	close(ends[1]);
	*ret_in = ends[0];
	return pid;
}

static int64_t
read_acks(int in, unsigned count)
{
	int64_t n = -1;

	while (count--)
		assert_int_equal(read(in, &n, sizeof(n)), sizeof(n));
	return n;
}

static void
end(pid_t pid, int in, int64_t *last)
{
	int64_t n;
	int status;

	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	while (read(in, &n, sizeof(n)) == sizeof(n))
		*last = n; /* was called done before the end */
	close(in);
}

/* Returns the last n that is in the file. */
static int64_t
verify(struct fix *f, int64_t acknowledged)
{
	struct store_loaded l;
	struct ask a = { 0 };
	char text[24], *value;
	int64_t n;

	assert_int_equal(fix_open(f), 0);
	assert_int_equal(store_load(f->store, &l), 0);
	n = (int64_t)l.last_seq;
	assert_true(n >= acknowledged);
	assert_true(n <= acknowledged + IN_FLIGHT);
	assert_int_equal(count_events(f, 0), n);
	assert_sound(f, (uint64_t)n);
	/* Whole batches only: all four say the same number. */
	store_events(f->store, (uint64_t)n - 1, 1, NULL, NULL, ask_events, &a);
	fix_wait(f, a.calls);
	assert_int_equal(json_get_int(json_get(json_at(a.json, 0), "body"), "n", -1), n);
	json_free(a.json);
	assert_int_equal(json_get_int(json_at(l.sessions, 0), "n", -1), n);
	assert_int_equal(json_count(l.intents), 1);
	(void)snprintf(text, sizeof(text), "%lld", (long long)n);
	value = store_value(f->store, "n");
	assert_string_equal(value, text);
	free(value);
	store_loaded_deinit(&l);
	f->store = store_close(f->store);
	assert_int_equal(count_names(f, "belay.db."), 0);
	return n;
}

static void
killed_while_writing(void **state)
{
	struct fix *f = *state;
	uint64_t seed = 20261121;
	int64_t last = 0;

	print_message("# seed %llu\n", (unsigned long long)seed);
	for (int round = 0; round < ROUNDS; round++) {
		int in;
		pid_t pid = start(f, last + 1, &in);

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		last = read_acks(in, 1 + (unsigned)(seed >> 33) % 300);
		end(pid, in, &last);
		last = verify(f, last);
	}
}

/* The files go while it writes.  What is acknowledged after that is safe, and
 * with it all that came before. */
static void
killed_after_the_file_was_removed(void **state)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	struct fix *f = *state;
	int64_t last = 0;

	for (unsigned round = 0; round < 14; round++) {
		int in, waiting = 0;
		pid_t pid = start(f, last + 1, &in);

		last = read_acks(in, 20 + round);
		for (unsigned i = 0; i < 3; i++) {
			char name[200];

			(void)snprintf(name, sizeof(name), "%s%s", f->path, suffixes[i]);
			if ((round % 7 + 1) & (1u << i))
				assert_true(unlink(name) == 0 || errno == ENOENT);
		}
		/* Those that may have been on their way, then some that were not. */
		assert_int_equal(ioctl(in, FIONREAD, &waiting), 0);
		last =
		    read_acks(in, (unsigned)waiting / sizeof(last) + 2 * IN_FLIGHT + 1);
		end(pid, in, &last);
		last = verify(f, last);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fix_test(killed_while_writing),
		fix_test(killed_after_the_file_was_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
