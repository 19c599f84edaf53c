/* locate.c: each session has a directory named by its id with `meta.json` in
 * it, written by the daemon for exactly this: to be found without it. */
#include "cli/locate.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "cli/client.h"

/* The daemon may hang while the session is well: attach does not wait long for it. */
#define LOCATE_PATIENCE_MS 2000u
#define STATUS_BYTES       65536u

void
locate_deinit(struct located *l)
{
	free(l->id);
	free(l->name);
	free(l->dir);
	*l = (struct located){ 0 };
}

static void
set(struct located *l, const struct os_home *home, const char *id, const char *name)
{
	cleanup_buf struct buf dir = BUF_UNLIMITED;

	buf_printf(&dir, "%s/%s", home->sessions, id);
	locate_deinit(l);
	*l = (struct located){ .id = xstrdup(id),
		.name = xstrdup(name ? name : id),
		.dir = buf_take(&dir) };
}

/* --- Without the daemon --------------------------------------------------------------
 */

static void
closedirp(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}

int
locate_each(const struct os_home *home,
    int (*fn)(const char *id, const struct json *meta, void *ctx), void *ctx)
{
	__attribute__((__cleanup__(closedirp))) DIR *d = opendir(home->sessions);
	const struct dirent *entry;
	int r = 0;

	while (d && r == 0 && (entry = readdir(d))) {
		cleanup_buf struct buf path = BUF(LIMIT_PATH_BYTES),
				       text = BUF(LIMIT_BODY_BYTES);
		cleanup_json struct json *meta = NULL;
		struct session_id id;
		size_t at;

		if (!session_id_parse(str_of(entry->d_name), &id))
			continue;
		buf_printf(&path, "%s/%s/meta.json", home->sessions, entry->d_name);
		if (os_read_file(AT_FDCWD, buf_text(&path), LIMIT_BODY_BYTES, &text) !=
			0 ||
		    json_parse(buf_str(&text), &meta, &at) != 0)
			continue;
		r = fn(entry->d_name, meta, ctx);
	}
	return r;
}

bool
locate_status(const char *dir, struct shim_status *ret)
{
	cleanup_buf struct buf path = BUF(LIMIT_PATH_BYTES), text = BUF(STATUS_BYTES);

	buf_printf(&path, "%s/status", dir);
	return os_read_file(AT_FDCWD, buf_text(&path), STATUS_BYTES, &text) == 0 &&
	       shim_status_get(text.data, text.len, ret);
}

struct search {
	const char *wanted;
	const struct os_home *home;
	struct located *found;
	bool by_name;
	unsigned prefixes;
};

static int
match(const char *id, const struct json *meta, void *ctx)
{
	struct search *s = ctx;
	const char *name = json_get_text(meta, "name");
	const char *lifecycle = json_get_text(meta, "lifecycle");
	bool ended = lifecycle && strcmp(lifecycle, "archived") == 0;

	if (name && strcmp(name, s->wanted) == 0 && !(ended && s->by_name)) {
		set(s->found, s->home, id, name);
		s->by_name = true;
	} else if (!s->by_name && strncmp(id, s->wanted, strlen(s->wanted)) == 0) {
		set(s->found, s->home, id, name);
		s->prefixes++;
	}
	return 0;
}

static int
search_dirs(const struct os_home *home, const char *session, struct located *ret,
    struct problem *p)
{
	struct search s = { .wanted = session, .home = home, .found = ret };

	(void)locate_each(home, match, &s);
	if (s.by_name || s.prefixes == 1)
		return 0;
	locate_deinit(ret);
	if (s.prefixes > 1)
		return problem_set(p, OUTCOME_AMBIGUOUS, "session",
		    "\"%s\" is the beginning of %u ids; give more of it", session,
		    s.prefixes);
	return OUTCOME_NOT_FOUND;
}

/* --- The whole
 * -------------------------------------------------------------------------- */

static int
ask(struct cli *cli, const char *session, struct located *ret, struct problem *p)
{
	cleanup_json struct json *request = json_new_object(), *answer = NULL;
	int r;

	json_set_text(request, "session", session);
	r = client_ask(cli, "session.get", request, &answer, p);
	if (r == 0)
		set(ret, &cli->home, json_get_text(answer, "id"),
		    json_get_text(answer, "name"));
	return r;
}

int
locate_session(
    struct cli *cli, const char *session, struct located *ret, struct problem *p)
{
	struct cli patient = *cli;
	bool missing = false;
	int fd = -1, r = client_connect(cli, &fd, &missing, p);

	if (!cli->timeout_set)
		patient.timeout_ms = LOCATE_PATIENCE_MS;
	if (r == 0) {
		(void)close(fd);
		r = ask(&patient, session, ret, p);
	} else if (!missing) {
		return r;
	}
	if (r == OUTCOME_UNREACHABLE) {
		int found = search_dirs(&cli->home, session, ret, p);
		if (found != OUTCOME_NOT_FOUND)
			return found;
		if (missing)
			r = ask(cli, session, ret, p);
	}
	return r;
}
