#include "store/writer.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "store_test.h"

/* Makes files of more than `bytes` impossible for this process. */
static void
limit_files(rlim_t bytes)
{
	struct rlimit rl;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &rl), 0);
	rl.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &rl), 0);
}

static struct store_batch *
big_event(struct fix *f, size_t bytes)
{
	struct store_batch *b = store_batch_new(f->store);
	char *text = calloc(1, bytes + 1);

	memset(text, 'x', bytes);
	store_put_event(b, "test.big", NULL, 0, (wall_t){ 1 },
	    json_set_text(json_new_object(), "text", text));
	free(text);
	return b;
}

static void
groups(void **state)
{
	struct fix *f = *state;
	struct ask asks[200] = { { 0 } };

	assert_int_equal(fix_open(f), 0);
	/* Telemetry before a durable request is in its group: in order, nothing waits. */
	for (int i = 0; i < 199; i++)
		store_commit(one_event(f, "hook.tool", i), false, ask_done, &asks[i]);
	store_commit(one_event(f, "session.started", 199), true, ask_done, &asks[199]);
	fix_wait(f, asks[199].calls);
	for (int i = 0; i < 200; i++) {
		assert_int_equal(asks[i].calls, 1);
		assert_int_equal(asks[i].r, 0);
		assert_int_equal(asks[i].seq, i + 1);
	}
	assert_sound(f, 200);
	assert_int_equal(f->troubles + f->recoveries, 0);
}

/* A request that is dropped says so; the journal says how many; the durable one
 * is refused; and memory stays within the bound. */
static void
at_the_limit(void **state)
{
	struct fix *f = *state;
	struct ask kept = { 0 }, dropped = { 0 }, refused = { 0 };
	uint64_t last;
	sqlite3 *db = NULL;

	f->config.queue_bytes = 100000;
	f->config.retry_ms = 10;
	assert_int_equal(fix_open(f), 0);
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	store_commit(big_event(f, 90000), true, ask_done, &kept);
	store_commit(big_event(f, 90000), false, ask_done, &dropped);
	for (int i = 0; i < 4; i++)
		store_commit(big_event(f, 90000), false, NULL, NULL);
	store_commit(big_event(f, 90000), true, ask_done, &refused);
	fix_wait(f, dropped.calls && refused.calls);
	assert_int_equal(dropped.r, STORE_E_FAILED);
	assert_int_equal(refused.r, STORE_E_FAILED);
	assert_int_equal(kept.calls, 0);
	assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	/* In one line or, when an attempt was under way meanwhile, in two. */
	fix_wait(f, kept.calls && f->dropped >= 5);
	assert_int_equal(kept.r, 0);
	assert_int_equal(f->dropped, 5);
	assert_in_range(f->events, 2, 3);
	/* There is room again, and it is told once. */
	last = write_event(f, 1).seq;
	assert_int_equal(last, f->events);
	assert_int_equal(f->dropped, 5);
	assert_sound(f, f->events);
}

