/* A session is checked as a whole before anything is written.  Then: the
 * record, an intent and an event become durable; the directory and the spec
 * are written; the host is started; and when it says that the program runs (or
 * why not), that becomes durable and is answered.  A crash between two steps
 * leaves the intent behind, and adopt.c finishes it from what it finds. */
#include "core/create.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/config.h"
#include "base/log.h"
#include "core/environ.h"
#include "core/link.h"
#include "core/name.h"
#include "core/session_files.h"
#include "core/stop.h"
#include "core/watch.h"

#define LOG_MODULE "create"

/* --- Checks ---------------------------------------------------------------------- */

int
create_check_size(uint32_t cols, uint32_t rows, struct problem *p)
{
	if (cols >= LIMIT_COLS_MIN && cols <= LIMIT_COLS_MAX && rows >= LIMIT_ROWS_MIN &&
	    rows <= LIMIT_ROWS_MAX)
		return 0;
	return problem_set(p, OUTCOME_BAD_REQUEST, "size",
	    "size: expected COLUMNSxROWS between %ux%u and %ux%u, got \"%ux%u\"",
	    LIMIT_COLS_MIN, LIMIT_ROWS_MIN, LIMIT_COLS_MAX, LIMIT_ROWS_MAX, cols, rows);
}

int
create_check_name(
    struct core *c, const struct session *except, const char *name, struct problem *p)
{
	const struct session *other = core_find_name(c, name);

	if (!name_valid(str_of(name)))
		return problem_set(p, OUTCOME_BAD_REQUEST, "name",
		    "name: made of letters, digits, '.', '_' and '-', begins with a "
		    "letter or "
		    "digit, at most %u characters",
		    LIMIT_NAME_BYTES);
	if (other && other != except)
		return problem_set(p, OUTCOME_NAME_TAKEN, "name",
		    "name: \"%s\" is taken by a session that is %s; choose another or "
		    "remove it",
		    name, lifecycle_names[other->lifecycle]);
	return 0;
}

static int
check_cwd(const char *cwd, struct problem *p)
{
	struct stat st;

	if (cwd[0] != '/')
		return problem_set(p, OUTCOME_BAD_REQUEST, "cwd",
		    "cwd: must be an absolute path, not \"%s\"", cwd);
	if (stat(cwd, &st) < 0)
		return problem_set(p, OUTCOME_CWD_MISSING, "cwd", "cwd: %s: %s",
		    errno == ENOENT || errno == ENOTDIR ? "directory does not exist"
							: strerror(errno),
		    cwd);
	if (!S_ISDIR(st.st_mode))
		return problem_set(
		    p, OUTCOME_CWD_MISSING, "cwd", "cwd: not a directory: %s", cwd);
	if (access(cwd, X_OK) < 0)
		return problem_set(p, OUTCOME_CWD_MISSING, "cwd",
		    "cwd: no permission to enter: %s", cwd);
	return 0;
}

static int
check_profile(
    struct core *c, const char *agent, const struct profile **ret, struct problem *p)
{
	const struct profile *profile = profiles_get(&c->profiles, agent);
	cleanup_buf struct buf known = BUF(300);

	if (!profile) {
		profiles_put_names(&c->profiles, &known);
		return problem_set(p, OUTCOME_UNKNOWN_AGENT, "agent",
		    "agent: no profile named \"%s\"; there is %s", agent,
		    buf_text(&known));
	}
	if (profile->error)
		return problem_set(p, OUTCOME_UNKNOWN_AGENT, "agent",
		    "agent: profile \"%s\" can not be read: %s", agent, profile->error);
	*ret = profile;
	return 0;
}

/* The program's absolute path.  A profile's own command may also lie beside
 * belayd or in libexec, where our demo agent is. */
static int
find_program(struct session *s, char *const *argv, char *const *env, bool of_profile,
    struct buf *path, struct problem *p)
{
	const char *var = environ_get(env, "PATH");
	int r = os_find_program(
	    argv[0], var ? var : "/usr/local/bin:/usr/bin:/bin", s->cwd, path);

