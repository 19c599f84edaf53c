/* cmd.c: most commands are a request and one word of answer; `plain` rows say
 * which word. */
#include "cli/cmd.h"

#include <string.h>

#include "cli/client.h"
#include "cli/complete.h"

/* --- Commands without a row of their own -------------------------------------------- */

/* clang-format off */
static const struct plain {
	const char *verb, *key; /* what is printed of the answer; NULL: nothing */
} plains[] = {
	{ "session.send",      NULL },
	{ "session.keys",      NULL },
	{ "session.interrupt", NULL },
	{ "session.resize",    NULL },
	{ "session.restart",   "name" },
	{ "session.rename",    "name" },
	{ "session.label",     NULL },
	{ "session.wait",      "reached" },
};

/* clang-format on */

static int
run_plain(struct cli *cli, struct args *args)
{
	cleanup_json struct json *answer = NULL;
	cleanup_buf struct buf out = BUF_UNLIMITED;
	struct problem p = { 0 };
	const char *key = NULL;

	if (client_call(cli, args->verb, args->request, &answer, &p) != 0)
		return cli_fail(&p);
	if (cli->json)
		return cli_put_json(answer);
	for (size_t i = 0; i < ARRAY_LEN(plains); i++)
		if (strcmp(plains[i].verb, args->verb->name) == 0)
			key = plains[i].key;
	if (!key || cli->quiet)
		return 0;
	face_put_text(json_str(json_get(answer, key)), &out);
	buf_putc(&out, '\n');
	return cli_write(&out) ? 0 : 1;
}

int
cli_cmd_completion(struct cli *cli, struct args *args)
{
	cleanup_buf struct buf out = BUF_UNLIMITED;

	if (!complete_put(json_get_text(args->options, "shell"), &out))
		return outcomes[OUTCOME_BAD_REQUEST].exit;
	return cli_write(&out) ? 0 : 1;
}

void
cmd_put_name(const struct json *session, struct buf *out)
{
	face_put_text(json_str(json_get(session, "name")), out);
}

/* --- The table -----------------------------------------------------------------------
 */

/* clang-format off */
static const struct {
	const char *verb;
	cmd_run_fn run;
} rows[] = {
	{ "session.create",    cli_cmd_new },
	{ "session.list",      cli_cmd_list },
	{ "session.get",       cli_cmd_get },
	{ "session.screen",    cli_cmd_screen },
	{ "session.tail",      cli_cmd_tail },
	{ "session.attach",    cli_cmd_attach },
	{ "event.list",        cli_cmd_events },
	{ "daemon.status",     cli_cmd_daemon_status },
	{ "daemon.start",      cli_cmd_daemon_start },
	{ "daemon.stop",       cli_cmd_daemon_stop },
	{ "daemon.restart",    cli_cmd_daemon_restart },
	{ "client.doctor",     cli_cmd_doctor },
	{ "client.version",    cli_cmd_version },
	{ "client.completion", cli_cmd_completion },
};

/* clang-format on */

cmd_run_fn
cmd_find(const struct verb *v)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].verb, v->name) == 0)
			return rows[i].run;
	return v->flags & VERB_MANY ? cli_cmd_many : run_plain;
}
