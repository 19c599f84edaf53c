/* A link and a real shim, from start to end. */
#include "host_test.h"

static void
from_start_to_end(void **state)
{
	struct bench *b = *state;

	bench_start(b, "printf hello; read x; echo \"got $x\"; exit 7", false);
	assert_string_equal(b->order, "SC");
	assert_true(host_connected(b->link));
	assert_true(b->status.child_pid > 0 && b->status.shim_pid > 0);
	assert_string_equal(b->status.session, ID);
	assert_int_equal(b->status.generation, 3);
	assert_int_equal(b->status.cols, 90);
	assert_true(os_process_is(b->status.child_pid, b->status.child_start));
	assert_true(os_process_is(b->status.shim_pid, b->status.shim_start));
	bench_until(b, bench_said(b, "hello"));
	assert_int_equal(b->first, 0);
	assert_int_equal(host_viewers(b->link), 1);
	assert_int_equal(host_input(b->link, STR("abc\r"), 5), 0);
	bench_until(b, b->count[HOST_EV_EXITED]);
	assert_string_equal(buf_text(&b->output), "helloabc\r\ngot abc\r\n");
	assert_int_equal(b->count[HOST_EV_INPUT_DONE], 1);
	assert_int_equal(b->done_id, 5);
	assert_int_equal(b->done_result, 0);
	assert_int_equal(b->status.state, SHIM_GONE);
	assert_int_equal(b->status.exit_code, 7);
	assert_int_equal(b->status.exit_signal, 0);
	assert_true(b->status.exited_ms >= b->status.started_ms);
	assert_int_equal(host_acknowledge(b->link), 0);
	bench_until(b, b->count[HOST_EV_GONE]);
	/* No outage is told of one that was let go. */
	assert_int_equal(b->count[HOST_EV_UNREACHABLE], 0);
	assert_int_equal(b->status.exit_code, 7);
	assert_int_equal(host_input(b->link, STR("x"), 1), HOST_E_UNREACHABLE);
	assert_int_equal(host_acknowledge(b->link), HOST_E_UNREACHABLE);
}

static void
adopted_as_it_was_left(void **state)
{
	struct bench *b = *state;
	struct shim_status before;
	uint64_t seen;

	bench_start(b, "printf 'one\\n'; read x; printf 'two\\n'; read x", false);
	bench_until(b, bench_said(b, "one\r\n"));
	before = b->status;
	seen = b->next;
	/* Freed inside one of its own events, with bytes in hand. */
	b->free_at = HOST_EV_OUTPUT;
	assert_int_equal(host_input(b->link, STR("\r"), 0), 0);
	bench_until(b, b->link == NULL);
	b->free_at = EVENTS;
	bench_clear(b);
	/* From the begin, for there is no keyframe. */
	bench_adopt(b, SHIM_FROM_KEYFRAME);
	bench_until(b, bench_said(b, "two\r\n"));
	assert_string_equal(b->order, "C");
	assert_int_equal(b->connected_at, 0);
	assert_int_equal(b->first, 0);
	assert_true(bench_said(b, "one\r\n"));
	assert_int_equal(b->status.child_pid, before.child_pid);
	assert_true(b->status.child_start == before.child_start);
	b->link = host_free(b->link);
	bench_clear(b);
	/* From a position. */
	bench_adopt(b, seen);
	bench_until(b, bench_said(b, "two\r\n"));
	assert_int_equal(b->connected_at, seen);
	assert_int_equal(b->first, seen);
	assert_false(bench_said(b, "one\r\n"));
}

static void
adopting_the_dead_says_gone(void **state)
{
	struct bench *b = *state;
	struct host_link *none = NULL;
	int r;

	r = host_adopt(b->loop, b->dir, 0, bench_event, b, &none);
	assert_int_equal(r, HOST_E_NO_RECORD);
	r = host_adopt(b->loop, "/nonexistent/dir", 0, bench_event, b, &none);
	assert_int_equal(r, HOST_E_NO_RECORD);
	assert_null(none);
	bench_start(b, "exec sleep 1000", false);
	b->link = host_free(b->link);
	bench_end_processes(b);
	bench_clear(b);
	bench_adopt(b, 0);
	bench_until(b, b->count[HOST_EV_GONE]);
	assert_string_equal(b->order, "G");
	assert_int_equal(b->status.state, SHIM_RUNNING); /* all that its record knows */
}

