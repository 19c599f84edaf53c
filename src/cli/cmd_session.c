/* cmd_session.c: starting a session, and acting on several. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "cli/attach.h"
#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/conf.h"
#include "cli/locate.h"
#include "cli/tty.h"

/* --- new: what the caller's side adds
 * --------------------------------------------------- */

static bool
name_fits(struct str name, struct str pattern)
{
	if (str_ends(pattern, STR("*")))
		return str_starts(name, str_make(pattern.p, pattern.len - 1));
	return str_eq(name, pattern);
}

/* pass_env of belay.conf; BELAY_PASS_ENV: more names, with commas or blanks between. */
static bool
is_passed(const struct settings *settings, struct str name)
{
	const char *z = getenv("BELAY_PASS_ENV");

	for (char **pattern = settings->pass_env; pattern && *pattern; pattern++)
		if (name_fits(name, str_of(*pattern)))
			return true;
	while (z && *z) {
		size_t len = strcspn(z, ", \t");
		if (len > 0 && name_fits(name, str_make(z, len)))
			return true;
		z += len + (z[len] != 0);
	}
	return false;
}

static void
add_env(const struct cli *cli, struct json *request)
{
	struct json *env = json_get(request, "env");
	struct settings settings;

	conf_read(cli, &settings);
	if (!env) {
		env = json_new_object();
		json_set(request, "env", env);
	}
	for (char **e = environ; *e; e++) {
		const char *equals = strchr(*e, '=');
		cleanup_free char *name = NULL;

		if (!equals || !is_passed(&settings, str_make(*e, (size_t)(equals - *e))))
			continue;
		name = xstrndup(*e, (size_t)(equals - *e));
		if (!json_has(env, name) && str_is_utf8(str_of(equals + 1)))
			json_set_text(env, name, equals + 1);
	}
	settings_deinit(&settings);
}

static int
add_cwd(struct json *request, struct problem *p)
{
	const char *given = json_get_text(request, "cwd");
	cleanup_buf struct buf dir = BUF_UNLIMITED;
	char here[LIMIT_PATH_BYTES];

	if (given && given[0] == '/')
		return 0;
	if (!getcwd(here, sizeof(here)))
		return problem_set(p, OUTCOME_CWD_MISSING, "cwd",
		    "the current directory can not be found: %s; give --dir",
		    strerror(errno));
	buf_puts(&dir, here);
	if (given && strcmp(given, ".") != 0)
		buf_printf(&dir, "/%s", given);
	json_set_text(request, "cwd", buf_text(&dir));
	return 0;
}

static void
add_size(struct json *request)
{
	struct json *size;
	uint16_t cols, rows;

	if (json_get(request, "size") || !isatty(STDOUT_FILENO))
		return;
	tty_size(STDOUT_FILENO, &cols, &rows);
	size = json_new_object();
	json_set_int(size, "cols", cols);
	json_set_int(size, "rows", rows);
	json_set(request, "size", size);
}

static bool
wants_attach(const struct cli *cli, const struct args *args)
{
	const char *host = json_get_text(args->request, "host");

	return !args_flag(args, "detach") && !cli->json && !cli->quiet &&
	       !(host && strcmp(host, "pipe") == 0) && isatty(STDIN_FILENO) &&
	       isatty(STDOUT_FILENO);
}

static int
attach_new(struct cli *cli, const struct args *args, const struct json *session)
{
	struct args other = { .verb = verb_by_name("session.attach"),
		.request = json_new_object(),
		.options = json_ref(args->options),
		.sessions = json_new_array() };
	int status;

	json_set_text(other.request, "session", json_get_text(session, "id"));
	status = cli_cmd_attach(cli, &other);
	args_deinit(&other);
	return status;
}

int
cli_cmd_new(struct cli *cli, struct args *args)
{
	cleanup_json struct json *answer = NULL;
	cleanup_buf struct buf out = BUF_UNLIMITED;
	struct problem p = { 0 };

	add_env(cli, args->request);
	if (add_cwd(args->request, &p) != 0)
		return cli_fail(&p);
	add_size(args->request);
	if (client_call(cli, args->verb, args->request, &answer, &p) != 0)
		return cli_fail(&p);
	if (cli->json)
		return cli_put_json(answer);
	if (wants_attach(cli, args))
		return attach_new(cli, args, answer);
	cmd_put_name(answer, &out);
	buf_putc(&out, '\n');
	return cli_write(&out) ? 0 : 1;
}

/* --- Several
 * ------------------------------------------------------------------------------- */

struct many {
	struct cli *cli;
	struct args *args;
	struct json *results, *problems;
	struct buf out;
	int status;
};

static bool
is_alive(const struct json *session)
{
	const char *lifecycle = json_get_text(session, "lifecycle");

	return lifecycle && (strcmp(lifecycle, "running") == 0 ||
				strcmp(lifecycle, "provisioning") == 0);
}

/* Of all that a filter finds: those the verb is about. */
static bool
is_meant(const struct args *args, const struct json *session)
{
	const char *verb = args->verb->name,
		   *lifecycle = json_get_text(session, "lifecycle");

	if (strcmp(verb, "session.remove") == 0)
		return json_get_bool(args->request, "force", false) || !is_alive(session);
	if (strcmp(verb, "session.archive") == 0)
		return !is_alive(session) &&
		       !(lifecycle && strcmp(lifecycle, "archived") == 0);
	return is_alive(session);
}

