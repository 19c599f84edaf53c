/* doctor.c: every check adds one line to the report: a subject, ok or warn or
 * fail, and a sentence.  Nothing is repaired; the sentence says what to do. */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/locate.h"
#include "cli/start.h"

enum verdict { VERDICT_OK, VERDICT_WARN, VERDICT_FAIL, VERDICT_COUNT };

/* clang-format off */
static const struct {
	const char *word;
	enum colour colour;
} verdicts[VERDICT_COUNT] = {
	[VERDICT_OK]   = { "ok",   COLOUR_GREEN },
	[VERDICT_WARN] = { "warn", COLOUR_YELLOW },
	[VERDICT_FAIL] = { "fail", COLOUR_RED },
};

/* clang-format on */

struct doctor {
	struct cli *cli;
	struct json *checks;
	struct json *sessions; /* as the daemon lists them; NULL: it does not answer */
	bool failed;
};

PRINTF(4, 5)

static void
report(struct doctor *d, enum verdict verdict, const char *name, const char *fmt, ...)
{
	cleanup_buf struct buf detail = BUF_UNLIMITED;
	struct json *check = json_new_object();
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&detail, fmt, ap);
	va_end(ap);
	json_set_text(check, "name", name);
	json_set_text(check, "verdict", verdicts[verdict].word);
	json_set_text(check, "detail", buf_text(&detail));
	json_push(d->checks, check);
	d->failed = d->failed || verdict == VERDICT_FAIL;
}

/* --- Directories and programs
 * -------------------------------------------------------------- */

static void
check_dir(struct doctor *d, const char *path, const char *name)
{
	struct stat st;

	if (lstat(path, &st) < 0 && errno == ENOENT)
		report(d, VERDICT_OK, name, "%s is not there yet; it is made when needed",
		    path);
	else if (lstat(path, &st) < 0)
		report(d, VERDICT_FAIL, name, "%s can not be looked at: %s", path,
		    strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		report(
		    d, VERDICT_FAIL, name, "%s is not a directory; move it away", path);
	else if (st.st_uid != geteuid())
		report(d, VERDICT_FAIL, name, "%s belongs to uid %u, not to you", path,
		    (unsigned)st.st_uid);
	else if (st.st_mode & 077)
		report(d, VERDICT_FAIL, name,
		    "%s can be entered by others (mode %04o); chmod 700 it", path,
		    (unsigned)st.st_mode & 07777);
	else if (access(path, W_OK) < 0)
		report(d, VERDICT_FAIL, name, "%s can not be written: %s", path,
		    strerror(errno));
	else
		report(d, VERDICT_OK, name, "%s is private", path);
}

static void
check_program(struct doctor *d, const char *program, enum verdict otherwise)
{
	cleanup_buf struct buf path = BUF(LIMIT_PATH_BYTES);

	if (start_find(program, &path) == 0)
		report(d, VERDICT_OK, program, "%s", buf_text(&path));
	else
		report(d, otherwise, program,
		    "neither beside belay nor in PATH; install it");
}

/* --- The daemon
 * -------------------------------------------------------------------------------- */

static void
check_daemon(struct doctor *d)
{
	cleanup_json struct json *request = json_new_object(), *answer = NULL;
	struct problem p = { 0 };
	const char *version, *store;
	bool missing;
	int fd;

	if (client_connect(d->cli, &fd, &missing, &p) != 0) {
		report(
		    d, missing ? VERDICT_WARN : VERDICT_FAIL, "daemon", "%s", p.detail);
		return;
	}
	(void)close(fd);
	if (client_ask(d->cli, "daemon.status", request, &answer, &p) != 0) {
		report(d, VERDICT_FAIL, "daemon", "%s", p.detail);
		return;
	}
	version = json_get_text(answer, "version");
	store = json_get_text(answer, "store");
	if (!version || strcmp(version, BELAY_VERSION) != 0)
		report(d, VERDICT_WARN, "daemon",
		    "version %s runs, this is " BELAY_VERSION
		    "; belay daemon restart takes it up",
		    version ? version : "unknown");
	else
		report(d, VERDICT_OK, "daemon", "pid %lld, version %s",
		    (long long)json_get_int(answer, "pid", 0), version);
	if (store && strcmp(store, "ok") != 0)
		report(d, VERDICT_FAIL, "store", "%s", store);
	json_set_bool(request, "all", true);
	if (client_ask(d->cli, "session.list", request, &d->sessions, &p) != 0)
		report(d, VERDICT_FAIL, "sessions", "%s", p.detail);
}

/* What the daemon finds when it compares its records. */
static void
check_records(struct doctor *d)
{
	cleanup_json struct json *request = json_new_object(), *answer = NULL;
	struct problem p = { 0 };
	const struct json *checks;

	if (!d->sessions)
		return;
	if (client_ask(d->cli, "daemon.check", request, &answer, &p) != 0) {
		report(d, VERDICT_FAIL, "records", "%s", p.detail);
		return;
	}
	checks = json_get(answer, "checks");
	for (size_t i = 0; i < json_count(checks); i++) {
		const struct json *check = json_at(checks, i);
		const char *name = json_get_text(check, "name"),
			   *detail = json_get_text(check, "detail");
		report(d, json_get_bool(check, "ok", false) ? VERDICT_OK : VERDICT_FAIL,
		    name ? name : "records", "%s", detail ? detail : "");
	}
}

/* --- Sessions
 * -------------------------------------------------------------------------------------
 */

static bool
read_status(const struct cli *cli, const char *id, struct shim_status *ret)
{
	cleanup_buf struct buf dir = BUF(LIMIT_PATH_BYTES);

	buf_printf(&dir, "%s/%s", cli->home.sessions, id);
	return locate_status(buf_text(&dir), ret);
}

static void
check_session(struct doctor *d, const struct json *session)
{
	const char *id = json_get_text(session, "id"),
		   *name = json_get_text(session, "name");
	const char *lifecycle = json_get_text(session, "lifecycle");
	cleanup_buf struct buf subject = BUF_UNLIMITED;
	struct shim_status status;
	bool running = lifecycle && strcmp(lifecycle, "running") == 0;
	bool read, alive;

	if (!id || !name || !lifecycle || strcmp(lifecycle, "provisioning") == 0)
		return;
	buf_printf(&subject, "session %s", name);
	read = read_status(d->cli, id, &status);
	alive = read && os_process_is(status.shim_pid, status.shim_start);
	if (running && !read)
		report(d, VERDICT_FAIL, buf_text(&subject),
		    "it is said to run, but its host left no readable record");
	else if (running && !alive)
		report(d, VERDICT_FAIL, buf_text(&subject),
		    "it is said to run, but its host (pid %d) is gone",
		    (int)status.shim_pid);
	else if (running && status.state == SHIM_RUNNING &&
		 json_get_int(session, "pid", 0) != status.child_pid)
		report(d, VERDICT_FAIL, buf_text(&subject),
		    "its host says pid %d, the daemon says %lld", (int)status.child_pid,
		    (long long)json_get_int(session, "pid", 0));
	else if (running && status.ring_errno)
		report(d, VERDICT_WARN, buf_text(&subject),
		    "its output is kept in memory only: %s", strerror(status.ring_errno));
	else if (!running && alive && status.state == SHIM_RUNNING)
		report(d, VERDICT_FAIL, buf_text(&subject),
		    "it is said to be %s, but pid %d runs", lifecycle,
		    (int)status.child_pid);
	else if (running)
		report(d, VERDICT_OK, buf_text(&subject), "pid %d, host pid %d",
		    (int)status.child_pid, (int)status.shim_pid);
	else
		report(d, VERDICT_OK, buf_text(&subject), "%s", lifecycle);
}

static bool
is_listed(const struct doctor *d, const char *id)
{
	const struct json *sessions = json_get(d->sessions, "sessions");

	for (size_t i = 0; i < json_count(sessions); i++) {
		const char *other = json_get_text(json_at(sessions, i), "id");
		if (other && strcmp(other, id) == 0)
			return true;
	}
	return false;
}

static void
check_sessions(struct doctor *d)
{
	const struct json *sessions = json_get(d->sessions, "sessions");

	for (size_t i = 0; i < json_count(sessions); i++)
		check_session(d, json_at(sessions, i));
}

/* Directories that no session owns; without a daemon: sessions that live. */
static void
check_dirs(struct doctor *d)
{
	DIR *dir = opendir(d->cli->home.sessions);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		struct shim_status status;
		bool alive;

		if (entry->d_name[0] == '.' || is_listed(d, entry->d_name))
			continue;
		alive = read_status(d->cli, entry->d_name, &status) &&
			os_process_is(status.shim_pid, status.shim_start);
		if (d->sessions)
			report(d, alive ? VERDICT_FAIL : VERDICT_WARN, entry->d_name,
			    "%s/%s belongs to no session%s", d->cli->home.sessions,
			    entry->d_name,
			    alive ? ", but a host runs in it; belay daemon restart takes "
				    "it up"
				  : "; it can be removed");
		else if (alive)
			report(d, VERDICT_OK, entry->d_name, "pid %d runs, host pid %d",
			    (int)status.child_pid, (int)status.shim_pid);
	}
	if (dir)
		(void)closedir(dir);
}

