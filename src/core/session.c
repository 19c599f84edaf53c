#include "core/session.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/config.h"
#include "base/fault.h"
#include "base/log.h"
#include "core/name.h"
#include "core/session_files.h"
#include "core/settle.h"
#include "core/watch.h"
#include "os/os.h"

#define LOG_MODULE "session"

struct session *
session_new(struct core *c)
{
	struct session *s = xnew(struct session);

	s->core = c;
	s->refs = 1;
	s->exit_code = -1;
	s->labels = json_new_object();
	list_init(&s->node);
	list_init(&s->watches);
	list_init(&s->inputs);
	return s;
}

struct session *
session_ref(struct session *s)
{
	s->refs++;
	return s;
}

void
session_unref(struct session *s)
{
	if (--s->refs)
		return;
	loop_timer_stop(&s->grace);
	loop_timer_stop(&s->quiet);
	loop_later_cancel(s->core->loop, &s->unlink);
	loop_later_cancel(s->core->loop, &s->damage);
	list_del(&s->node);
	(void)host_free(s->link);
	(void)term_free(s->term);
	(void)json_free(s->labels);
	config_texts_free(s->argv);
	for (unsigned i = 0; i < SESSION_KEYS; i++)
		free(s->keys[i]);
	free(s->name);
	free(s->agent);
	free(s->cwd);
	free(s->task);
	free(s->fail_stage);
	free(s);
}

void
session_add(struct session *s)
{
	list_add(&s->core->sessions, &s->node);
	s->core->count++;
}

void
session_drop(struct session *s)
{
	if (s->removed)
		return;
	s->removed = true;
	s->core->count--;
	list_del(&s->node);
	settle_end(s);
	watch_removed(s);
	session_unref(s);
}

void
session_forget_run(struct session *s)
{
	s->cause = STOP_NONE;
	s->exit_code = -1;
	s->exit_signal = 0;
	s->pid = s->shim_pid = 0;
	s->pid_start = s->shim_start = 0;
	s->started_at = s->ended_at = (wall_t){ 0 };
	s->stop_asked = s->host_died = false;
	free(s->fail_stage);
	s->fail_stage = NULL;
	s->fail_errno = 0;
	s->term = term_free(s->term);
	s->position = s->keyframe_at = s->full_at = 0;
	s->output_seen = s->incomplete = s->answered = false;
	loop_timer_stop(&s->quiet);
}

bool
session_alive(const struct session *s)
{
	return s->lifecycle == LIFECYCLE_PROVISIONING ||
	       s->lifecycle == LIFECYCLE_RUNNING;
}

void
session_path(const struct session *s, const char *file, struct buf *out)
{
	buf_printf(out, "%s/%s", s->core->home->sessions, s->id_text);
	if (file)
		buf_printf(out, "/%s", file);
}

void
session_set_lifecycle(struct session *s, enum lifecycle l)
{
	s->lifecycle = l;
	s->since = loop_wall(s->core->loop);
}

bool
session_advance(struct session *s, enum lifecycle_event event)
{
	enum lifecycle next;

	if (!lifecycle_next(s->lifecycle, event, &next))
		return false;
	if (next != s->lifecycle)
		session_set_lifecycle(s, next);
	return true;
}

int
session_may(const struct session *s, enum lifecycle_event event, struct problem *p)
{
	/* clang-format off */
	static const char *const asked[LIFECYCLE_EVENT_COUNT] = {
		[LIFECYCLE_EV_STOP] = "be stopped", [LIFECYCLE_EV_RESTART] = "be restarted",
		[LIFECYCLE_EV_ARCHIVE] = "be archived", [LIFECYCLE_EV_REMOVE] = "be removed",
	};
	/* clang-format on */
	enum lifecycle next;

	if (lifecycle_next(s->lifecycle, event, &next))
		return 0;
	return problem_set(p, OUTCOME_WRONG_STATE, "",
	    "session %s is %s and can not %s%s", s->name, lifecycle_names[s->lifecycle],
	    asked[event] ? asked[event] : "do that",
	    s->lifecycle == LIFECYCLE_RUNNING && event != LIFECYCLE_EV_STOP
		? "; stop it first"
		: "");
}

const char *
session_activity(const struct session *s)
{
	/* Nobody has looked at the screen for evidence: what is not known is unknown. */
	if (!session_alive(s))
		return "exited";
	return s->output_seen ? "unknown" : "starting";
}

