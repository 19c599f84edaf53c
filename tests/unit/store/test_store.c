#include "store/store.h"

#include "base/limits.h"
#include "store_test.h"

static void
fresh(void **state)
{
	struct fix *f = *state;
	struct store_loaded l;
	struct stat st;

	f->config.first_seq = 41;
	assert_int_equal(fix_open(f), 0);
	assert_int_equal(f->version, 0);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(store_load(f->store, &l), 0);
	assert_int_equal(json_count(l.sessions), 0);
	assert_int_equal(json_count(l.intents), 0);
	assert_int_equal(l.last_seq, 41);
	store_loaded_deinit(&l);
	assert_int_equal(write_event(f, 1).seq, 42);
	/* It only counts for a journal that is empty. */
	f->config.first_seq = 1000;
	fix_reopen(f);
	assert_int_equal(f->version, STORE_SCHEMA);
	assert_int_equal(write_event(f, 2).seq, 43);
}

static void
sessions_and_values(void **state)
{
	struct fix *f = *state;
	struct store_batch *b;
	struct store_loaded l;
	struct ask a = { 0 };
	char *value;

	assert_int_equal(fix_open(f), 0);
	assert_null(store_value(f->store, "boot_id"));
	b = store_batch_new(f->store);
	store_put_session(b, id_of(2), json_set_text(json_new_object(), "name", "two"));
	store_put_session(b, id_of(1), json_set_text(json_new_object(), "name", "one"));
	store_put_session(b, id_of(3), json_set_text(json_new_object(), "name", "three"));
	store_put_value(b, "boot_id", "a'b\"c\n");
	store_commit(b, true, ask_done, &a);
	fix_wait(f, a.calls);
	assert_int_equal(a.r, 0);
	b = store_batch_new(f->store);
	store_put_session(
	    b, id_of(2), json_set_text(json_new_object(), "name", "zwei \xe2\x82\xac"));
	store_delete_session(b, id_of(3));
	store_put_value(b, "empty", "");
	store_commit(b, false, NULL, NULL);
	fix_reopen(f);
	assert_int_equal(store_load(f->store, &l), 0);
	assert_int_equal(json_count(l.sessions), 2);
	assert_string_equal(json_get_text(json_at(l.sessions, 0), "name"), "one");
	assert_string_equal(
	    json_get_text(json_at(l.sessions, 1), "name"), "zwei \xe2\x82\xac");
	assert_int_equal(l.unreadable, 0);
	store_loaded_deinit(&l);
	value = store_value(f->store, "boot_id");
	assert_string_equal(value, "a'b\"c\n");
	free(value);
	value = store_value(f->store, "empty");
	assert_string_equal(value, "");
	free(value);
}

static void
intents(void **state)
{
	struct fix *f = *state;
	struct store_batch *b;
	struct store_loaded l;
	struct json *i;
	char text[ID_TEXT_BYTES];
	wall_t time;

	assert_int_equal(fix_open(f), 0);
	b = store_batch_new(f->store);
	store_put_intent(b, id_of(9), "session.start", id_of(1), 3,
	    json_set_text(json_new_object(), "cwd", "/"));
	store_put_intent(b, id_of(8), "session.stop", id_of(2), 4, NULL);
	store_put_intent(b, id_of(7), "session.kill", id_of(2), 4, NULL);
	store_commit(b, true, NULL, NULL);
	b = store_batch_new(f->store);
	store_done_intent(b, id_of(8));
	store_commit(b, false, NULL, NULL);
	fix_reopen(f);
	assert_int_equal(store_load(f->store, &l), 0);
	assert_int_equal(json_count(l.intents), 2);
	i = json_at(l.intents, 0); /* in the order they were made, not by id */
	session_id_text(id_of(9), text);
	assert_string_equal(json_get_text(i, "intent"), text);
	session_id_text(id_of(1), text);
	assert_string_equal(json_get_text(i, "session"), text);
	assert_string_equal(json_get_text(i, "verb"), "session.start");
	assert_int_equal(json_get_int(i, "generation", -1), 3);
	assert_string_equal(json_get_text(json_get(i, "body"), "cwd"), "/");
	assert_true(wall_parse(json_str(json_get(i, "time")), &time));
	assert_string_equal(json_get_text(json_at(l.intents, 1), "verb"), "session.kill");
	store_loaded_deinit(&l);
}

