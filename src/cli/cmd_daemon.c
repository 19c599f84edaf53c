/* cmd_daemon.c: the daemon and the versions. */
#include <poll.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/client.h"
#include "cli/cmd.h"

#define RESTART_LOOK_MS 5

int
cli_cmd_daemon_start(struct cli *cli, struct args *args)
{
	cleanup_json struct json *request = json_new_object(), *answer = NULL;
	struct problem p = { 0 };

	if (client_start(cli, &p) != 0 ||
	    client_ask(cli, "daemon.status", request, &answer, &p) != 0)
		return cli_fail(&p);
	return cli->json ? cli_put_json(answer) : 0;
}

/* What the answer promised has happened when the command ends. */
static int
say_late(const char *what)
{
	cli_say("the daemon said yes, but did not %s in time; see belay doctor", what);
	return outcomes[OUTCOME_UNREACHABLE].exit;
}

int
cli_cmd_daemon_stop(struct cli *cli, struct args *args)
{
	cleanup_json struct json *status = NULL, *answer = NULL;
	cleanup_fd int pidfd = -1;
	struct problem p = { 0 };
	uint64_t start = 0;
	pid_t pid;
	int r;

	if (client_ask(cli, "daemon.status", args->request, &status, &p) != 0)
		return cli_fail(&p);
	pid = (pid_t)json_get_int(status, "pid", 0);
	r = os_process_start(pid, &start);
	if (r == 0)
		r = os_pidfd(pid, start, &pidfd);
	if (client_call(cli, args->verb, args->request, &answer, &p) != 0)
		return cli_fail(&p);
	if (r == 0) {
		struct pollfd fd = { .fd = pidfd, .events = POLLIN };
		if (poll(&fd, 1, (int)cli->timeout_ms) == 0)
			return say_late("end");
	}
	return cli->json ? cli_put_json(answer) : 0;
}

static bool
is_new(struct cli *cli, const struct json *request, const char *before)
{
	cleanup_json struct json *status = NULL;
	struct problem p = { 0 };
	const char *now;

	if (client_ask(cli, "daemon.status", request, &status, &p) != 0)
		return false;
	now = json_get_text(status, "started_at");
	return now && before && strcmp(now, before) != 0;
}

int
cli_cmd_daemon_restart(struct cli *cli, struct args *args)
{
	cleanup_json struct json *before = NULL, *answer = NULL;
	struct problem p = { 0 };
	mono_t begin;

	if (client_ask(cli, "daemon.status", args->request, &before, &p) != 0 ||
	    client_call(cli, args->verb, args->request, &answer, &p) != 0)
		return cli_fail(&p);
	begin = os_mono();
	while (!is_new(cli, args->request, json_get_text(before, "started_at"))) {
		if (mono_ms_between(begin, os_mono()) > (int64_t)cli->timeout_ms)
			return say_late("start anew");
		(void)poll(NULL, 0, RESTART_LOOK_MS);
	}
	return cli->json ? cli_put_json(answer) : 0;
}

int
cli_cmd_daemon_status(struct cli *cli, struct args *args)
{
	cleanup_json struct json *answer = NULL;
	cleanup_buf struct buf out = BUF_UNLIMITED;
	struct problem p = { 0 };

	if (client_call(cli, args->verb, args->request, &answer, &p) != 0)
		return cli_fail(&p);
	if (cli->json)
		return cli_put_json(answer);
	for (const struct verb_field *f = args->verb->result->fields;
	     f->name && !cli->quiet; f++) {
		const struct json *value = json_get(answer, f->name);
		buf_printf(&out, "%-12s ", f->name);
		if (json_kind(value) == JSON_STRING)
			face_put_text(json_str(value), &out);
		else
			json_write(&out, value);
		buf_putc(&out, '\n');
	}
	return cli_write(&out) ? 0 : 1;
}

int
cli_cmd_version(struct cli *cli, struct args *args)
{
	cleanup_json struct json *request = json_new_object(), *answer = NULL,
				 *whole = json_new_object();
	cleanup_buf struct buf out = BUF_UNLIMITED;
	struct problem p = { 0 };
	bool running = client_ask(cli, "daemon.status", request, &answer, &p) == 0;

	if (cli->json) {
		struct json *daemon = NULL;
		if (running) {
			daemon = json_new_object();
			json_set_text(
			    daemon, "version", json_get_text(answer, "version"));
			json_set_int(daemon, "pid", json_get_int(answer, "pid", 0));
		}
		json_set_text(whole, "version", BELAY_VERSION);
		json_set(whole, "daemon", daemon);
		return cli_put_json(whole);
	}
	buf_puts(&out, "belay " BELAY_VERSION "\n");
	if (running && !cli->quiet) {
		buf_puts(&out, "belayd ");
		face_put_text(json_str(json_get(answer, "version")), &out);
		buf_printf(
		    &out, " (pid %lld)\n", (long long)json_get_int(answer, "pid", 0));
	} else if (!cli->quiet) {
		buf_puts(&out, "belayd does not answer\n");
	}
	return cli_write(&out) ? 0 : 1;
}
