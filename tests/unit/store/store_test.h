/* store_test.h: a store in a directory of its own, and waiting by turns of the loop. */
#ifndef STORE_TEST_H
#define STORE_TEST_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../test.h"
#include "os/os.h"
#include "store/store.h"

struct fix {
	char dir[128];
	char path[160];
	struct loop *loop;
	struct store *store;
	struct store_config config;
	int version;
	/* what was heard */
	unsigned troubles, recoveries;
	int trouble;
	uint64_t last_event, events;
	int64_t dropped; /* requests, as the journal tells */
	char *last_text;
};

/* A request and its end. */
struct ask {
	int r;
	uint64_t seq, first, last;
	struct json *json;
	unsigned calls;
};

static inline void
heard_trouble(int error, const char *text, void *ctx)
{
	struct fix *f = ctx;

	f->trouble = error;
	f->troubles += error != 0;
	f->recoveries += error == 0;
	assert_true(error == 0 || *text);
}

static inline void
heard_event(uint64_t seq, const struct json *event, void *ctx)
{
	struct fix *f = ctx;
	struct buf text = BUF_UNLIMITED;

	if (f->last_event)
		assert_int_equal(seq, f->last_event + 1);
	assert_int_equal(json_get_int(event, "seq", -1), seq);
	f->last_event = seq;
	f->events++;
	if (str_eqz(json_str(json_get(event, "kind")), "store.dropped"))
		f->dropped += json_get_int(json_get(event, "body"), "requests", 0);
	json_write(&text, event);
	free(f->last_text);
	f->last_text = buf_take(&text);
}

static const struct store_ops fix_ops = { .trouble = heard_trouble,
	.event = heard_event };

static inline int
fix_setup(void **state)
{
	struct fix *f = calloc(1, sizeof(*f));

	(void)snprintf(f->dir, sizeof(f->dir), "%s/belay-store-XXXXXX",
	    getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(f->dir))
		return -1;
	(void)snprintf(f->path, sizeof(f->path), "%s/belay.db", f->dir);
	f->config = (struct store_config){
		.path = f->path, .ops = &fix_ops, .ctx = f, .retry_ms = 20
	};
	f->version = -1;
	*state = f;
	return loop_new(&f->loop);
}

static inline int
fix_teardown(void **state)
{
	struct fix *f = *state;

	f->store = store_close(f->store);
	f->loop = loop_free(f->loop);
	assert_int_equal(os_remove_tree(AT_FDCWD, f->dir), 0);
	free(f->last_text);
	free(f);
	return 0;
}

static inline int
fix_open(struct fix *f)
{
	f->last_event = 0;
	return store_open(f->loop, &f->config, &f->store, &f->version);
}

static inline void
fix_reopen(struct fix *f)
{
	f->store = store_close(f->store);
	assert_int_equal(fix_open(f), 0);
}

#define fix_wait(f, condition)                                                           \
	while (!(condition))                                                             \
	assert_int_equal(loop_turn((f)->loop, true), 0)

static inline void
ask_done(int r, uint64_t seq, void *ctx)
{
	struct ask *a = ctx;

	a->r = r;
	a->seq = seq;
	a->calls++;
}

static inline void
ask_events(int r, struct json *events, uint64_t first, uint64_t last, void *ctx)
{
	struct ask *a = ctx;

	a->r = r;
	a->json = events;
	a->first = first;
	a->last = last;
	a->calls++;
}

static inline void
ask_check(struct json *report, void *ctx)
{
	struct ask *a = ctx;

	a->json = report;
	a->calls++;
}

static inline struct session_id
id_of(uint8_t n)
{
	const uint8_t random[10] = { n, 2, 3, 4, 5, 6, 7, 8, 9, n };

	return session_id_make((wall_t){ 1700000000000 + n }, random);
}

static inline struct store_batch *
one_event(struct fix *f, const char *kind, int64_t n)
{
	struct store_batch *b = store_batch_new(f->store);
	struct session_id id = id_of(1);

	store_put_event(b, kind, &id, 1, (wall_t){ 1700000000000 },
	    json_set_int(json_new_object(), "n", n));
	return b;
}

/* Commits one durable event and waits for it. */
static inline struct ask
write_event(struct fix *f, int64_t n)
{
	struct ask a = { 0 };

	store_commit(one_event(f, "test.event", n), true, ask_done, &a);
	assert_int_equal(a.calls, 0);
	fix_wait(f, a.calls);
	return a;
}

/* The whole journal, page by page; checks that it has no gap. */
static inline uint64_t
count_events(struct fix *f, uint64_t since)
{
	uint64_t n = 0;

	for (;;) {
		struct ask a = { 0 };
		size_t got;

		store_events(f->store, since, 1000, NULL, NULL, ask_events, &a);
		fix_wait(f, a.calls);
		assert_int_equal(a.r, 0);
		got = json_count(a.json);
		for (size_t i = 0; i < got; i++)
			assert_int_equal(
			    json_get_int(json_at(a.json, i), "seq", -1), ++since);
		json_free(a.json);
		n += got;
		if (!got)
			return n;
	}
}

static inline void
assert_sound(struct fix *f, uint64_t events)
{
	struct ask a = { 0 };
	struct buf text = BUF_UNLIMITED;

	store_check(f->store, ask_check, &a);
	fix_wait(f, a.calls);
	json_write(&text, json_get(a.json, "problems"));
	assert_string_equal(buf_text(&text), "[]");
	assert_true(json_get_bool(a.json, "ok", false));
	assert_int_equal(json_get_int(a.json, "events", -1), events);
	buf_deinit(&text);
	json_free(a.json);
}

static inline bool
exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* Names in the directory that begin with `start`. */
static inline unsigned
count_names(const struct fix *f, const char *start)
{
	DIR *d = opendir(f->dir);
	unsigned n = 0;

	for (struct dirent *e; d && (e = readdir(d));)
		n += strncmp(e->d_name, start, strlen(start)) == 0;
	if (d)
		closedir(d);
	return n;
}

#define fix_test(f) cmocka_unit_test_setup_teardown(f, fix_setup, fix_teardown)

#endif