static void
events_are_told(void **state)
{
	struct fix *f = *state;
	struct store_batch *b;
	struct ask a = { 0 };

	assert_int_equal(fix_open(f), 0);
	b = one_event(f, "session.started", 7);
	store_put_event(b, "daemon.note", NULL, 0, (wall_t){ 1 }, NULL);
	store_commit(b, true, ask_done, &a);
	fix_wait(f, a.calls);
	assert_int_equal(a.seq, 2);
	assert_int_equal(f->events, 2);
	assert_string_equal(f->last_text,
	    "{\"seq\":2,\"time\":\"1970-01-01T00:00:00.001Z\",\"kind\":\"daemon.note\","
	    "\"session\":null,\"generation\":0,\"body\":{}}");
	/* Telemetry comes too, without anyone asking again. */
	store_commit(one_event(f, "hook.tool", 8), false, NULL, NULL);
	fix_wait(f, f->events == 3);
	assert_non_null(strstr(f->last_text, "\"body\":{\"n\":8}"));
}

static size_t
page(struct fix *f, struct ask *a, uint64_t since, uint32_t limit,
    const struct session_id *session, const char *kind)
{
	json_free(a->json);
	*a = (struct ask){ 0 };
	store_events(f->store, since, limit, session, kind, ask_events, a);
	fix_wait(f, a->calls);
	assert_int_equal(a->r, 0);
	return json_count(a->json);
}

static void
events_are_paged(void **state)
{
	struct fix *f = *state;
	struct session_id other = id_of(2), unknown = id_of(3);
	struct store_batch *b;
	struct ask a = { 0 };

	assert_int_equal(fix_open(f), 0);
	assert_int_equal(page(f, &a, 0, 10, NULL, NULL), 0);
	assert_int_equal(a.first, 1);
	assert_int_equal(a.last, 0);
	json_free(a.json);
	a = (struct ask){ 0 };
	b = store_batch_new(f->store);
	for (int i = 1; i <= 1500; i++)
		store_put_event(b, i % 3 ? "hook.tool" : "session.title",
		    i % 5 ? NULL : &other, 2, (wall_t){ 1000 + i },
		    json_set_int(json_new_object(), "i", i));
	store_commit(b, true, ask_done, &a);
	fix_wait(f, a.calls);
	assert_int_equal(page(f, &a, 0, 5000, NULL, NULL), LIMIT_EVENTS_PAGE);
	assert_int_equal(a.first, 1);
	assert_int_equal(a.last, 1500);
	assert_int_equal(page(f, &a, 1000, 5000, NULL, NULL), 500);
	assert_int_equal(json_get_int(json_at(a.json, 0), "seq", -1), 1001);
	assert_int_equal(
	    json_get_int(json_get(json_at(a.json, 0), "body"), "i", -1), 1001);
	assert_int_equal(page(f, &a, 0, 0, NULL, NULL), 0);
	assert_int_equal(page(f, &a, UINT64_MAX, 10, NULL, NULL), 0);
	assert_int_equal(page(f, &a, 0, 1000, &other, NULL), 300);
	assert_int_equal(page(f, &a, 0, 1000, &other, "session."), 100);
	assert_int_equal(page(f, &a, 0, 1000, &unknown, NULL), 0);
	assert_int_equal(page(f, &a, 0, 1000, NULL, "session."), 500);
	assert_int_equal(page(f, &a, 0, 1000, NULL, "session.title.x"), 0);
	assert_int_equal(page(f, &a, 0, 1000, NULL, "%"), 0);
	json_free(a.json);
}

static void
too_many_reads(void **state)
{
	struct fix *f = *state;
	static struct ask asks[600];
	unsigned ended = 0, refused = 0;

	assert_int_equal(fix_open(f), 0);
	memset(asks, 0, sizeof(asks));
	for (size_t i = 0; i < 600; i++)
		store_events(f->store, 0, 10, NULL, NULL, ask_events, &asks[i]);
	while (ended < 600) {
		assert_int_equal(loop_turn(f->loop, true), 0);
		ended = 0;
		for (size_t i = 0; i < 600; i++)
			ended += asks[i].calls;
	}
	for (size_t i = 0; i < 600; i++) {
		assert_int_equal(asks[i].calls, 1);
		assert_true(asks[i].r == 0 || asks[i].r == STORE_E_FAILED);
		assert_true((asks[i].r == 0) == (asks[i].json != NULL));
		refused += asks[i].r != 0;
		asks[i].json = json_free(asks[i].json);
	}
	/* None is answered before the loop turns, so the bound is exact. */
	assert_int_equal(refused, 600 - 256);
	assert_int_equal(page(f, &asks[0], 0, 1, NULL, NULL), 0);
	json_free(asks[0].json);
}

