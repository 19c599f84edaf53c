#include "core/adopt.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/log.h"
#include "core/create.h"
#include "core/link.h"
#include "core/stop.h"
#include "core/watch.h"
#include "os/os.h"

#define LOG_MODULE "adopt"

enum { META_BYTES = 2 << 20 };

/* --- Records -------------------------------------------------------------------- */

static void
read_store(struct core *c, const struct json *sessions)
{
	for (size_t i = 0; i < json_count(sessions); i++) {
		struct session *s = session_read(c, json_at(sessions, i));

		if (s)
			session_add(s);
		else
			log_error(
			    "a session's record in the store makes no sense: number=%zu",
			    i);
	}
}

static struct session *
read_mirror(struct core *c, const char *id)
{
	cleanup_buf struct buf path = BUF_UNLIMITED, text = BUF(META_BYTES);
	cleanup_json struct json *record = NULL;
	struct session *s;
	size_t at;

	buf_printf(&path, "%s/%s/meta.json", c->home->sessions, id);
	if (os_read_file(AT_FDCWD, buf_text(&path), META_BYTES, &text) < 0 ||
	    json_parse(buf_str(&text), &record, &at))
		return NULL;
	s = session_read(c, record);
	if (s && strcmp(s->id_text, id) != 0) {
		session_unref(s);
		return NULL;
	}
	return s;
}

/* A directory without a readable mirror: if a shim has a record there, that is
 * a session, whatever it was called. */
static struct session *
make_unknown(struct core *c, const char *id)
{
	struct session *s = session_new(c);
	cleanup_buf struct buf name = BUF(64);

	if (!session_id_parse(str_of(id), &s->id)) {
		session_unref(s);
		return NULL;
	}
	session_id_text(s->id, s->id_text);
	buf_printf(&name, "recovered-%s", id + 24);
	s->name = buf_take(&name);
	s->agent = xstrdup("generic");
	s->cwd = xstrdup("/");
	s->argv = xnew(char *);
	s->generation = 1;
	s->lifecycle = LIFECYCLE_RUNNING;
	s->cols = c->settings.size[0];
	s->rows = c->settings.size[1];
	s->ring_bytes = c->settings.ring_bytes;
	s->scrollback = (uint32_t)c->settings.scrollback_rows;
	s->created_at = s->since = loop_wall(c->loop);
	if (link_adopt(s)) {
		session_unref(s);
		return NULL;
	}
	return s;
}

static void
read_directories(struct core *c, struct store_batch *b)
{
	DIR *d = opendir(c->home->sessions);
	struct dirent *e;
	uint32_t rebuilt = 0;

	while (d && (e = readdir(d))) {
		struct session_id id;
		struct session *s;

		if (strlen(e->d_name) != ID_TEXT_BYTES - 1 ||
		    !session_id_parse(str_of(e->d_name), &id) || core_find_id(c, id))
			continue;
		if (unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR) == 0)
			continue; /* empty: a start that had not begun */
		s = read_mirror(c, e->d_name);
		if (!s)
			s = make_unknown(c, e->d_name);
		if (!s) {
			log_warn("a directory without a session: %s/%s",
			    c->home->sessions, e->d_name);
			continue;
		}
		session_add(s);
		store_put_session(b, s->id, session_record(s));
		rebuilt++;
	}
	if (d)
		(void)closedir(d);
	if (rebuilt) {
		log_warn(
		    "the store did not know sessions that are there: rebuilt=%" PRIu32,
		    rebuilt);
		store_put_event(b, "store.rebuilt", NULL, 0, loop_wall(c->loop),
		    json_set_int(json_new_object(), "sessions", rebuilt));
	}
}

/* By age, as the store has them; two of one name can only come from a mirror. */
static void
make_names_unique(struct core *c, struct store_batch *b)
{
	list_for_each (it, &c->sessions) {
		struct session *s = container_of(it, struct session, node);
		struct session *first = core_find_name(c, s->name);
		cleanup_buf struct buf name = BUF(LIMIT_NAME_BYTES + 32);

		if (!first || first == s || s->lifecycle == LIFECYCLE_ARCHIVED)
			continue;
		buf_printf(&name, "%.40s-%s", s->name, s->id_text + 24);
		free(s->name);
		s->name = buf_take(&name);
		store_put_session(b, s->id, session_record(s));
	}
}

/* --- Intents ---------------------------------------------------------------------------
 */