static void
a_killed_shim_is_gone_after_its_last_words(void **state)
{
	struct bench *b = *state;

	bench_start(b, "printf 'words\\n'; exec sleep 1000", false);
	bench_until(b, bench_said(b, "words"));
	assert_int_equal(kill(b->status.shim_pid, SIGKILL), 0);
	bench_until(b, b->count[HOST_EV_GONE]);
	assert_string_equal(b->order, "SCG");
	assert_false(host_connected(b->link));
}

static void
sizes_and_signals(void **state)
{
	struct bench *b = *state;

	bench_start(b,
	    "trap 'echo winch; stty size' WINCH; echo ready; "
	    "while :; do read x || :; done",
	    false);
	bench_until(b, bench_said(b, "ready"));
	assert_int_equal(host_resize(b->link, 101, 33), 0);
	bench_until(b, b->count[HOST_EV_RESIZED] && bench_said(b, "33 101"));
	assert_int_equal(b->cols, 101);
	assert_int_equal(b->rows, 33);
	assert_int_equal(host_status(b->link)->cols, 101);
	assert_int_equal(host_signal(b->link, 0, SHIM_TO_CHILD), -EINVAL);
	assert_int_equal(host_signal(b->link, SIGKILL, SHIM_TO_CHILD), 0);
	bench_until(b, b->count[HOST_EV_EXITED]);
	assert_int_equal(b->status.exit_signal, SIGKILL);
	assert_int_equal(b->status.exit_code, -1);
}

static void
pipe_mode_and_input_of_many_frames(void **state)
{
	struct bench *b = *state;
	size_t len = 600000;
	cleanup_free char *text = malloc(len);

	memset(text, 'x', len);
	bench_start(b, "echo oops >&2; wc -c", true);
	assert_true(b->status.pipe);
	assert_int_equal(host_input(b->link, str_make(text, len), 9), 0);
	assert_int_equal(host_close_input(b->link), 0);
	bench_until(b, b->count[HOST_EV_EXITED]);
	assert_true(bench_said(b, "600000"));
	assert_string_equal(buf_text(&b->errors), "oops\n");
	/* One answer for the three frames. */
	assert_int_equal(b->count[HOST_EV_INPUT_DONE], 1);
	assert_int_equal(b->done_id, 9);
	assert_int_equal(b->done_result, 0);
	assert_int_equal(b->status.exit_code, 0);
}

static void
a_flood_has_no_holes(void **state)
{
	struct bench *b = *state;

	bench_start(b, "head -c 5000000 /dev/zero | tr '\\0' x; echo; echo end", false);
	bench_until(b, b->count[HOST_EV_EXITED]);
	/* Positions were compared as they came; what was lost was told. */
	assert_int_equal(b->output.len + b->errors.len + b->lost, 5000000 + 2 + 5);
	assert_true(bench_said(b, "end\r\n"));
}

static void
keyframes_come_back_whole(void **state)
{
	struct bench *b = *state;
	size_t len = 1500000;
	cleanup_free char *drawing = malloc(len);
	uint64_t at;

	for (size_t i = 0; i < len; i++)
		drawing[i] = (char)('a' + i % 26);
	bench_start(b, "printf 'before\\n'; read x; printf 'after\\n'; read x", false);
	bench_until(b, bench_said(b, "before\r\n"));
	at = b->next;
	assert_int_equal(host_keyframe(b->link, at, 90, 20, STR_NONE), -EINVAL);
	assert_int_equal(host_keyframe(b->link, at, 90, 20, str_make(drawing, len)), 0);
	/* The answer to an input after it proves that the keyframe was taken. */
	assert_int_equal(host_input(b->link, STR("\r"), 1), 0);
	bench_until(b, bench_said(b, "after\r\n"));
	b->link = host_free(b->link);
	bench_clear(b);
	bench_adopt(b, SHIM_FROM_KEYFRAME);
	bench_until(b, bench_said(b, "after\r\n"));
	assert_string_equal(b->order, "CK");
	assert_int_equal(b->keyframe_at, at);
	assert_int_equal(b->first, at);
	assert_int_equal(b->keyframe.len, len);
	assert_memory_equal(b->keyframe.data, drawing, len);
	assert_false(bench_said(b, "before"));
}

/* The connection goes, the shim stays. */
static void
a_lost_connection_is_made_again_without_a_hole(void **state)
{
	struct bench *b = *state;

	bench_start(b, "printf 'one\\n'; while read x; do echo \"got $x\"; done", false);
	bench_until(b, bench_said(b, "one\r\n"));
	for (unsigned round = 1; round <= 3; round++) {
		assert_int_equal(shutdown(b->link->fd, SHUT_RDWR), 0);
		bench_until(b, b->count[HOST_EV_CONNECTED] == round + 1);
		assert_int_equal(b->count[HOST_EV_UNREACHABLE], round);
		assert_int_equal(b->connected_at, b->next);
	}
	assert_string_equal(b->order, "SCUCUCUC");
	assert_int_equal(host_input(b->link, STR("abc\r"), 4), 0);
	bench_until(b, bench_said(b, "got abc"));
	/* Nothing twice. */
	assert_null(strstr(strstr(buf_text(&b->output), "one") + 1, "one"));
}