const char *
session_attention(const struct session *s)
{
	return s->lifecycle == LIFECYCLE_FAILED ||
		       (s->lifecycle == LIFECYCLE_STOPPED &&
			   (s->cause == STOP_CRASHED || s->cause == STOP_HOST_DIED))
		   ? "failed"
		   : "none";
}

/* --- The record ---------------------------------------------------------------- */

static struct json *
texts_json(char *const *texts)
{
	struct json *a = json_new_array();

	for (size_t i = 0; texts && texts[i]; i++)
		json_push(a, json_new_text(texts[i]));
	return a;
}

static struct json *
keys_json(const struct session *s)
{
	struct json *a = json_new_array();

	for (unsigned i = 0; i < SESSION_KEYS; i++) {
		const char *key = s->keys[(s->keys_at + i) % SESSION_KEYS];

		if (key)
			json_push(a, json_new_text(key));
	}
	return a;
}

struct json *
session_record(const struct session *s)
{
	struct json *o = json_new_object();

	json_set_int(o, "record", 1);
	json_set_text(o, "id", s->id_text);
	json_set_text(o, "name", s->name);
	json_set_int(o, "generation", s->generation);
	json_set_text(o, "lifecycle", lifecycle_names[s->lifecycle]);
	json_set_text(o, "stop_cause", lifecycle_causes[s->cause]);
	json_set_int(o, "since", s->since.ms);
	json_set_int(o, "created_at", s->created_at.ms);
	json_set_int(o, "started_at", s->started_at.ms);
	json_set_int(o, "ended_at", s->ended_at.ms);
	json_set_text(o, "agent", s->agent);
	json_set_text(o, "cwd", s->cwd);
	json_set_text(o, "task", s->task);
	json_set(o, "labels", json_ref(s->labels));
	json_set_bool(o, "pipe", s->pipe);
	json_set_int(o, "cols", s->cols);
	json_set_int(o, "rows", s->rows);
	json_set(o, "argv", texts_json(s->argv));
	json_set_bool(o, "command_given", s->command_given);
	json_set_int(o, "ring_bytes", (int64_t)s->ring_bytes);
	json_set_int(o, "scrollback", s->scrollback);
	json_set_int(o, "exit_code", s->exit_code);
	json_set_int(o, "exit_signal", s->exit_signal);
	json_set_int(o, "pid", s->pid);
	json_set_int(o, "pid_start", (int64_t)s->pid_start);
	json_set_int(o, "shim_pid", s->shim_pid);
	json_set_int(o, "shim_start", (int64_t)s->shim_start);
	json_set_text(o, "boot", s->boot);
	json_set_text(o, "fail_stage", s->fail_stage);
	json_set_int(o, "fail_errno", s->fail_errno);
	json_set_bool(o, "stop_asked", s->stop_asked);
	json_set_bool(o, "task_typed", s->task_typed);
	json_set(o, "keys", keys_json(s));
	return o;
}

static char *
copy_text(const struct json *o, const char *key)
{
	const char *z = json_get_text(o, key);

	return z ? xstrdup(z) : NULL;
}

static wall_t
get_wall(const struct json *o, const char *key)
{
	return (wall_t){ json_get_int(o, key, 0) };
}

static void
read_lists(struct session *s, const struct json *o)
{
	const struct json *argv = json_get(o, "argv"), *keys = json_get(o, "keys");
	size_t n = json_kind(argv) == JSON_ARRAY ? json_count(argv) : 0;

	s->argv = xnew_n(char *, n + 1);
	for (size_t i = 0; i < n; i++) {
		const char *z = json_text(json_at(argv, i));

		s->argv[i] = xstrdup(z ? z : "");
	}
	n = json_kind(keys) == JSON_ARRAY ? json_count(keys) : 0;
	for (size_t i = 0; i < n && i < SESSION_KEYS; i++) {
		const char *z = json_text(json_at(keys, i));

		if (z)
			s->keys[s->keys_at++ % SESSION_KEYS] = xstrdup(z);
	}
	s->keys_at %= SESSION_KEYS;
	if (json_kind(json_get(o, "labels")) == JSON_OBJECT) {
		(void)json_free(s->labels);
		s->labels = json_ref(json_get(o, "labels"));
	}
}