	if (r == -ENOENT && of_profile && s->core->exe_dir) {
		cleanup_buf struct buf ours = BUF_UNLIMITED;

		buf_printf(
		    &ours, "%s:%s/../libexec/belay", s->core->exe_dir, s->core->exe_dir);
		buf_clear(path);
		r = os_find_program(argv[0], buf_text(&ours), s->cwd, path);
	}
	if (!r)
		return 0;
	if (r == -EACCES)
		return problem_set(p, OUTCOME_COMMAND_NOT_FOUND, "command",
		    "command not found: %s is there but not executable", argv[0]);
	if (strchr(argv[0], '/'))
		return problem_set(p, OUTCOME_COMMAND_NOT_FOUND, "command",
		    "command not found: %s", argv[0]);
	return problem_set(p, OUTCOME_COMMAND_NOT_FOUND, "command",
	    "command not found: %s (looked in PATH=%s)", argv[0], var ? var : "");
}

static int
check_spec_bytes(char *const *argv, char *const *env, struct problem *p)
{
	size_t total = 0;

	for (size_t i = 0; argv[i]; i++)
		total += strlen(argv[i]) + 1;
	for (size_t i = 0; env[i]; i++)
		total += strlen(env[i]) + 1;
	if (total <= LIMIT_SPEC_BYTES - 8192)
		return 0;
	return problem_set(p, OUTCOME_TOO_LARGE, "command",
	    "command and environment together have %zu bytes, at most %u are possible",
	    total, LIMIT_SPEC_BYTES - 8192);
}

/* --- Starting
 * --------------------------------------------------------------------------- */

/* What a start needs that is not in the record. */
struct start {
	char **argv, **env;
	struct buf program;
};

static void
start_deinit(struct start *st)
{
	config_texts_free(st->argv);
	config_texts_free(st->env);
	buf_deinit(&st->program);
}

/* The first generation gets its task as an argument where the profile wants
 * that; a later one takes up the conversation if the profile knows how. */
static char **
words(const struct session *s, const struct profile *profile, char *const *env)
{
	char *const *from = s->argv;
	char **argv, **longer;
	size_t n;

	if (!s->command_given && profile)
		from = s->generation > 1 && profile->resume ? profile->resume
							    : profile->command;
	argv = s->command_given ? config_texts_dup(from) : environ_expand(s, from, env);
	if (!profile || profile->task != PROFILE_TASK_ARGUMENT || !s->task || !*s->task ||
	    s->generation > 1)
		return argv;
	n = config_texts_count(argv);
	longer = xrealloc(argv, n + 2, sizeof(*argv));
	longer[n] = xstrdup(s->task);
	longer[n + 1] = NULL;
	return longer;
}

static int
prepare(struct session *s, char *const *given, struct start *ret, struct problem *p)
{
	const struct profile *profile = profiles_get(&s->core->profiles, s->agent);
	int r;

	ret->program = BUF_UNLIMITED;
	ret->env = environ_make(s, profile, given);
	ret->argv = words(s, profile, ret->env);
	r = find_program(s, ret->argv, ret->env, !s->command_given, &ret->program, p);
	if (!r)
		r = check_spec_bytes(ret->argv, ret->env, p);
	return r;
}

static void
on_not_started(struct session *s, const struct problem *p, void *ctx)
{
	struct problem own;

	(void)ctx;
	(void)problem_set(&own, OUTCOME_START_FAILED, "",
	    "session %s could not start: %s: %s", s->name, s->fail_stage,
	    strerror(s->fail_errno));
	session_finish(s, p ? p : &own);
	watch_changed(s);
}

