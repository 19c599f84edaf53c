#include "store/file.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include "store_test.h"

static const char *const suffixes[] = { "", "-wal", "-shm" };

static void
beside(const struct fix *f, const char *suffix, char ret[200])
{
	(void)snprintf(ret, 200, "%s%s", f->path, suffix);
}

/* Bit i removes the ith of the three. */
static void
remove_parts(const struct fix *f, unsigned which)
{
	for (unsigned i = 0; i < 3; i++) {
		char name[200];

		beside(f, suffixes[i], name);
		if (which & (1u << i))
			assert_int_equal(unlink(name), 0);
	}
}

static void
write_file(const char *path, const char *text)
{
	assert_int_equal(os_write_file(AT_FDCWD, path, str_of(text)), 0);
}

static void
fill(struct fix *f)
{
	struct store_batch *b = store_batch_new(f->store);

	store_put_session(b, id_of(1), json_set_text(json_new_object(), "name", "one"));
	store_put_intent(b, id_of(2), "session.start", id_of(1), 1, NULL);
	store_put_value(b, "k", "v");
	store_commit(b, true, NULL, NULL);
	for (int i = 0; i < 20; i++)
		(void)write_event(f, i);
}

/* Everything fill() wrote is there, and `more` events after it. */
static void
assert_all(struct fix *f, uint64_t more)
{
	struct store_loaded l;
	char *value;

	assert_int_equal(store_load(f->store, &l), 0);
	assert_int_equal(json_count(l.sessions), 1);
	assert_int_equal(json_count(l.intents), 1);
	assert_int_equal(l.last_seq, 20 + more);
	store_loaded_deinit(&l);
	value = store_value(f->store, "k");
	assert_string_equal(value, "v");
	free(value);
	assert_int_equal(count_events(f, 0), 20 + more);
	assert_sound(f, 20 + more);
	assert_true(store_file_present(f->store));
}

/* What another program sees at the path, now. */
static void
assert_seen_outside(const struct fix *f, int64_t events)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;

	assert_int_equal(
	    sqlite3_open_v2(f->path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	assert_int_equal(
	    sqlite3_prepare_v2(db, "SELECT count(*) FROM event", -1, &st, NULL), 0);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int64(st, 0), events);
	sqlite3_finalize(st);
	sqlite3_close(db);
}

static void
removed_and_asked(void **state)
{
	struct fix *f = *state;

	for (unsigned which = 1; which < 8; which++) {
		assert_int_equal(fix_open(f), 0);
		fill(f);
		remove_parts(f, which);
		assert_false(store_file_present(f->store));
		store_restore_file(f->store);
		/* The reader's first request comes while the file may be missing. */
		assert_int_equal(count_events(f, 0), 20);
		fix_wait(f, store_file_present(f->store));
		assert_seen_outside(f, 20);
		assert_int_equal(write_event(f, 99).seq, 21);
		assert_seen_outside(f, 21);
		assert_all(f, 1);
		fix_reopen(f);
		assert_all(f, 1);
		assert_int_equal(f->troubles, 0);
		f->store = store_close(f->store);
		assert_int_equal(count_names(f, ""), 3);
		assert_int_equal(unlink(f->path), 0);
	}
}

static void
removed_and_written(void **state)
{
	struct fix *f = *state;

	for (unsigned which = 1; which < 8; which++) {
		assert_int_equal(fix_open(f), 0);
		fill(f);
		remove_parts(f, which);
		/* Done means done at the path, whoever looks. */
		assert_int_equal(write_event(f, 99).r, 0);
		assert_seen_outside(f, 21);
		assert_all(f, 1);
		fix_reopen(f);
		assert_all(f, 1);
		f->store = store_close(f->store);
		assert_int_equal(unlink(f->path), 0);
	}
}

static void
removed_and_closed(void **state)
{
	struct fix *f = *state;

	for (unsigned which = 1; which < 8; which++) {
		assert_int_equal(fix_open(f), 0);
		fill(f);
		remove_parts(f, which);
		fix_reopen(f);
		assert_all(f, 0);
		f->store = store_close(f->store);
		assert_int_equal(count_names(f, ""), 3);
		assert_int_equal(unlink(f->path), 0);
	}
}

static void
removed_and_read(void **state)
{
	struct fix *f = *state;

	assert_int_equal(fix_open(f), 0);
	fill(f);
	remove_parts(f, 7);
	/* Nobody asked for it; the reader needs it. */
	assert_int_equal(count_events(f, 0), 20);
	assert_seen_outside(f, 20);
	assert_all(f, 0);
}

static void
removed_many_times(void **state)
{
	struct fix *f = *state;

	assert_int_equal(fix_open(f), 0);
	fill(f);
	for (unsigned i = 1; i <= 30; i++) {
		remove_parts(f, i % 7 + 1);
		assert_int_equal(write_event(f, i).seq, 20 + i);
	}
	assert_all(f, 30);
	fix_reopen(f);
	assert_all(f, 30);
	assert_int_equal(count_names(f, "belay.db."), 0);
}