static bool
read_identity(struct session *s, const struct json *o)
{
	const char *id = json_get_text(o, "id"), *name = json_get_text(o, "name");
	const char *cause = json_get_text(o, "stop_cause");

	if (!id || !session_id_parse(str_of(id), &s->id) || !name ||
	    !name_valid(str_of(name)))
		return false;
	if (!lifecycle_parse(json_get_text(o, "lifecycle"), &s->lifecycle))
		return false;
	if (!lifecycle_parse_cause(cause ? cause : "", &s->cause))
		return false;
	session_id_text(s->id, s->id_text);
	s->name = xstrdup(name);
	return true;
}

static uint32_t
in_range(int64_t v, int64_t min, int64_t max, uint32_t otherwise)
{
	return v >= min && v <= max ? (uint32_t)v : otherwise;
}

struct session *
session_read(struct core *c, const struct json *o)
{
	struct session *s;
	const char *boot;

	if (json_kind(o) != JSON_OBJECT)
		return NULL;
	s = session_new(c);
	if (!read_identity(s, o)) {
		session_unref(s);
		return NULL;
	}
	s->generation = in_range(json_get_int(o, "generation", 1), 1, UINT32_MAX, 1);
	s->since = get_wall(o, "since");
	s->created_at = get_wall(o, "created_at");
	s->started_at = get_wall(o, "started_at");
	s->ended_at = get_wall(o, "ended_at");
	s->agent = copy_text(o, "agent");
	s->cwd = copy_text(o, "cwd");
	s->task = copy_text(o, "task");
	s->pipe = json_get_bool(o, "pipe", false);
	s->command_given = json_get_bool(o, "command_given", false);
	s->cols = (uint16_t)in_range(
	    json_get_int(o, "cols", 0), LIMIT_COLS_MIN, LIMIT_COLS_MAX, 120);
	s->rows = (uint16_t)in_range(
	    json_get_int(o, "rows", 0), LIMIT_ROWS_MIN, LIMIT_ROWS_MAX, 30);
	s->ring_bytes = in_range(json_get_int(o, "ring_bytes", 0), LIMIT_RING_MIN,
	    LIMIT_RING_MAX, LIMIT_RING_DEFAULT);
	s->scrollback =
	    in_range(json_get_int(o, "scrollback", 0), 0, LIMIT_SCROLLBACK_ROWS, 0);
	s->exit_code = (int32_t)json_get_int(o, "exit_code", -1);
	s->exit_signal = (int32_t)json_get_int(o, "exit_signal", 0);
	s->pid = (pid_t)json_get_int(o, "pid", 0);
	s->pid_start = (uint64_t)json_get_int(o, "pid_start", 0);
	s->shim_pid = (pid_t)json_get_int(o, "shim_pid", 0);
	s->shim_start = (uint64_t)json_get_int(o, "shim_start", 0);
	boot = json_get_text(o, "boot");
	(void)snprintf(s->boot, sizeof(s->boot), "%s", boot ? boot : "");
	s->fail_stage = copy_text(o, "fail_stage");
	s->fail_errno = (int)json_get_int(o, "fail_errno", 0);
	s->stop_asked = json_get_bool(o, "stop_asked", false);
	s->task_typed = json_get_bool(o, "task_typed", false);
	read_lists(s, o);
	if (!s->agent)
		s->agent = xstrdup("generic");
	if (!s->cwd)
		s->cwd = xstrdup("/");
	return s;
}

/* --- What people see --------------------------------------------------------------- */

static struct json *
time_json(wall_t t)
{
	cleanup_buf struct buf b = BUF(64);

	if (!t.ms)
		return NULL;
	wall_put(&b, t);
	return json_new_string(buf_str(&b));
}

static struct json *
signal_json(int signo)
{
	const char *abbrev = signo > 0 ? sigabbrev_np(signo) : NULL;
	cleanup_buf struct buf b = BUF(64);

	if (signo <= 0)
		return NULL;
	if (abbrev)
		buf_printf(&b, "SIG%s", abbrev);
	else
		buf_printf(&b, "%d", signo);
	return json_new_string(buf_str(&b));
}

static struct json *
size_json(const struct session *s)
{
	struct json *o;

	if (s->pipe)
		return NULL;
	o = json_new_object();
	json_set_int(o, "cols", s->cols);
	return json_set_int(o, "rows", s->rows);
}