void
create_failed(struct session *s, const char *stage, int error)
{
	struct store_batch *b = store_batch_new(s->core->store);
	struct json *body = json_new_object();

	s->cause = STOP_NONE;
	free(s->fail_stage);
	s->fail_stage = xstrdup(stage);
	s->fail_errno = error;
	s->ended_at = loop_wall(s->core->loop);
	if (!session_advance(s, LIFECYCLE_EV_NOT_STARTED))
		log_line(LOG_WARN, LOG_MODULE, s->name, "start failed while %s",
		    lifecycle_names[s->lifecycle]);
	json_set_text(body, "stage", stage);
	json_set_text(body, "error", strerror(error));
	session_put(s, b, "session.failed", body);
	session_done_intent(s, b);
	/* Unstored, the intent stands, and the next start of the daemon says the same. */
	store_batch_fail_fast(b);
	session_commit(s, b, on_not_started, NULL);
}

/* A start is answered when it is on disk and the host can be talked to, so that
 * what comes next (send, resize) finds it; or when it is over already. */
void
create_settled(struct session *s)
{
	if (!s->start_stored ||
	    (session_alive(s) && !(s->link && host_connected(s->link))))
		return;
	s->start_stored = false;
	session_finish(s, NULL);
	watch_changed(s);
}

static void
on_started(struct session *s, const struct problem *p, void *ctx)
{
	(void)ctx;
	if (p) {
		session_finish(s, p);
		return;
	}
	s->start_stored = true;
	create_settled(s);
}

void
create_started(struct session *s, const struct shim_status *st)
{
	struct store_batch *b = store_batch_new(s->core->store);

	link_take_status(s, st);
	s->started_at = loop_wall(s->core->loop);
	(void)snprintf(s->boot, sizeof(s->boot), "%s", s->core->boot);
	if (!session_advance(s, LIFECYCLE_EV_STARTED))
		log_line(LOG_WARN, LOG_MODULE, s->name, "started while %s",
		    lifecycle_names[s->lifecycle]);
	session_put(
	    s, b, "session.started", json_set_int(json_new_object(), "pid", s->pid));
	session_done_intent(s, b);
	/* Unstored, the next daemon finds it alive: it only can not be promised. */
	store_batch_fail_fast(b);
	session_commit(s, b, on_started, NULL);
}

/* The record and the intent are durable: now the process. */
static void
start_host(struct session *s, const struct start *st)
{
	cleanup_buf struct buf dir = BUF_UNLIMITED;
	struct host_spec spec = {
		.session = s->id,
		.generation = s->generation,
		.cols = s->cols,
		.rows = s->rows,
		.ring_bytes = s->ring_bytes,
		.linger_s = (uint32_t)((s->core->settings.linger_ms + 999) / 1000),
		.pipe = s->pipe,
		.cwd = s->cwd,
		.program = buf_text(&st->program),
		.argv = st->argv,
		.env = st->env,
	};
	int r;

	session_path(s, NULL, &dir);
	spec.dir = buf_text(&dir);
	r = os_mkdir_private(spec.dir);
	if (r < 0) {
		create_failed(s, "dir", -r);
		return;
	}
	session_files_mirror(s);
	r = link_start(s, &spec);
	if (r < 0)
		create_failed(s, "host", -r);
}

/* --- Creating
 * ---------------------------------------------------------------------------- */

struct create {
	struct start start;
	char **given;
};

static void
create_free(struct create *m)
{
	start_deinit(&m->start);
	config_texts_free(m->given);
	free(m);
}

static void
on_created(struct session *s, const struct problem *p, void *ctx)
{
	struct create *m = ctx;
	cleanup_buf struct buf dir = BUF_UNLIMITED;
	int r = 0;

	if (p) {
		/* Not stored: it never was. */
		session_finish(s, p);
		session_drop(s);
		create_free(m);
		return;
	}
	session_path(s, NULL, &dir);
	r = os_mkdir_private(buf_text(&dir));
	if (!r)
		r = session_files_write_spec(s, m->given);
	if (r < 0)
		create_failed(s, "dir", -r);
	else
		start_host(s, &m->start);
	create_free(m);
}

