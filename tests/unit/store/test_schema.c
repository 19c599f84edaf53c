#include "store/schema.h"

#include <errno.h>

#include "store_test.h"

/* Another program's hands on the file. */
static void
by_hand(const char *path, const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void
scribble(const char *path, off_t at, const char *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, len, at), len);
	close(fd);
}

static char *
digest(const char *path)
{
	struct buf b = BUF_UNLIMITED;

	assert_int_equal(os_read_file(AT_FDCWD, path, 1 << 24, &b), 0);
	return buf_take(&b);
}

static void
newer_is_left_alone(void **state)
{
	struct fix *f = *state;
	char wal[200];
	char *before, *after;
	struct stat a, b;
	sqlite3 *db = NULL;

	by_hand(f->path, "CREATE TABLE future (x); PRAGMA user_version = 7");
	assert_int_equal(stat(f->path, &a), 0);
	before = digest(f->path);
	assert_int_equal(fix_open(f), STORE_E_NEWER);
	assert_null(f->store);
	assert_int_equal(f->version, 7);
	assert_int_equal(stat(f->path, &b), 0);
	after = digest(f->path);
	assert_int_equal(a.st_ino, b.st_ino);
	assert_int_equal(a.st_size, b.st_size);
	assert_memory_equal(before, after, (size_t)a.st_size);
	assert_int_equal(count_names(f, "belay.db."), 0);
	free(before);
	free(after);
	/* Also one whose last words are still in the WAL. */
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL), 0);
	assert_int_equal(sqlite3_exec(db,
			     "PRAGMA journal_mode = WAL; PRAGMA user_version = 8;"
			     "INSERT INTO future VALUES (1)",
			     NULL, NULL, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	(void)snprintf(wal, sizeof(wal), "%s-wal", f->path);
	assert_int_equal(stat(wal, &a), 0);
	assert_true(a.st_size > 0);
	assert_int_equal(fix_open(f), STORE_E_NEWER);
	assert_int_equal(f->version, 8);
	assert_int_equal(stat(wal, &b), 0);
	assert_int_equal(a.st_size, b.st_size);
}

/* Opens what is there: it is put aside whole, and the new one works. */
static void
assert_replaced(struct fix *f, uint64_t next_seq)
{
	assert_int_equal(fix_open(f), STORE_E_DAMAGED);
	assert_int_equal(write_event(f, 1).seq, next_seq);
	assert_sound(f, 1);
	assert_true(count_names(f, "belay.db.damaged-") >= 1);
	f->store = store_close(f->store);
	assert_int_equal(fix_open(f), 0);
	assert_int_equal(f->version, STORE_SCHEMA);
	f->store = store_close(f->store);
}

static void
not_a_database(void **state)
{
	struct fix *f = *state;

	scribble(f->path, 0, "this is not a database, it is a text of some length", 51);
	f->config.first_seq = 500;
	assert_replaced(f, 501);
	assert_int_equal(count_names(f, "belay.db.damaged-"), 1);
	/* A second time in the same second loses neither. */
	scribble(f->path, 0, "junk junk junk junk", 19);
	assert_replaced(f, 501);
	assert_int_equal(count_names(f, "belay.db.damaged-"), 2);
}

static void
another_database(void **state)
{
	struct fix *f = *state;

	by_hand(f->path, "CREATE TABLE recipes (x)");
	assert_replaced(f, 1);
}

static void
tables_missing(void **state)
{
	struct fix *f = *state;

	assert_int_equal(fix_open(f), 0);
	for (int i = 0; i < 5; i++)
		(void)write_event(f, i);
	f->store = store_close(f->store);
	by_hand(f->path, "DROP TABLE intent");
	/* The journal could still say how far it was. */
	assert_replaced(f, 6);
}

static void
empty_file(void **state)
{
	struct fix *f = *state;

	scribble(f->path, 0, "", 0);
	assert_replaced(f, 1);
}

static void
pages_overwritten(void **state)
{
	struct fix *f = *state;
	char junk[4096];
	struct stat st;

	memset(junk, 0xa5, sizeof(junk));
	assert_int_equal(fix_open(f), 0);
	for (int i = 0; i < 300; i++)
		store_commit(one_event(f, "test.event", i), false, NULL, NULL);
	f->store = store_close(f->store);
	assert_int_equal(stat(f->path, &st), 0);
	assert_true(st.st_size >= 12 * 4096);
	/* All but the first two pages: the schema and the counter stay. */
	for (off_t at = 2 * 4096; at < st.st_size; at += 4096)
		scribble(f->path, at, junk, sizeof(junk));
	f->config.first_seq = 10;
	assert_int_equal(fix_open(f), STORE_E_DAMAGED);
	assert_true(write_event(f, 1).seq >= 11);
	assert_true(count_names(f, "belay.db.damaged-") >= 1);
}

static off_t
root_page(const char *path, const char *table)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	off_t page;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_prepare_v2(
		db, "SELECT rootpage FROM sqlite_schema WHERE name = ?1", -1, &st, NULL),
	    SQLITE_OK);
	sqlite3_bind_text(st, 1, table, -1, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	page = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return page;
}