struct json *
session_json(const struct session *s)
{
	struct json *o = json_new_object();
	bool runs = s->lifecycle == LIFECYCLE_RUNNING, ended = !session_alive(s);
	const char *title = s->term ? term_title(s->term) : "";

	json_set_text(o, "id", s->id_text);
	json_set_text(o, "name", s->name);
	json_set_int(o, "generation", s->generation);
	json_set_text(o, "lifecycle", lifecycle_names[s->lifecycle]);
	json_set_text(
	    o, "stop_cause", ended && s->cause ? lifecycle_causes[s->cause] : NULL);
	json_set_text(o, "activity", session_activity(s));
	json_set_text(o, "attention", session_attention(s));
	json_set(o, "since", time_json(s->since.ms ? s->since : s->created_at));
	json_set_text(o, "agent", s->agent);
	json_set_text(o, "host", s->pipe ? "pipe" : "shim");
	json_set(o, "pid", runs && s->pid ? json_new_int(s->pid) : NULL);
	json_set_text(o, "cwd", s->cwd);
	json_set_text(o, "workspace", "inplace");
	json_set(o, "branch", NULL);
	json_set(o, "project", NULL);
	json_set(o, "labels", json_ref(s->labels));
	json_set(o, "created_at", time_json(s->created_at));
	json_set(o, "started_at", time_json(s->started_at));
	json_set(o, "ended_at", ended ? time_json(s->ended_at) : NULL);
	json_set(o, "size", size_json(s));
	json_set(o, "exit_status",
	    ended && s->exit_code >= 0 ? json_new_int(s->exit_code) : NULL);
	json_set(o, "exit_signal", ended ? signal_json(s->exit_signal) : NULL);
	json_set(o, "pressure", NULL);
	json_set(o, "tokens", NULL);
	json_set(o, "command", texts_json(s->argv));
	json_set_text(o, "task", s->task);
	json_set_text(o, "title", *title ? title : NULL);
	return o;
}

/* --- Batches -------------------------------------------------------------------------
 */

static void
put(struct session *s, struct store_batch *b, enum log_level level, const char *kind,
    struct json *body)
{
	store_put_session(b, s->id, session_record(s));
	store_put_event(b, kind, &s->id, s->generation, loop_wall(s->core->loop), body);
	log_line(
	    level, LOG_MODULE, s->name, "%s generation=%" PRIu32, kind, s->generation);
	session_files_mirror(s);
}

void
session_put(struct session *s, struct store_batch *b, const char *kind, struct json *body)
{
	put(s, b, LOG_INFO, kind, body);
}

void
session_put_intent(struct session *s, struct store_batch *b, const char *verb)
{
	if (s->has_intent)
		store_done_intent(b, s->intent);
	os_random(s->intent.bytes, sizeof(s->intent.bytes));
	s->has_intent = true;
	store_put_intent(b, s->intent, verb, s->id, s->generation, json_new_object());
}

void
session_done_intent(struct session *s, struct store_batch *b)
{
	if (s->has_intent)
		store_done_intent(b, s->intent);
	s->has_intent = false;
}

struct commit {
	struct session *s;
	core_done_fn fn;
	void *ctx;
};

static void
on_committed(int r, uint64_t last_seq, void *ctx)
{
	struct commit *m = ctx;
	struct problem p;

	(void)last_seq;
	if (r)
		(void)problem_set(&p, OUTCOME_STORE_FAILED, "",
		    "the record of session %s could not be stored: %s", m->s->name,
		    m->s->core->trouble ? m->s->core->trouble : "the store failed");
	else if (m->s->core->closing) {
		/* Stored, but nothing may begin any more: the next daemon goes on with
		 * it. */
		r = 1;
		(void)problem_set(&p, OUTCOME_UNREACHABLE, "", "the daemon is ending");
	}
	if (m->fn)
		m->fn(m->s, r ? &p : NULL, m->ctx);
	session_unref(m->s);
	free(m);
}

void
session_commit(struct session *s, struct store_batch *b, core_done_fn fn, void *ctx)
{
	struct commit *m = xnew(struct commit);

	*m = (struct commit){ .s = session_ref(s), .fn = fn, .ctx = ctx };
	store_commit(b, true, on_committed, m);
}

void
session_note(struct session *s, const char *kind, struct json *body)
{
	struct store_batch *b = store_batch_new(s->core->store);

	put(s, b, LOG_DEBUG, kind, body); /* typing and resizing: no news for a log */
	store_commit(b, false, NULL, NULL);
}

void
session_finish(struct session *s, const struct problem *p)
{
	core_done_fn done = s->done;

	s->done = NULL;
	if (done)
		done(s, p, s->done_ctx);
}