static void
locked(void **state)
{
	struct fix *f = *state;
	struct ask patient = { 0 }, hasty = { 0 };
	struct store_batch *b;
	sqlite3 *db = NULL;

	assert_int_equal(fix_open(f), 0);
	(void)write_event(f, 1);
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	/* A reader is no trouble. */
	assert_int_equal(
	    sqlite3_exec(db, "BEGIN; SELECT * FROM event", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(write_event(f, 2).r, 0);
	assert_int_equal(
	    sqlite3_exec(db, "COMMIT; BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	store_commit(one_event(f, "a", 3), true, ask_done, &patient);
	b = one_event(f, "b", 4);
	store_batch_fail_fast(b);
	store_commit(b, true, ask_done, &hasty);
	fix_wait(f, hasty.calls);
	assert_int_equal(hasty.r, STORE_E_FAILED);
	assert_int_equal(f->trouble, EBUSY);
	assert_int_equal(patient.calls, 0);
	assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	/* Nobody asks again: the retry does it. */
	fix_wait(f, patient.calls && f->trouble == 0);
	assert_int_equal(patient.r, 0);
	assert_int_equal(patient.seq, 3);
	assert_int_equal(f->troubles, 1);
	assert_int_equal(f->recoveries, 1);
	sqlite3_close(db);
	assert_sound(f, 3);
}

/* What failed stays before what came meanwhile. */
static void
order_after_failures(void **state)
{
	struct fix *f = *state;
	struct ask asks[20] = { { 0 } };
	sqlite3 *db = NULL;

	assert_int_equal(fix_open(f), 0);
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	store_commit(one_event(f, "first", 0), true, ask_done, &asks[0]);
	fix_wait(f, f->troubles);
	/* Each attempt takes as long as SQLite waits for the lock, so these meet one. */
	for (int i = 1; i < 20; i++) {
		store_commit(one_event(f, "more", i), true, ask_done, &asks[i]);
		if (i % 5 == 0)
			assert_int_equal(loop_turn(f->loop, true), 0);
	}
	assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	fix_wait(f, asks[19].calls);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(asks[i].calls, 1);
		assert_int_equal(asks[i].seq, i + 1);
	}
}

static void
disk_full(void **state)
{
	struct fix *f = *state;
	struct ask waiting[40] = { { 0 } }, hasty = { 0 };
	struct store_batch *b;

	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(fix_open(f), 0);
	(void)write_event(f, 1);
	limit_files(100000);
	for (int i = 0; i < 40; i++)
		store_commit(big_event(f, 10000), i % 2, ask_done, &waiting[i]);
	fix_wait(f, f->troubles);
	b = one_event(f, "b", 4);
	store_batch_fail_fast(b);
	store_commit(b, true, ask_done, &hasty);
	fix_wait(f, hasty.calls);
	assert_int_equal(hasty.r, STORE_E_FAILED);
	/* What is in can still be read. */
	assert_true(count_events(f, 0) >= 1);
	limit_files(RLIM_INFINITY);
	fix_wait(f, waiting[39].calls && f->trouble == 0);
	for (int i = 0; i < 40; i++) {
		assert_int_equal(waiting[i].calls, 1);
		assert_int_equal(waiting[i].r, 0);
		assert_int_equal(waiting[i].seq, i + 2);
	}
	assert_int_equal(f->troubles, 1);
	assert_int_equal(f->recoveries, 1);
	assert_sound(f, 41);
	fix_reopen(f);
	assert_int_equal(count_events(f, 0), 41);
}

/* Close with a disk that stays full: each request is told, nothing hangs. */
static void
close_in_trouble(void **state)
{
	struct fix *f = *state;
	struct ask asks[10] = { { 0 } };

	(void)signal(SIGXFSZ, SIG_IGN);
	f->config.retry_ms = 3600 * 1000;
	assert_int_equal(fix_open(f), 0);
	(void)write_event(f, 1);
	limit_files(60000);
	for (int i = 0; i < 10; i++)
		store_commit(big_event(f, 50000), true, ask_done, &asks[i]);
	fix_wait(f, f->troubles);
	f->store = store_close(f->store);
	limit_files(RLIM_INFINITY);
	for (int i = 0; i < 10; i++)
		assert_int_equal(asks[i].calls, 1);
	assert_int_equal(asks[9].r, STORE_E_FAILED);
	assert_int_equal(fix_open(f), 0);
	/* What was called done is in, what was called failed is not. */
	for (int i = 0; i < 10; i++)
		f->version -= asks[i].r == 0;
	assert_int_equal(count_events(f, 0), 1 + (uint64_t)(STORE_SCHEMA - f->version));
}

/* A real full disk: a small tmpfs in a mount namespace of a child. */
static int
full_tmpfs(struct fix *f)
{
	struct ask waiting[30] = { { 0 } };
	char filler[200];
	int fd;

	if (unshare(CLONE_NEWNS | (geteuid() ? CLONE_NEWUSER : 0)) < 0)
		return 77;
	/* Fails in a chroot, where / is no mount point; hence the umount below. */
	(void)mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL);
	if (mount("none", f->dir, "tmpfs", 0, "size=2M") < 0)
		return 77;
	assert_int_equal(fix_open(f), 0);
	(void)write_event(f, 1);
	(void)snprintf(filler, sizeof(filler), "%s/filler", f->dir);
	fd = open(filler, O_WRONLY | O_CREAT, 0600);
	for (char block[4096] = { 0 }; write(fd, block, sizeof(block)) > 0;)
		;
	close(fd);
	for (int i = 0; i < 30; i++)
		store_commit(big_event(f, 10000), true, ask_done, &waiting[i]);
	fix_wait(f, f->troubles);
	assert_int_equal(f->trouble, ENOSPC);
	assert_int_equal(unlink(filler), 0);
	fix_wait(f, waiting[29].calls && !f->trouble);
	for (int i = 0; i < 30; i++)
		assert_int_equal(waiting[i].r, 0);
	assert_sound(f, 31);
	fix_reopen(f);
	assert_int_equal(count_events(f, 0), 31);
	f->store = store_close(f->store);
	return umount2(f->dir, MNT_DETACH) < 0;
}

static void
disk_really_full(void **state)
{
	struct fix *f = *state;
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(full_tmpfs(f));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		print_message(
		    "# no file system can be mounted here: RLIMIT_FSIZE only\n");
	else
		assert_int_equal(status, 0);
}

/* The nth step of SQLite fails, for every n that a round of requests has. */
static void
every_step_fails_once(void **state)
{
	struct fix *f = *state;
	uint64_t n = 0, rounds = 0;

	f->config.retry_ms = 1;
	assert_int_equal(fix_open(f), 0);
	(void)count_events(f, 0);
	do {
		struct ask a[3] = { { 0 } };
		struct store_batch *b = one_event(f, "a", 1);

		n++;
		os_fault_set(n, n % 2 ? EIO : ENOSPC);
		store_put_session(b, id_of(1), json_new_object());
		store_put_intent(b, id_of(2), "session.start", id_of(1), 1, NULL);
		store_put_event(b, "b", NULL, 0, (wall_t){ 2 }, NULL);
		store_commit(b, false, ask_done, &a[0]);
		b = one_event(f, "c", 3);
		store_done_intent(b, id_of(2));
		store_delete_session(b, id_of(1));
		store_put_value(b, "k", "v");
		store_commit(b, true, ask_done, &a[1]);
		fix_wait(f, a[0].calls && a[1].calls);
		assert_int_equal(a[0].r + a[1].r, 0);
		assert_int_equal(a[1].seq, ++rounds * 3);
		assert_int_equal(a[0].seq, rounds * 3 - 1);
		store_events(f->store, 0, 10, NULL, NULL, ask_events, &a[2]);
		fix_wait(f, a[2].calls);
		assert_true(a[2].r == 0 || a[2].r == STORE_E_FAILED);
		json_free(a[2].json);
	} while (os_fault_calls() >= n);
	os_fault_set(0, 0);
	assert_true(n > 20);
	fix_wait(f, f->trouble == 0);
	assert_int_equal(f->troubles, f->recoveries);
	assert_true(f->troubles > 5);
	assert_int_equal(f->events, rounds * 3);
	assert_sound(f, rounds * 3);
	fix_reopen(f);
	assert_int_equal(count_events(f, 0), rounds * 3);
}

/* The same for opening: a fault is a fault, never damage, and nothing is lost. */
static void
open_fails_at_every_step(void **state)
{
	struct fix *f = *state;
	uint64_t failures = 0;
	int r = -1;

	for (int existing = 0; existing < 2; existing++) {
		for (uint64_t n = 1;; n++) {
			os_fault_set(n, EIO);
			r = fix_open(f);
			if (os_fault_calls() < n) {
				os_fault_set(0, 0);
				break;
			}
			os_fault_set(0, 0);
			f->store = store_close(f->store);
			if (!r)
				continue; /* a setting of no weight */
			assert_int_equal(r, -EIO);
			failures++;
			assert_int_equal(count_names(f, "belay.db.damaged-"), 0);
		}
		assert_int_equal(r, 0);
		assert_int_equal(write_event(f, 1).seq, existing + 1);
		assert_sound(f, (uint64_t)existing + 1);
		f->store = store_close(f->store);
	}
	assert_true(failures > 10);
}

/* The WAL is moved into the file when the writer is idle, and stays bounded. */
static void
wal_is_bounded(void **state)
{
	struct fix *f = *state;
	char wal[200];
	struct stat st;

	assert_int_equal(fix_open(f), 0);
	for (int i = 0; i < 400; i++) {
		struct ask a = { 0 };

		store_commit(big_event(f, 100000), true, ask_done, &a);
		fix_wait(f, a.calls);
	}
	(void)snprintf(wal, sizeof(wal), "%s-wal", f->path);
	assert_int_equal(stat(wal, &st), 0);
	assert_true(st.st_size < 70 << 20);
	assert_int_equal(stat(f->path, &st), 0);
	assert_true(st.st_size > 1 << 20); /* 40 MB went through */
	assert_sound(f, 400);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fix_test(groups),
		fix_test(at_the_limit),
		fix_test(locked),
		fix_test(order_after_failures),
		fix_test(disk_full),
		fix_test(close_in_trouble),
		fix_test(disk_really_full),
		fix_test(every_step_fails_once),
		fix_test(open_fails_at_every_step),
		fix_test(wal_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