/* Too large to be read through at start; the records still are. */
static void
large_file(void **state)
{
	struct fix *f = *state;
	char *text = calloc(1, 1000001);
	char junk[4096];
	struct store_batch *b;
	struct stat st;

	memset(text, 'x', 1000000);
	memset(junk, 0xa5, sizeof(junk));
	assert_int_equal(fix_open(f), 0);
	b = store_batch_new(f->store);
	store_put_session(b, id_of(1), json_new_object());
	for (int i = 0; i < 36; i++) {
		store_put_event(b, "test.big", NULL, 0, (wall_t){ 1 },
		    json_set_text(json_new_object(), "text", text));
		if (i % 6 == 5) {
			struct ask a = { 0 };

			store_commit(b, true, ask_done, &a);
			fix_wait(f, a.calls);
			assert_int_equal(a.r, 0);
			b = store_batch_new(f->store);
		}
	}
	store_batch_free(b);
	free(text);
	f->store = store_close(f->store);
	assert_int_equal(stat(f->path, &st), 0);
	assert_true(st.st_size > 8192 * 4096);
	assert_int_equal(fix_open(f), 0);
	f->store = store_close(f->store);
	scribble(f->path, (root_page(f->path, "session") - 1) * 4096, junk, sizeof(junk));
	assert_replaced(f, 37);
}

static void
wal_without_database(void **state)
{
	struct fix *f = *state;
	char wal[200];

	(void)snprintf(wal, sizeof(wal), "%s-wal", f->path);
	scribble(wal, 0, "remains", 7);
	assert_replaced(f, 1);
	assert_false(exists(wal));
}

static void
counter_behind(void **state)
{
	struct fix *f = *state;

	assert_int_equal(fix_open(f), 0);
	for (int i = 0; i < 5; i++)
		(void)write_event(f, i);
	f->store = store_close(f->store);
	by_hand(f->path, "UPDATE counter SET value = 2");
	assert_int_equal(fix_open(f), 0);
	assert_int_equal(write_event(f, 9).seq, 6);
}

static void
doctor_sees(void **state)
{
	struct fix *f = *state;
	struct store_batch *b;
	struct store_loaded l;
	struct ask a = { 0 };
	struct buf text = BUF_UNLIMITED;

	assert_int_equal(fix_open(f), 0);
	for (int i = 0; i < 5; i++)
		(void)write_event(f, i);
	b = store_batch_new(f->store);
	store_put_session(b, id_of(1), json_new_object());
	store_commit(b, false, NULL, NULL);
	f->store = store_close(f->store);
	by_hand(f->path,
	    "DELETE FROM event WHERE seq IN (2, 3); UPDATE session SET body = '{';"
	    "UPDATE counter SET value = 9; UPDATE event SET body = 'no' WHERE seq = 4");
	assert_int_equal(fix_open(f), 0);
	store_check(f->store, ask_check, &a);
	fix_wait(f, a.calls);
	assert_false(json_get_bool(a.json, "ok", true));
	json_write(&text, json_get(a.json, "problems"));
	assert_non_null(strstr(buf_text(&text), "journal: events 2 to 3 are missing"));
	assert_non_null(
	    strstr(buf_text(&text), "the last event is 5 but 9 were counted"));
	assert_non_null(strstr(buf_text(&text), "event 4: the body is not JSON"));
	assert_non_null(strstr(buf_text(&text), "the record is not JSON"));
	assert_int_equal(json_count(json_get(a.json, "problems")), 4);
	assert_int_equal(json_get_int(a.json, "events", -1), 3);
	assert_int_equal(json_get_int(a.json, "first_seq", -1), 1);
	assert_int_equal(json_get_int(a.json, "last_seq", -1), 9);
	assert_int_equal(json_get_int(a.json, "sessions", -1), 1);
	assert_int_equal(json_get_int(a.json, "intents", -1), 0);
	json_free(a.json);
	buf_deinit(&text);
	/* One bad record does not keep the others from being read. */
	assert_int_equal(store_load(f->store, &l), 0);
	assert_int_equal(l.unreadable, 1);
	store_loaded_deinit(&l);
	/* And a body that is no JSON any more is still given. */
	a = (struct ask){ 0 };
	store_events(f->store, 3, 1, NULL, NULL, ask_events, &a);
	fix_wait(f, a.calls);
	assert_string_equal(json_text(json_get(json_at(a.json, 0), "body")), "no");
	json_free(a.json);
}

static void
no_directory(void **state)
{
	struct fix *f = *state;
	char path[200];

	(void)snprintf(path, sizeof(path), "%s/none/belay.db", f->dir);
	f->config.path = path;
	assert_int_equal(fix_open(f), -ENOENT);
	assert_null(f->store);
}

static void
locked_by_another(void **state)
{
	struct fix *f = *state;
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
			     "PRAGMA user_version = 1; CREATE TABLE t (x);"
			     "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE",
			     NULL, NULL, NULL),
	    SQLITE_OK);
	assert_int_equal(fix_open(f), -EBUSY);
	assert_int_equal(count_names(f, "belay.db.damaged-"), 0);
	sqlite3_close(db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fix_test(newer_is_left_alone),
		fix_test(not_a_database),
		fix_test(another_database),
		fix_test(tables_missing),
		fix_test(empty_file),
		fix_test(pages_overwritten),
		fix_test(large_file),
		fix_test(wal_without_database),
		fix_test(counter_behind),
		fix_test(doctor_sees),
		fix_test(no_directory),
		fix_test(locked_by_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
