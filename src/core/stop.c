/* An end has two halves: someone asks (stop_begin), or not; and the host says
 * that the program ended (stop_ended), or the host itself is gone.  The cause
 * is decided in the second half only, from what was asked and what is
 * recorded. */
#include "core/stop.h"

#include <errno.h>
#include <fcntl.h>

#include "base/log.h"
#include "core/create.h"
#include "core/engine.h"
#include "core/input.h"
#include "core/link.h"
#include "core/session_files.h"
#include "core/watch.h"
#include "os/os.h"

#define LOG_MODULE "stop"

int
stop_check_free(const struct session *s, struct problem *p)
{
	const char *what = NULL;

	if (s->remove_after)
		what = "removed";
	else if (s->restart_after || (s->done && s->lifecycle != LIFECYCLE_PROVISIONING))
		what = "restarted";
	else if (s->lifecycle == LIFECYCLE_PROVISIONING)
		what = "started";
	if (!what)
		return 0;
	return problem_set(p, OUTCOME_WRONG_STATE, "",
	    "session %s is just being %s; wait for that to end", s->name, what);
}

/* --- Asking ------------------------------------------------------------------------ */

static void
send_signal(struct session *s, int signo)
{
	if (s->link && host_signal(s->link, signo, SHIM_TO_TREE))
		log_line(LOG_WARN, LOG_MODULE, s->name,
		    "the shim took no signal now; it is sent when it answers again");
}

static int
first_signal(const struct session *s)
{
	const struct profile *p = profiles_get(&s->core->profiles, s->agent);

	return p && p->stop_signal ? p->stop_signal : SIGTERM;
}

static void
on_grace(struct loop_timer *timer)
{
	struct session *s = container_of(timer, struct session, grace);

	s->grace_ms = 0;
	if (s->lifecycle == LIFECYCLE_RUNNING)
		send_signal(s, SIGKILL);
}

void
stop_again(struct session *s)
{
	if (s->lifecycle != LIFECYCLE_RUNNING || !s->stop_asked)
		return;
	if (!s->grace_ms) {
		send_signal(s, SIGKILL);
		return;
	}
	send_signal(s, first_signal(s));
	loop_timer_start(s->core->loop, &s->grace, s->grace_ms, on_grace);
}

static void
on_asked(struct session *s, const struct problem *p, void *ctx)
{
	(void)ctx;
	/* A full disk must not keep a person from stopping an agent: the wish is
	 * in memory, and what is lost by a crash now is only that it was asked. */
	if (p)
		log_line(LOG_WARN, LOG_MODULE, s->name, "%s", p->detail);
	stop_again(s);
}

int
stop_begin(struct session *s, uint64_t grace_ms, struct problem *p)
{
	struct store_batch *b;
	struct json *body;
	int r = session_may(s, LIFECYCLE_EV_STOP, p);

	if (!r)
		r = link_check(s, p);
	if (r)
		return r;
	if (s->stop_asked && grace_ms && loop_timer_active(&s->grace))
		return 0; /* it has been asked, its grace runs */
	s->stop_asked = true;
	s->grace_ms = grace_ms;
	b = store_batch_new(s->core->store);
	body = json_new_object();
	json_set_int(body, "grace_ms", (int64_t)grace_ms);
	session_put_intent(s, b, grace_ms ? "stop" : "kill");
	session_put(s, b, "session.stopping", body);
	store_batch_fail_fast(b);
	session_commit(s, b, on_asked, NULL);
	return 0;
}

/* --- The end
 * ---------------------------------------------------------------------------- */

static void
on_end_stored(struct session *s, const struct problem *p, void *ctx)
{
	(void)ctx;
	/* Unstored, the shim keeps the status for the next daemon. */
	if (!p && s->link && host_acknowledge(s->link))
		log_line(LOG_DEBUG, LOG_MODULE, s->name,
		    "the shim was not there to be thanked");
	create_settled(s);
	watch_changed(s);
}

static void
end(struct session *s, enum stop_cause cause, struct json *body)
{
	struct store_batch *b = store_batch_new(s->core->store);

	loop_timer_stop(&s->grace);
	s->cause = cause;
	s->ended_at = loop_wall(s->core->loop);
	engine_end(s);
	json_set_text(body, "cause", lifecycle_causes[cause]);
	if (s->exit_code >= 0)
		json_set_int(body, "exit_status", s->exit_code);
	if (s->exit_signal > 0)
		json_set_int(body, "exit_signal", s->exit_signal);
	session_done_intent(s, b);
	session_put(s, b, "session.stopped", body);
	session_commit(s, b, on_end_stored, NULL);
	/* While the disk is full nobody has to wait for it: until the end is stored
	 * the shim is not acknowledged and keeps it. */
	if (s->core->trouble)
		watch_changed(s);
}

