#include "core/core.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/log.h"
#include "core/adopt.h"
#include "core/engine.h"
#include "core/session.h"

#define LOG_MODULE "core"

enum { SEQ_AHEAD = 10000, DATABASE_NAME_BYTES = 16 };

static const char database[DATABASE_NAME_BYTES] = "belay.db";

/* --- The journal's number ---------------------------------------------------------- */

/* Numbers never go back, also when the database is deleted.  So a file beside
 * it holds a number that no event has reached yet, moved ahead in big steps;
 * a new journal begins after it. */
static void
seq_path(const struct core *c, struct buf *out)
{
	buf_printf(out, "%s/journal-ahead", c->home->state);
}

static uint64_t
seq_read(const struct core *c)
{
	cleanup_buf struct buf path = BUF_UNLIMITED, text = BUF(64);
	uint64_t v = 0;

	seq_path(c, &path);
	if (os_read_file(AT_FDCWD, buf_text(&path), 64, &text) < 0 ||
	    !str_to_u64(str_trim(buf_str(&text)), &v))
		return 0;
	return v;
}

static void
seq_reserve(struct core *c)
{
	cleanup_buf struct buf path = BUF_UNLIMITED, fresh = BUF_UNLIMITED;
	cleanup_file FILE *f = NULL;

	if (c->seq + SEQ_AHEAD / 2 < c->seq_reserved)
		return;
	seq_path(c, &path);
	buf_printf(&fresh, "%s.new", buf_text(&path));
	f = fopen(buf_text(&fresh), "we");
	if (!f)
		return; /* tried again with the next event */
	if (fprintf(f, "%" PRIu64 "\n", c->seq + SEQ_AHEAD) > 0 && !fflush(f) &&
	    !rename(buf_text(&fresh), buf_text(&path)))
		c->seq_reserved = c->seq + SEQ_AHEAD;
}

/* --- What the store tells
 * --------------------------------------------------------------- */

static void
on_trouble(int error, const char *text, void *ctx)
{
	struct core *c = ctx;
	cleanup_buf struct buf shown = BUF(1024);

	buf_put_escaped(&shown, str_of(text));
	free(c->trouble);
	c->trouble = error ? xstrdup(buf_text(&shown)) : NULL;
	if (error)
		log_error("the store can not be written: %s; changes are kept in memory "
			  "and tried "
			  "again",
		    buf_text(&shown));
	else
		log_info("the store can be written again");
}

static void
on_store_event(uint64_t seq, const struct json *event, void *ctx)
{
	struct core *c = ctx;

	c->seq = seq;
	seq_reserve(c);
	list_for_each_safe (it, &c->follows) {
		struct follow *f = container_of(it, struct follow, node);

		f->fn(f, seq, event);
	}
}

static const struct store_ops store_ops = { .trouble = on_trouble,
	.event = on_store_event };

void
core_follow(struct core *c, struct follow *f)
{
	list_add(&c->follows, &f->node);
}

void
core_unfollow(struct follow *f)
{
	if (f->node.next)
		list_del(&f->node);
}

void
core_event(struct core *c, const char *kind, struct json *body)
{
	struct store_batch *b = store_batch_new(c->store);

	store_put_event(b, kind, NULL, 0, loop_wall(c->loop), body);
	store_commit(b, false, NULL, NULL);
}

static void
on_data_dir(struct loop_dir *dir, const char *name)
{
	struct core *c = container_of(dir, struct core, data_dir);

	if ((name && !str_starts(str_of(name), str_of(database))) ||
	    store_file_present(c->store))
		return;
	log_warn("the database was deleted; it is written anew from what is open");
	store_restore_file(c->store);
	core_event(c, "store.restored", NULL);
}

/* --- Finding
 * ------------------------------------------------------------------------------ */

struct session *
core_find_id(struct core *c, struct session_id id)
{
	list_for_each (it, &c->sessions) {
		struct session *s = container_of(it, struct session, node);

		if (session_id_eq(s->id, id))
			return s;
	}
	return NULL;
}

struct session *
core_find_name(struct core *c, const char *name)
{
	list_for_each (it, &c->sessions) {
		struct session *s = container_of(it, struct session, node);

		if (s->lifecycle != LIFECYCLE_ARCHIVED && !strcmp(s->name, name))
			return s;
	}
	return NULL;
}

static int
ambiguous(struct core *c, const char *text, struct problem *p)
{
	cleanup_buf struct buf names = BUF(360);
	unsigned n = 0;

	list_for_each (it, &c->sessions) {
		const struct session *s = container_of(it, struct session, node);

		if (!str_starts(str_of(s->id_text), str_of(text)))
			continue;
		if (++n <= 4)
			buf_printf(
			    &names, "%s%s (%s)", n > 1 ? ", " : "", s->name, s->id_text);
	}
	if (n > 4)
		buf_printf(&names, " and %u more", n - 4);
	return problem_set(p, OUTCOME_AMBIGUOUS, "session", "\"%s\" fits %u sessions: %s",
	    text, n, buf_text(&names));
}