/* --- The report
 * --------------------------------------------------------------------------------------
 */

static void
put_report(const struct doctor *d, struct buf *out)
{
	for (size_t i = 0; i < json_count(d->checks); i++) {
		const struct json *check = json_at(d->checks, i);
		struct str word = json_str(json_get(check, "verdict"));
		enum colour colour = COLOUR_NONE;

		for (unsigned v = 0; v < VERDICT_COUNT; v++)
			if (str_eqz(word, verdicts[v].word))
				colour = verdicts[v].colour;
		if (d->cli->quiet && colour == verdicts[VERDICT_OK].colour)
			continue;
		face_put(&d->cli->face, colour, word, out);
		buf_printf(out, "%*s ", (int)(5 - word.len), "");
		face_put_text(json_str(json_get(check, "name")), out);
		buf_puts(out, ": ");
		face_put_text(json_str(json_get(check, "detail")), out);
		buf_putc(out, '\n');
	}
}

int
cli_cmd_doctor(struct cli *cli, struct args *args)
{
	cleanup_json struct json *checks = json_new_array(), *whole = json_new_object();
	cleanup_buf struct buf out = BUF_UNLIMITED;
	struct doctor d = { .cli = cli, .checks = checks };

	check_dir(&d, cli->home.config, "config");
	check_dir(&d, cli->home.data, "data");
	check_dir(&d, cli->home.state, "state");
	check_dir(&d, cli->home.run, "run");
	check_program(&d, "belayd", VERDICT_FAIL);
	check_program(&d, "belay-shim", VERDICT_FAIL);
	check_program(&d, "belay-draw", VERDICT_WARN);
	check_daemon(&d);
	check_records(&d);
	check_sessions(&d);
	check_dirs(&d);
	(void)json_free(d.sessions);
	if (cli->json) {
		json_set_bool(whole, "ok", !d.failed);
		(void)cli_put_json(json_set(whole, "checks", json_ref(checks)));
	} else {
		put_report(&d, &out);
		(void)cli_write(&out);
	}
	return d.failed;
}