static void
a_deleted_socket_is_bound_again(void **state)
{
	struct bench *b = *state;
	struct shim_status before;
	char path[200];

	bench_start(b, "echo here; exec sleep 1000", false);
	bench_until(b, bench_said(b, "here"));
	before = b->status;
	b->link = host_free(b->link);
	(void)snprintf(path, sizeof(path), "%s/shim.sock", b->dir);
	assert_int_equal(unlink(path), 0);
	bench_clear(b);
	bench_adopt(b, SHIM_FROM_KEYFRAME);
	bench_until(b, b->count[HOST_EV_CONNECTED] && bench_said(b, "here"));
	assert_string_equal(b->order, "UC");
	assert_int_equal(b->status.shim_pid, before.shim_pid);
	assert_true(os_process_is(before.child_pid, before.child_start));
}

static void
a_deleted_directory_is_made_again(void **state)
{
	struct bench *b = *state;
	struct shim_status before;

	bench_start(b, "echo here; exec sleep 1000", false);
	bench_until(b, bench_said(b, "here"));
	before = b->status;
	assert_int_equal(os_remove_tree(AT_FDCWD, b->dir), 0);
	assert_int_equal(shutdown(b->link->fd, SHUT_RDWR), 0);
	bench_until(b, b->count[HOST_EV_CONNECTED] == 2);
	assert_int_equal(b->status.shim_pid, before.shim_pid);
	assert_int_equal(b->count[HOST_EV_GONE], 0);
	/* Its record is there again, too. */
	assert_true(bench_record(b, &before));
	assert_int_equal(before.shim_pid, b->status.shim_pid);
}

static void
a_stopped_shim_is_neither_gone_nor_waited_for(void **state)
{
	struct bench *b = *state;
	size_t len = 200000, sent = 0;
	cleanup_free char *text = malloc(len);
	int r;

	memset(text, 'x', len);
	bench_start(b, "echo ready; cat >/dev/null", true);
	bench_until(b, bench_said(b, "ready"));
	assert_int_equal(kill(b->status.shim_pid, SIGSTOP), 0);
	while ((r = host_input(b->link, str_make(text, len), 0)) == 0)
		assert_true(++sent < 100);
	assert_int_equal(r, HOST_E_FULL);
	/* A keyframe has room of its own, once. */
	assert_int_equal(host_keyframe(b->link, 0, 90, 20, str_make(text, len)), 0);
	assert_int_equal(
	    host_keyframe(b->link, 0, 90, 20, str_make(text, len)), HOST_E_FULL);
	assert_int_equal(loop_turn(b->loop, false), 0);
	assert_true(host_connected(b->link));
	/* A second link waits for its greeting, silently. */
	struct host_link *first = b->link;
	bench_clear(b);
	bench_adopt(b, SHIM_FROM_END);
	for (int i = 0; i < 5; i++)
		assert_int_equal(loop_turn(b->loop, false), 0);
	assert_string_equal(b->order, "");
	assert_false(host_connected(b->link));
	(void)host_free(first);
	assert_int_equal(kill(b->status.shim_pid, SIGCONT), 0);
	bench_until(b, b->count[HOST_EV_CONNECTED]);
	assert_int_equal(host_close_input(b->link), 0);
	bench_until(b, b->count[HOST_EV_EXITED]);
	assert_int_equal(b->status.exit_code, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(from_start_to_end),
		bench_test(adopted_as_it_was_left),
		bench_test(adopting_the_dead_says_gone),
		bench_test(a_killed_shim_is_gone_after_its_last_words),
		bench_test(sizes_and_signals),
		bench_test(pipe_mode_and_input_of_many_frames),
		bench_test(a_flood_has_no_holes),
		bench_test(keyframes_come_back_whole),
		bench_test(a_lost_connection_is_made_again_without_a_hole),
		bench_test(a_deleted_socket_is_bound_again),
		bench_test(a_deleted_directory_is_made_again),
		bench_test(a_stopped_shim_is_neither_gone_nor_waited_for),
	};

	if (under_valgrind()) {
		(void)puts("1..0 # SKIP valgrind has no pidfds");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