static void
directory_removed(void **state)
{
	struct fix *f = *state;

	char dir[200];

	(void)snprintf(f->path, sizeof(f->path), "%s/data/belay.db", f->dir);
	(void)snprintf(dir, sizeof(dir), "%s/data", f->dir);
	assert_int_equal(os_mkdir_private(dir), 0);
	assert_int_equal(fix_open(f), 0);
	fill(f);
	assert_int_equal(os_remove_tree(AT_FDCWD, dir), 0);
	assert_int_equal(write_event(f, 1).seq, 21);
	assert_seen_outside(f, 21);
	assert_all(f, 1);
}

/* Someone put another file there: ours comes back, theirs is not lost. */
static void
replaced_by_a_foreign_file(void **state)
{
	struct fix *f = *state;

	assert_int_equal(fix_open(f), 0);
	fill(f);
	write_file(f->path, "not a database at all");
	assert_int_equal(write_event(f, 1).seq, 21);
	assert_int_equal(count_names(f, "belay.db.replaced-"), 1);
	assert_all(f, 1);
	fix_reopen(f);
	assert_all(f, 1);
}

/* A backup put back under the running store, with its own -wal. */
static void
replaced_by_an_old_one(void **state)
{
	struct fix *f = *state;
	char name[200];
	struct buf old = BUF_UNLIMITED;

	assert_int_equal(fix_open(f), 0);
	fill(f);
	f->store = store_close(f->store);
	assert_int_equal(os_read_file(AT_FDCWD, f->path, 1 << 24, &old), 0);
	assert_int_equal(fix_open(f), 0);
	(void)write_event(f, 1);
	assert_int_equal(os_write_file(AT_FDCWD, f->path, buf_str(&old)), 0);
	beside(f, "-wal", name);
	write_file(name, "stale");
	/* The reader, which opens by name only now, is not fooled either. */
	assert_int_equal(count_events(f, 0), 21);
	assert_int_equal(write_event(f, 2).seq, 22);
	assert_int_equal(count_names(f, "belay.db.replaced-"), 2);
	assert_all(f, 2);
	fix_reopen(f);
	assert_all(f, 2);
	buf_deinit(&old);
}

static void
no_room_for_the_copy(void **state)
{
	struct fix *f = *state;
	struct ask a = { 0 };
	struct rlimit rl;

	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(fix_open(f), 0);
	fill(f);
	remove_parts(f, 7);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &rl), 0);
	rl.rlim_cur = 4096;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &rl), 0);
	store_restore_file(f->store);
	fix_wait(f, f->troubles);
	/* Nothing is called done that a crash could take back. */
	store_commit(one_event(f, "x", 1), true, ask_done, &a);
	assert_int_equal(loop_turn(f->loop, true), 0);
	assert_int_equal(a.calls, 0);
	rl.rlim_cur = RLIM_INFINITY;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &rl), 0);
	fix_wait(f, a.calls && !f->trouble);
	assert_int_equal(a.r, 0);
	assert_int_equal(a.seq, 21);
	assert_seen_outside(f, 21);
	assert_all(f, 1);
}

/* A crash between the steps of replacing: the ready copy is the truth. */
static void
crash_while_replacing(void **state)
{
	struct fix *f = *state;
	char restore[200], part[200], wal[200];
	struct buf whole = BUF_UNLIMITED;

	beside(f, ".restore", restore);
	beside(f, ".restore-part", part);
	beside(f, "-wal", wal);
	assert_int_equal(fix_open(f), 0);
	fill(f);
	f->store = store_close(f->store);
	assert_int_equal(os_read_file(AT_FDCWD, f->path, 1 << 24, &whole), 0);

	/* Database gone, copy ready, the old -wal still there. */
	assert_int_equal(rename(f->path, restore), 0);
	write_file(wal, "of the old one");
	assert_int_equal(fix_open(f), 0);
	assert_all(f, 0);
	assert_false(exists(restore));
	f->store = store_close(f->store);

	/* Copy ready, another database at the path. */
	assert_int_equal(os_write_file(AT_FDCWD, restore, buf_str(&whole)), 0);
	write_file(f->path, "foreign");
	assert_int_equal(fix_open(f), 0);
	assert_all(f, 0);
	f->store = store_close(f->store);

	/* A copy that was never completed is no truth. */
	write_file(part, "half");
	assert_int_equal(fix_open(f), 0);
	assert_all(f, 0);
	assert_false(exists(part));
	buf_deinit(&whole);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fix_test(removed_and_asked),
		fix_test(removed_and_written),
		fix_test(removed_and_closed),
		fix_test(removed_and_read),
		fix_test(removed_many_times),
		fix_test(directory_removed),
		fix_test(replaced_by_a_foreign_file),
		fix_test(replaced_by_an_old_one),
		fix_test(no_room_for_the_copy),
		fix_test(crash_while_replacing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