static int
add_pair(const char *key, struct json *value, void *ctx)
{
	char **list = ctx;
	cleanup_buf struct buf b = BUF_UNLIMITED;
	const char *text = json_text(value);

	buf_printf(&b, "%s=%s", key, text ? text : "");
	list[config_texts_count(list)] = buf_take(&b);
	return 0;
}

static int
check_pair(const char *key, struct json *value, void *ctx)
{
	struct problem *p = ctx;

	if (!*key || strchr(key, '='))
		return problem_set(p, OUTCOME_BAD_REQUEST, "env",
		    "env: \"%s\" can not be the name of a variable", key);
	if (json_str(value).len != strlen(json_text(value) ? json_text(value) : ""))
		return problem_set(p, OUTCOME_BAD_REQUEST, "env",
		    "env: the value of %s holds a NUL", key);
	return 0;
}

static char **
command_words(const struct json *command, struct problem *p)
{
	size_t n = json_count(command);
	char **argv = xnew_n(char *, n + 1);

	for (size_t i = 0; i < n; i++) {
		struct str word = json_str(json_at(command, i));

		argv[i] = xstrndup(word.p, word.len);
		if (strlen(argv[i]) != word.len || (!i && !word.len)) {
			(void)problem_set(p, OUTCOME_BAD_REQUEST, "command",
			    "command: %s",
			    i || word.len ? "a word holds a NUL"
					  : "the program's name is empty");
			config_texts_free(argv);
			return NULL;
		}
	}
	return argv;
}

static void
make_name(struct session *s)
{
	cleanup_buf struct buf b = BUF(LIMIT_NAME_BYTES + 1);

	for (unsigned tries = 0;; tries++) {
		uint32_t random;

		os_random(&random, sizeof(random));
		buf_clear(&b);
		name_make(str_of(s->cwd), random, tries > 2, &b);
		if (tries > 8)
			buf_printf(&b, "-%u", random % 100000);
		if (!core_find_name(s->core, buf_text(&b)))
			break;
	}
	s->name = buf_take(&b);
}

static void
fill(struct session *s, const struct create_spec *spec)
{
	struct core *c = s->core;
	uint8_t random[10];

	os_random(random, sizeof(random));
	s->id = session_id_make(loop_wall(c->loop), random);
	session_id_text(s->id, s->id_text);
	s->generation = 1;
	s->created_at = s->since = loop_wall(c->loop);
	s->lifecycle = LIFECYCLE_PROVISIONING;
	(void)snprintf(s->boot, sizeof(s->boot), "%s", c->boot);
	s->task = spec->task && *spec->task ? xstrdup(spec->task) : NULL;
	if (spec->labels) {
		(void)json_free(s->labels);
		s->labels = json_ref(spec->labels);
	}
	s->pipe = spec->pipe;
	s->cols = spec->cols ? spec->cols : c->settings.size[0];
	s->rows = spec->rows ? spec->rows : c->settings.size[1];
	s->ring_bytes = spec->ring_bytes ? spec->ring_bytes : c->settings.ring_bytes;
	s->scrollback = (uint32_t)(spec->scrollback >= 0 ? spec->scrollback
							 : c->settings.scrollback_rows);
	if (spec->name)
		s->name = xstrdup(spec->name);
	else
		make_name(s);
}

static int
check_first(struct core *c, const struct create_spec *spec, const char *cwd,
    const char *agent, const struct profile **ret, struct problem *p)
{
	int r = 0;

	if (c->count >= LIMIT_SESSIONS)
		return problem_set(p, OUTCOME_QUEUE_FULL, "",
		    "there are %u sessions already; remove some", LIMIT_SESSIONS);
	if (spec->name)
		r = create_check_name(c, NULL, spec->name, p);
	if (!r && (spec->cols || spec->rows))
		r = create_check_size(spec->cols, spec->rows, p);
	if (!r)
		r = check_cwd(cwd, p);
	if (!r)
		r = check_profile(c, agent, ret, p);
	if (!r && spec->env)
		r = json_each(spec->env, check_pair, p);
	return r;
}