void
stop_without_host(struct session *s, enum stop_cause cause)
{
	if (session_advance(s, LIFECYCLE_EV_ENDED))
		end(s, cause, json_new_object());
}

void
stop_ended(struct session *s, const struct shim_status *st)
{
	struct json *body;
	enum stop_cause cause;

	if (!session_advance(s, LIFECYCLE_EV_ENDED)) {
		/* Recorded before: a shim that had not heard of it. */
		if (s->link && host_acknowledge(s->link))
			log_line(LOG_DEBUG, LOG_MODULE, s->name, "not acknowledged");
		return;
	}
	s->exit_code = st->exit_code;
	s->exit_signal = st->exit_signal;
	cause = s->stop_asked         ? STOP_DELIBERATE
		: st->exit_signal > 0 ? STOP_CRASHED
				      : STOP_EXITED;
	body = json_new_object();
	if (st->leftover)
		json_set_int(body, "leftover", st->leftover);
	end(s, cause, body);
}

void
stop_host_gone(struct session *s, const struct shim_status *st)
{
	if (!session_alive(s))
		return;
	if (st && st->state == SHIM_GONE && st->generation == s->generation)
		stop_ended(s, st);
	else if (st && st->state == SHIM_FAILED && st->generation == s->generation)
		create_failed(s, "exec", st->exec_errno);
	else if (s->lifecycle == LIFECYCLE_PROVISIONING)
		create_failed(s, "shim", ESRCH);
	else
		stop_without_host(s, STOP_HOST_DIED);
}

/* --- Putting away
 * ---------------------------------------------------------------------------- */

static void
on_archived(struct session *s, const struct problem *p, void *ctx)
{
	(void)ctx;
	if (p) {
		session_set_lifecycle(
		    s, s->fail_stage ? LIFECYCLE_FAILED : LIFECYCLE_STOPPED);
		session_files_mirror(s);
	}
	session_finish(s, p);
	watch_changed(s);
}

int
stop_archive(struct session *s, core_done_fn done, void *ctx, struct problem *p)
{
	struct store_batch *b;
	int r = session_may(s, LIFECYCLE_EV_ARCHIVE, p);

	if (!r)
		r = stop_check_free(s, p);
	if (r || !session_advance(s, LIFECYCLE_EV_ARCHIVE))
		return r;
	s->done = done;
	s->done_ctx = ctx;
	b = store_batch_new(s->core->store);
	session_put(s, b, "session.archived", NULL);
	store_batch_fail_fast(b);
	session_commit(s, b, on_archived, NULL);
	return 0;
}

static void
on_removed(struct session *s, const struct problem *p, void *ctx)
{
	(void)ctx;
	session_finish(s, p);
	if (!p)
		session_drop(s);
	else
		s->remove_after = false;
}

static void
on_remove_intent(struct session *s, const struct problem *p, void *ctx)
{
	struct store_batch *b;
	struct problem own;
	int r;

	(void)ctx;
	if (p) {
		s->remove_after = false;
		session_finish(s, p);
		return;
	}
	r = session_files_remove(s);
	if (r < 0) {
		s->remove_after = false;
		(void)problem_set(&own, OUTCOME_INTERNAL, "",
		    "the directory of session %s can not be removed: %s", s->name,
		    strerror(-r));
		session_finish(s, &own);
		return;
	}
	b = store_batch_new(s->core->store);
	store_delete_session(b, s->id);
	session_done_intent(s, b);
	store_put_event(b, "session.removed", &s->id, s->generation,
	    loop_wall(s->core->loop), json_set_text(json_new_object(), "name", s->name));
	session_commit(s, b, on_removed, NULL);
}

void
stop_remove_now(struct session *s)
{
	struct store_batch *b = store_batch_new(s->core->store);

	s->remove_after = true;
	session_put_intent(s, b, "remove");
	store_batch_fail_fast(b);
	session_commit(s, b, on_remove_intent, NULL);
}

int
stop_remove(
    struct session *s, bool force, core_done_fn done, void *ctx, struct problem *p)
{
	bool runs = s->lifecycle == LIFECYCLE_RUNNING;
	int r = stop_check_free(s, p);

	if (r)
		return r;
	if (runs && !force)
		return problem_set(p, OUTCOME_WRONG_STATE, "",
		    "session %s is running; stop it first, or remove it with force",
		    s->name);
	r = runs ? stop_begin(s, 0, p) : session_may(s, LIFECYCLE_EV_REMOVE, p);
	if (r)
		return r;
	s->done = done;
	s->done_ctx = ctx;
	s->remove_after = true;
	if (!runs && !s->link)
		stop_remove_now(s);
	return 0; /* else when the shim has gone: stop_gone() */
}

void
stop_gone(struct session *s)
{
	if (s->removed)
		return;
	if (s->remove_after) {
		stop_remove_now(s);
	} else if (s->restart_after) {
		s->restart_after = false;
		create_next_generation(s);
	}
}