/* What is owed at close comes during close, each once. */
static void
close_pays(void **state)
{
	struct fix *f = *state;
	struct ask writes[50] = { { 0 } }, reads[50] = { { 0 } }, check = { 0 };

	assert_int_equal(fix_open(f), 0);
	for (int i = 0; i < 50; i++) {
		store_commit(one_event(f, "test.event", i), i % 2, ask_done, &writes[i]);
		store_events(f->store, 0, 10, NULL, NULL, ask_events, &reads[i]);
	}
	store_check(f->store, ask_check, &check);
	f->store = store_close(f->store);
	for (int i = 0; i < 50; i++) {
		assert_int_equal(writes[i].calls, 1);
		assert_int_equal(writes[i].r, 0);
		assert_int_equal(writes[i].seq, i + 1);
		assert_int_equal(reads[i].calls, 1);
		json_free(reads[i].json);
	}
	assert_int_equal(check.calls, 1);
	json_free(check.json);
	assert_int_equal(f->events, 50);
	assert_int_equal(fix_open(f), 0);
	assert_int_equal(count_events(f, 0), 50);
	/* Nothing is left beside the file after an orderly end. */
	f->store = store_close(f->store);
	assert_int_equal(count_names(f, ""), 3); /* . .. belay.db */
}

struct chain {
	struct fix *f;
	uint64_t left, last;
};

static void
next_of_chain(int r, uint64_t seq, void *ctx)
{
	struct chain *c = ctx;

	assert_int_equal(r, 0);
	assert_int_equal(seq, c->last + 1);
	c->last = seq;
	if (--c->left)
		store_commit(
		    one_event(c->f, "chain", (int64_t)seq), seq % 2, next_of_chain, c);
}

/* A callback may ask again. */
static void
asked_from_a_callback(void **state)
{
	struct fix *f = *state;
	struct chain c = { f, 50, 0 };

	assert_int_equal(fix_open(f), 0);
	store_commit(one_event(f, "chain", 0), true, next_of_chain, &c);
	fix_wait(f, !c.left);
	assert_sound(f, 50);
}

static void
an_empty_batch(void **state)
{
	struct fix *f = *state;
	struct ask a = { 0 };

	assert_int_equal(fix_open(f), 0);
	(void)write_event(f, 1);
	store_commit(store_batch_new(f->store), true, ask_done, &a);
	fix_wait(f, a.calls);
	assert_int_equal(a.r, 0);
	assert_int_equal(a.seq, 1);
}

static void
a_batch_thrown_away(void **state)
{
	struct fix *f = *state;

	assert_int_equal(fix_open(f), 0);
	assert_null(store_batch_free(one_event(f, "never", 1)));
	assert_null(store_batch_free(NULL));
	assert_null(store_close(NULL));
	assert_int_equal(write_event(f, 1).seq, 1);
}

static void
retention(void **state)
{
	struct fix *f = *state;
	struct ask a = { 0 };
	uint64_t first = 1;

	f->config.retain_events = 1000;
	assert_int_equal(fix_open(f), 0);
	for (int i = 0; i < 40; i++) {
		struct store_batch *b = store_batch_new(f->store);

		for (int j = 0; j < 100; j++)
			store_put_event(b, "hook.tool", NULL, 1, (wall_t){ 1 }, NULL);
		store_commit(b, false, NULL, NULL);
	}
	fix_wait(f, f->events == 4000);
	/* The writer trims after it has told; each question gives it the time of a turn.
	 */
	while (first < 1 + 11 * 256) { /* steps of 256, as long as 1000 stay */
		page(f, &a, 0, 1000, NULL, NULL);
		assert_int_equal(a.last, 4000);
		assert_true(a.first >= first && a.first <= 3001);
		first = a.first;
	}
	fix_reopen(f);
	page(f, &a, 0, 1000, NULL, NULL);
	assert_int_equal(a.first, 1 + 11 * 256);
	assert_int_equal(json_get_int(json_at(a.json, 0), "seq", -1), a.first);
	assert_int_equal(count_events(f, first - 1), 4000 - first + 1);
	assert_sound(f, 4000 - first + 1);
	/* The last number is known although its line may be gone. */
	assert_int_equal(write_event(f, 1).seq, 4001);
	json_free(a.json);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fix_test(fresh),
		fix_test(sessions_and_values),
		fix_test(intents),
		fix_test(events_are_told),
		fix_test(events_are_paged),
		fix_test(too_many_reads),
		fix_test(close_pays),
		fix_test(asked_from_a_callback),
		fix_test(an_empty_batch),
		fix_test(a_batch_thrown_away),
		fix_test(retention),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
