/* Journal writes: through the store, and by plain SQLite in the same run.
 *
 * Prints `name value unit`.  Rounds are interleaved and the median is taken,
 * so that a disk that changes its mind hits both.  The directory is the
 * argument, or a new one below TMPDIR. */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/os.h"
#include "store/store.h"

#define ROUNDS     5
#define SINGLE     1000u
#define GROUPED    20000u
#define IN_FLIGHT  64u
#define BODY_BYTES 300

struct run {
	struct loop *loop;
	struct store *store;
	unsigned in_flight, done;
	mono_t *asked;   /* of each request, in order */
	double *took_ms; /* likewise */
};

static void
die(const char *what, int r)
{
	(void)fprintf(stderr, "bench store: %s: %s\n", what, strerror(-r));
	exit(1);
}

static void
on_done(int r, uint64_t seq, void *ctx)
{
	struct run *run = ctx;

	if (r)
		die("commit", -5);
	run->took_ms[run->done] = (double)(os_mono().ns - run->asked[run->done].ns) / 1e6;
	run->done++;
	run->in_flight--;
}

static void
request(struct run *run, unsigned n, const char *filler)
{
	struct store_batch *b = store_batch_new(run->store);
	struct session_id id = { .bytes = { 1, (uint8_t)(n % 100) } };

	store_put_event(b, "bench.event", &id, 1, (wall_t){ 1700000000000 },
	    json_set_text(json_new_object(), "text", filler));
	run->asked[n] = os_mono();
	run->in_flight++;
	store_commit(b, true, on_done, run);
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), compare);
	return v[n / 2];
}

/* Events a second; *ret_p99_ms: from request to answer. */
static double
by_store(const char *dir, unsigned count, unsigned window, const char *filler,
    double *ret_p99_ms)
{
	static const struct store_ops ops = { 0 };
	struct run run = { 0 };
	struct store_config config = { .ops = &ops };
	char path[300];
	int version, r;
	mono_t start;
	double seconds;

	(void)snprintf(path, sizeof(path), "%s/store.db", dir);
	config.path = path;
	r = loop_new(&run.loop);
	if (!r)
		r = store_open(run.loop, &config, &run.store, &version);
	if (r)
		die(path, r);
	run.asked = xnew_n(mono_t, count);
	run.took_ms = xnew_n(double, count);
	start = os_mono();
	for (unsigned n = 0; run.done < count;) {
		while (n < count && run.in_flight < window)
			request(&run, n++, filler);
		r = loop_turn(run.loop, true);
		if (r)
			die("loop", r);
	}
	seconds = (double)(os_mono().ns - start.ns) / 1e9;
	run.store = store_close(run.store);
	run.loop = loop_free(run.loop);
	(void)unlink(path);
	qsort(run.took_ms, count, sizeof(double), compare);
	*ret_p99_ms = run.took_ms[count * 99 / 100];
	free(run.asked);
	free(run.took_ms);
	return count / seconds;
}

static sqlite3 *
plain_open(const char *path)
{
	sqlite3 *db = NULL;

	if (sqlite3_open(path, &db) != SQLITE_OK ||
	    sqlite3_exec(db,
		"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
		"CREATE TABLE event (seq INTEGER PRIMARY KEY, time INTEGER NOT NULL,"
		" kind TEXT NOT NULL, session TEXT, generation INTEGER NOT NULL,"
		" body TEXT NOT NULL) STRICT;"
		"CREATE INDEX event_session ON event (session, seq);",
		NULL, NULL, NULL) != SQLITE_OK)
		die("plain SQLite", -5);
	return db;
}

/* The same rows, one transaction each, in the calling thread. */
static double
by_sqlite(const char *dir, unsigned count, const char *filler)
{
	char path[300], body[BODY_BYTES + 40];
	sqlite3_stmt *st = NULL;
	sqlite3 *db;
	mono_t start;
	double seconds;

	(void)snprintf(path, sizeof(path), "%s/plain.db", dir);
	(void)snprintf(body, sizeof(body), "{\"text\":\"%s\"}", filler);
	db = plain_open(path);
	if (sqlite3_prepare_v2(db,
		"INSERT INTO event VALUES (?1, 1700000000000, 'bench.event',"
		" '01020304-0506-7000-8000-0000000000' || (?1 % 100), 1, ?2)",
		-1, &st, NULL) != SQLITE_OK)
		die("plain SQLite", -5);
	start = os_mono();
	for (unsigned n = 1; n <= count; n++) {
		(void)sqlite3_bind_int64(st, 1, n);
		(void)sqlite3_bind_text(st, 2, body, -1, SQLITE_STATIC);
		if (sqlite3_step(st) != SQLITE_DONE)
			die("plain SQLite", -5);
		(void)sqlite3_reset(st);
	}
	seconds = (double)(os_mono().ns - start.ns) / 1e9;
	(void)sqlite3_finalize(st);
	(void)sqlite3_close(db);
	(void)unlink(path);
	return count / seconds;
}

int
main(int argc, char **argv)
{
	double single[ROUNDS], grouped[ROUNDS], plain[ROUNDS], wait1[ROUNDS],
	    wait64[ROUNDS];
	char dir[200], filler[BODY_BYTES + 1];

	(void)snprintf(dir, sizeof(dir), "%s/belay-bench-XXXXXX",
	    argc > 1           ? argv[1]
	    : getenv("TMPDIR") ? getenv("TMPDIR")
			       : "/tmp");
	if (!mkdtemp(dir))
		die(dir, -2);
	memset(filler, 'x', BODY_BYTES);
	filler[BODY_BYTES] = '\0';
	for (int i = 0; i < ROUNDS; i++) {
		plain[i] = by_sqlite(dir, SINGLE, filler);
		single[i] = by_store(dir, SINGLE, 1, filler, &wait1[i]);
		grouped[i] = by_store(dir, GROUPED, IN_FLIGHT, filler, &wait64[i]);
	}
	if (os_remove_tree(AT_FDCWD, dir))
		(void)fprintf(stderr, "bench store: %s is left\n", dir);
	(void)printf("store_sqlite_single %.0f events/s\n", median(plain, ROUNDS));
	(void)printf("store_durable_single %.0f events/s\n", median(single, ROUNDS));
	(void)printf("store_durable_single_p99 %.3f ms\n", median(wait1, ROUNDS));
	(void)printf("store_durable_64_waiting %.0f events/s\n", median(grouped, ROUNDS));
	(void)printf("store_durable_64_waiting_p99 %.3f ms\n", median(wait64, ROUNDS));
	return 0;
}