static int
find_targets(struct cli *cli, struct args *args, struct json **ret, struct problem *p)
{
	static const char *const filters[] = { "label", "agent", "state" };
	cleanup_json struct json *request = json_new_object(), *answer = NULL;
	struct json *sessions, *targets;
	int r;

	for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
		struct json *value = json_get(args->options, filters[i]);
		if (value)
			json_set(request, filters[i], json_ref(value));
	}
	json_set_bool(request, "all", true);
	r = client_ask(cli, "session.list", request, &answer, p);
	if (r != 0)
		return r;
	sessions = json_get(answer, "sessions");
	targets = json_new_array();
	for (size_t i = 0; i < json_count(sessions); i++)
		if (is_meant(args, json_at(sessions, i)))
			json_push(targets, json_ref(json_at(sessions, i)));
	*ret = targets;
	return 0;
}

static bool
has_filter(const struct args *args)
{
	return args_flag(args, "all") || json_get(args->options, "label") ||
	       json_get(args->options, "agent") || json_get(args->options, "state");
}

/* Does this end programs?  To forget what has ended already does not. */
static bool
ends_programs(const struct args *args)
{
	return (args->verb->flags & VERB_DESTROYS) &&
	       (!verb_arg(args->verb, "force") ||
		   json_get_bool(args->request, "force", false));
}

/* 0: go on; else the exit status.  A person is asked, a script must say -y. */
static int
confirm(const struct cli *cli, const struct args *args, const struct json *targets)
{
	cleanup_buf struct buf text = BUF_UNLIMITED;
	size_t n = json_count(targets);
	char line[16] = "";

	if (cli->yes || n == 0 || !ends_programs(args))
		return 0;
	buf_printf(&text, "belay: %s %zu session%s (", args->verb->command, n,
	    n == 1 ? "" : "s");
	for (size_t i = 0; i < n; i++) {
		buf_puts(&text, i ? ", " : "");
		cmd_put_name(json_at(targets, i), &text);
	}
	buf_puts(&text, ")");
	if (!isatty(STDIN_FILENO)) {
		buf_puts(&text, " needs -y when nobody can be asked\n");
		(void)!write(STDERR_FILENO, text.data, text.len);
		return outcomes[OUTCOME_BAD_REQUEST].exit;
	}
	buf_puts(&text, "? [y/N] ");
	(void)!write(STDERR_FILENO, text.data, text.len);
	if (read(STDIN_FILENO, line, sizeof(line) - 1) > 0 &&
	    (line[0] == 'y' || line[0] == 'Y'))
		return 0;
	cli_say("nothing was done");
	return 1;
}

static void
act(struct many *m, const char *session, const char *shown)
{
	cleanup_json struct json *answer = NULL;
	struct problem p = { 0 };
	const char *name;

	json_set_text(m->args->request, "session", session);
	if (verb_check_args(m->args->verb, m->args->request, &p) != 0 ||
	    client_call(m->cli, m->args->verb, m->args->request, &answer, &p) != 0) {
		int status = cli_fail(&p);
		m->status = m->status ? m->status : status;
		json_push(
		    m->problems, json_set_text(problem_json(&p), "session", session));
		return;
	}
	json_push(m->results, json_ref(answer));
	name = json_get_text(answer, "name");
	if (!m->cli->quiet && !m->cli->json) {
		face_put_text(str_of(name ? name : shown), &m->out);
		buf_putc(&m->out, '\n');
		(void)cli_write(&m->out);
	}
}

static void
put_many_json(struct many *m, bool single)
{
	cleanup_json struct json *whole = json_new_object();

	if (single) {
		if (json_count(m->results) == 1)
			(void)cli_put_json(json_at(m->results, 0));
		return;
	}
	json_set(whole, "results", json_ref(m->results));
	json_set(whole, "problems", json_ref(m->problems));
	(void)cli_put_json(whole);
}

int
cli_cmd_many(struct cli *cli, struct args *args)
{
	cleanup_json struct json *targets = NULL, *results = json_new_array(),
				 *problems = json_new_array();
	struct many m = { .cli = cli,
		.args = args,
		.results = results,
		.problems = problems,
		.out = BUF_UNLIMITED };
	size_t named = json_count(args->sessions);
	struct problem p = { 0 };

	if ((named > 0) == has_filter(args)) {
		(void)problem_set(&p, OUTCOME_BAD_REQUEST, "session",
		    named ? "belay %s takes sessions or a filter, not both; see belay "
			    "help %s"
			  : "belay %s needs a session, a filter or --all; see belay help "
			    "%s",
		    args->verb->command, args->verb->command);
		return cli_fail(&p);
	}
	if (named == 0) {
		int status;
		if (find_targets(cli, args, &targets, &p) != 0)
			return cli_fail(&p);
		status = confirm(cli, args, targets);
		if (status != 0)
			return status;
	}
	for (size_t i = 0; i < named; i++) {
		const char *session = json_text(json_at(args->sessions, i));
		act(&m, session, session);
	}
	for (size_t i = 0; i < json_count(targets); i++)
		act(&m, json_get_text(json_at(targets, i), "id"),
		    json_get_text(json_at(targets, i), "name"));
	if (cli->json)
		put_many_json(&m, named == 1);
	buf_deinit(&m.out);
	return m.status;
}