int
create_begin(struct core *c, const struct create_spec *spec, core_done_fn done, void *ctx,
    struct problem *p)
{
	bool given = spec->command && json_count(spec->command);
	const char *agent = spec->agent ? spec->agent : given ? "generic" : "shell";
	const char *home = getenv("HOME"), *cwd = spec->cwd ? spec->cwd
						  : home    ? home
							    : "/";
	const struct profile *profile;
	struct store_batch *b;
	struct create *m;
	struct session *s;
	int r = check_first(c, spec, cwd, agent, &profile, p);

	if (r)
		return r;
	s = session_new(c);
	m = xnew(struct create);
	s->cwd = xstrdup(cwd);
	s->agent = xstrdup(agent);
	fill(s, spec);
	m->given = xnew_n(char *, (spec->env ? json_count(spec->env) : 0) + 1);
	if (spec->env)
		(void)json_each(spec->env, add_pair, m->given);
	s->command_given = given;
	if (given) {
		s->argv = command_words(spec->command, p);
		r = s->argv ? 0 : OUTCOME_BAD_REQUEST;
	}
	if (!r)
		r = prepare(s, m->given, &m->start, p);
	if (r) {
		create_free(m);
		session_unref(s);
		return r;
	}
	if (!s->argv)
		s->argv = config_texts_dup(m->start.argv);
	session_add(s);
	s->done = done;
	s->done_ctx = ctx;
	b = store_batch_new(c->store);
	session_put_intent(s, b, "spawn");
	session_put(s, b, "session.created",
	    json_set_text(
		json_set_text(json_new_object(), "name", s->name), "agent", s->agent));
	store_batch_fail_fast(b);
	session_commit(s, b, on_created, m);
	return 0;
}

/* --- Starting anew
 * -------------------------------------------------------------------------- */

static void
on_next(struct session *s, const struct problem *p, void *ctx)
{
	struct create *m = ctx;

	if (p) {
		/* Not begun: it is what it was. */
		s->generation--;
		s->has_intent = false;
		session_set_lifecycle(
		    s, s->fail_stage ? LIFECYCLE_FAILED : LIFECYCLE_STOPPED);
		session_files_mirror(s);
		session_finish(s, p);
	} else {
		session_forget_run(s);
		(void)snprintf(s->boot, sizeof(s->boot), "%s", s->core->boot);
		start_host(s, &m->start);
	}
	create_free(m);
}

void
create_next_generation(struct session *s)
{
	struct create *m = xnew(struct create);
	struct store_batch *b;
	struct problem p;
	int r;

	m->given = session_files_read_spec(s);
	s->generation++;
	r = prepare(s, m->given, &m->start, &p);
	if (!r)
		r = check_cwd(s->cwd, &p);
	if (!r)
		r = session_may(s, LIFECYCLE_EV_RESTART, &p);
	if (r || !session_advance(s, LIFECYCLE_EV_RESTART)) {
		s->generation--;
		create_free(m);
		session_finish(s, &p);
		return;
	}
	(void)snprintf(s->boot, sizeof(s->boot), "%s", s->core->boot);
	b = store_batch_new(s->core->store);
	session_put_intent(s, b, "spawn");
	session_put(s, b, "session.restarted", NULL);
	store_batch_fail_fast(b);
	session_commit(s, b, on_next, m);
}

int
create_restart(
    struct session *s, uint64_t grace_ms, core_done_fn done, void *ctx, struct problem *p)
{
	int r = stop_check_free(s, p);

	if (r)
		return r;
	if (s->lifecycle == LIFECYCLE_RUNNING) {
		r = stop_begin(s, grace_ms, p);
		if (r)
			return r;
		s->restart_after = true;
		s->done = done;
		s->done_ctx = ctx;
		return 0;
	}
	r = session_may(s, LIFECYCLE_EV_RESTART, p);
	if (r)
		return r;
	s->done = done;
	s->done_ctx = ctx;
	if (s->link)
		s->restart_after = true; /* link.c goes on when the old shim has gone */
	else
		create_next_generation(s);
	return 0;
}