static void
read_intents(struct core *c, const struct json *intents, struct store_batch *b)
{
	for (size_t i = 0; i < json_count(intents); i++) {
		const struct json *o = json_at(intents, i);
		const char *verb = json_get_text(o, "verb");
		struct session_id id, intent;
		struct session *s = NULL;

		if (!session_id_parse(json_str(json_get(o, "intent")), &intent))
			continue;
		if (session_id_parse(json_str(json_get(o, "session")), &id))
			s = core_find_id(c, id);
		if (!s || !verb || s->has_intent) {
			store_done_intent(b, intent);
			continue;
		}
		s->intent = intent;
		s->has_intent = true;
		s->remove_after = !strcmp(verb, "remove");
		s->grace_ms = !strcmp(verb, "kill") ? 0 : c->settings.stop_grace_ms;
	}
}

/* --- Hosts
 * -------------------------------------------------------------------------------- */

static void
no_host(struct session *s)
{
	if (s->lifecycle == LIFECYCLE_PROVISIONING)
		create_failed(s, "shim", ESRCH);
	else if (s->pid && os_process_is(s->pid, s->pid_start))
		/* Its process lives, only its shim can not be asked: that is no end. */
		log_line(LOG_ERROR, LOG_MODULE, s->name,
		    "no shim can be asked, but process %d lives; the record stays",
		    (int)s->pid);
	else
		stop_without_host(s, STOP_HOST_DIED);
}

static void
adopt_living(struct session *s)
{
	int r;

	if (s->link)
		return;
	if (*s->boot && *s->core->boot && strcmp(s->boot, s->core->boot) != 0) {
		if (s->lifecycle == LIFECYCLE_PROVISIONING)
			create_failed(s, "boot", ECANCELED);
		else
			stop_without_host(s, STOP_LOST);
		return;
	}
	r = link_adopt(s);
	if (r < 0)
		log_line(LOG_WARN, LOG_MODULE, s->name, "can not be adopted: %s",
		    strerror(-r));
	if (r)
		no_host(s);
}

static void
adopt_one(struct session *s)
{
	struct store_batch *b;

	if (s->remove_after && !session_alive(s)) {
		stop_remove_now(s);
		return;
	}
	s->remove_after = false;
	if (session_alive(s)) {
		adopt_living(s);
		return;
	}
	if (s->has_intent) {
		b = store_batch_new(s->core->store);
		session_done_intent(s, b);
		store_commit(b, false, NULL, NULL);
	}
	/* A shim that waits for its exit status to be stored: it is, tell it so. */
	if (s->lifecycle != LIFECYCLE_ARCHIVED && s->shim_pid > 0 &&
	    os_process_is(s->shim_pid, s->shim_start) && link_adopt(s))
		log_line(LOG_DEBUG, LOG_MODULE, s->name, "an old shim can not be asked");
}

void
adopt_connected(struct session *s, const struct shim_status *st)
{
	struct store_batch *b;
	bool same;

	if (s->link_new || !st || st->state != SHIM_RUNNING)
		return;
	same = s->lifecycle == LIFECYCLE_RUNNING && s->generation == st->generation &&
	       s->pid == st->child_pid && s->pid_start == st->child_start &&
	       s->shim_pid == st->shim_pid;
	if (same && (!s->has_intent || s->stop_asked))
		return;
	if (!session_advance(s, LIFECYCLE_EV_FOUND))
		return;
	link_take_status(s, st);
	s->generation = st->generation;
	s->cause = STOP_NONE;
	s->started_at = (wall_t){ st->started_ms };
	(void)snprintf(s->boot, sizeof(s->boot), "%s", s->core->boot);
	b = store_batch_new(s->core->store);
	if (!s->stop_asked)
		session_done_intent(s, b);
	session_put(
	    s, b, "session.found", json_set_int(json_new_object(), "pid", s->pid));
	store_commit(b, false, NULL, NULL);
	watch_changed(s);
}

/* At once, in one transaction: who follows the journal finds it there. */
static void
on_stored(int r, uint64_t last_seq, void *ctx)
{
	(void)last_seq;
	(void)ctx;
	if (r)
		log_error("what was found at the start could not be stored");
}

void
adopt_all(struct core *c, const struct store_loaded *loaded)
{
	struct store_batch *b = store_batch_new(c->store);

	read_store(c, loaded->sessions);
	read_directories(c, b);
	make_names_unique(c, b);
	read_intents(c, loaded->intents, b);
	store_put_value(b, "boot_id", c->boot);
	store_put_event(b, "daemon.started", NULL, 0, loop_wall(c->loop),
	    json_set_int(
		json_set_int(json_set_text(json_new_object(), "version", BELAY_VERSION),
		    "pid", getpid()),
		"sessions", c->count));
	store_commit(b, true, on_stored, NULL);
	list_for_each_safe (it, &c->sessions)
		adopt_one(container_of(it, struct session, node));
}