int
core_find(struct core *c, const char *text, struct session **ret, struct problem *p)
{
	struct session *found = core_find_name(c, text), *archived = NULL;
	unsigned fits = 0;
	cleanup_buf struct buf shown = BUF(256);

	if (found) {
		*ret = found;
		return 0;
	}
	list_for_each (it, &c->sessions) {
		struct session *s = container_of(it, struct session, node);

		if (!strcmp(s->name, text))
			archived = s; /* the newest of that name */
		if (*text && str_starts(str_of(s->id_text), str_of(text))) {
			found = s;
			fits++;
		}
	}
	if (archived || fits == 1) {
		*ret = archived ? archived : found;
		return 0;
	}
	if (fits > 1)
		return ambiguous(c, text, p);
	buf_put_escaped(&shown, str_of(text));
	return problem_set(p, OUTCOME_NOT_FOUND, "session",
	    "no session named or with id \"%s\"; belay ls shows them", buf_text(&shown));
}

/* --- Beginning and end
 * -------------------------------------------------------------------- */

static int
open_store(struct core *c, int *ret_version)
{
	cleanup_buf struct buf path = BUF_UNLIMITED;
	struct store_config config = {
		.ops = &store_ops,
		.ctx = c,
		.retain_events = (uint64_t)c->settings.retain_events,
		.first_seq = seq_read(c),
	};
	int r;

	buf_printf(&path, "%s/%s", c->home->data, database);
	config.path = buf_text(&path);
	r = store_open(c->loop, &config, &c->store, ret_version);
	if (r < 0)
		return fault(r);
	if (r == STORE_E_NEWER)
		return CORE_E_NEWER;
	if (r == STORE_E_DAMAGED) {
		log_error("the database was damaged; it was moved aside, and what the "
			  "sessions' "
			  "directories tell is read again");
		core_event(c, "store.damaged", NULL);
	}
	return 0;
}

int
core_open(const struct core_config *config, struct settings *settings,
    struct profiles *profiles, struct core **ret, int *ret_version)
{
	struct core *c = xnew(struct core);
	struct store_loaded loaded = { 0 };
	cleanup_buf struct buf exe = BUF_UNLIMITED;
	int r;

	c->loop = config->loop;
	c->home = config->home;
	c->ops = config->ops;
	c->ops_ctx = config->ops_ctx;
	c->started_at = os_wall();
	list_init(&c->sessions);
	list_init(&c->follows);
	list_init(&c->settles);
	profiles_init(&c->profiles);
	core_configure(c, settings, profiles);
	os_boot_id(c->boot);
	if (!os_exe_dir(&exe))
		c->exe_dir = buf_take(&exe);
	r = open_store(c, ret_version);
	if (!r)
		r = store_load(c->store, &loaded);
	if (r) {
		(void)core_close(c);
		return r < 0 ? fault(r) : r;
	}
	c->seq = loaded.last_seq;
	seq_reserve(c);
	adopt_all(c, &loaded);
	if (loaded.unreadable)
		log_error(
		    "records in the store that can not be read: %u", loaded.unreadable);
	store_loaded_deinit(&loaded);
	r = loop_dir_start(c->loop, &c->data_dir, c->home->data, on_data_dir);
	if (r < 0)
		log_warn("the data directory can not be watched: %s", strerror(-r));
	*ret = c;
	return 0;
}

void
core_configure(struct core *c, struct settings *settings, struct profiles *profiles)
{
	settings_deinit(&c->settings);
	c->settings = *settings;
	*settings = (struct settings){ 0 };
	profiles_deinit(&c->profiles);
	while (!list_empty(&profiles->all)) {
		struct list *first = profiles->all.next;

		list_del(first);
		list_add(&c->profiles.all, first);
	}
}

struct core *
core_close(struct core *c)
{
	if (!c)
		return NULL;
	c->closing = true;
	loop_dir_stop(&c->data_dir);
	loop_timer_stop(&c->settle_timer);
	loop_later_cancel(c->loop, &c->settle_later);
	if (c->store)
		core_event(c, "daemon.stopped", NULL);
	list_for_each (it, &c->sessions)
		engine_flush(container_of(it, struct session, node));
	list_for_each_safe (it, &c->sessions) {
		struct session *s = container_of(it, struct session, node);

		s->link = host_free(s->link);
	}
	c->store = store_close(c->store);
	list_for_each_safe (it, &c->sessions)
		session_drop(container_of(it, struct session, node));
	settings_deinit(&c->settings);
	profiles_deinit(&c->profiles);
	free(c->exe_dir);
	free(c->trouble);
	free(c);
	return NULL;
}
