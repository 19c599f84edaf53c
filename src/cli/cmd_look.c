/* cmd_look.c: what a session shows and wrote, and what happened. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/follow.h"
#include "cli/mirror.h"
#include "cli/start.h"
#include "term/term.h"

/* --- screen ---------------------------------------------------------------------------
 */

/* belay-draw reads the screen as JSON and writes the picture, without a file's name
 * to standard output. */
static int
draw(const char *file, const struct json *screen)
{
	cleanup_buf struct buf path = BUF(LIMIT_PATH_BYTES), text = BUF_UNLIMITED;
	cleanup_fd int input = -1;
	cleanup_free char *name = strcmp(file, "-") == 0 ? NULL : xstrdup(file);
	char *argv[] = { (char[]){ "belay-draw" }, name, NULL };
	struct os_spawn spawn = { .argv = argv, .nfds = 3 };
	int status = 0, r = start_find("belay-draw", &path);
	pid_t pid;

	if (r < 0) {
		cli_say("belay-draw is neither beside belay nor in PATH; install it to "
			"draw pictures");
		return 1;
	}
	json_write(&text, screen);
	r = os_memfd(buf_str(&text), &input);
	if (r == 0) {
		spawn.path = path.data;
		spawn.fds[0] = input;
		spawn.fds[1] = STDOUT_FILENO;
		spawn.fds[2] = STDERR_FILENO;
		r = os_spawn(&spawn, &pid);
	}
	if (r < 0) {
		cli_say("belay-draw can not be run: %s", strerror(-r));
		return 1;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* The content of format `ansi` brings a terminal into a state; what is printed
 * must be text with colours and nothing else. */
static void
put_coloured(const struct json *answer, struct buf *out)
{
	const struct json *size = json_get(answer, "size");
	struct str content = json_str(json_get(answer, "content"));
	struct term_config config = { .cols = (uint16_t)json_get_int(size, "cols", 80),
		.rows = (uint16_t)json_get_int(size, "rows", 24) };
	struct term *t = term_new(&config);

	term_feed(t, content.p, content.len);
	mirror_put_lines(t, out);
	(void)term_free(t);
}

/* Of a screen as text, the empty rows at its end say nothing. */
static void
put_text(struct str content, bool trim, struct buf *out)
{
	while (trim && content.len > 0 && strchr(" \n", content.p[content.len - 1]) &&
	       content.p[content.len - 1])
		content.len--;
	buf_put(out, content.p, content.len);
}

int
cli_cmd_screen(struct cli *cli, struct args *args)
{
	const char *png = json_get_text(args->options, "png");
	cleanup_json struct json *answer = NULL;
	cleanup_buf struct buf out = BUF_UNLIMITED;
	struct problem p = { 0 };
	const struct json *content;

	if (png)
		json_set_text(args->request, "format", "json");
	else if (args_flag(args, "ansi") || args_flag(args, "svg"))
		json_set_text(
		    args->request, "format", args_flag(args, "svg") ? "svg" : "ansi");
	if (client_call(cli, args->verb, args->request, &answer, &p) != 0)
		return cli_fail(&p);
	content = json_get(answer, "content");
	if (png)
		return draw(png, content);
	if (cli->json)
		return cli_put_json(answer);
	if (json_kind(content) != JSON_STRING)
		return cli_put_json(content);
	if (str_eqz(json_str(json_get(answer, "format")), "ansi"))
		put_coloured(answer, &out);
	else
		put_text(json_str(content),
		    str_eqz(json_str(json_get(answer, "format")), "text"), &out);
	if (out.len > 0 && out.data[out.len - 1] != '\n')
		buf_putc(&out, '\n');
	return cli_write(&out) ? 0 : 1;
}

/* --- tail ------------------------------------------------------------------------------
 */

/* False: not base64 (RFC 4648). */
static bool
put_base64(struct str text, struct buf *out)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t bits = 0;
	unsigned have = 0;

	for (size_t i = 0; i < text.len && text.p[i] != '='; i++) {
		const char *digit = text.p[i] ? strchr(digits, text.p[i]) : NULL;
		if (!digit)
			return false;
		bits = bits << 6 | (uint32_t)(digit - digits);
		have += 6;
		if (have >= 8) {
			have -= 8;
			buf_putc(out, (char)(uint8_t)(bits >> have));
		}
	}
	return true;
}

static bool
is_running(struct cli *cli, const char *session)
{
	cleanup_json struct json *request = json_new_object(), *answer = NULL;
	struct problem p = { 0 };

	json_set_text(request, "session", session);
	/* When the daemon can not say, the session's host may still be there. */
	if (client_ask(cli, "session.get", request, &answer, &p) != 0)
		return true;
	return json_get(answer, "pid") != NULL;
}

static int
follow(struct cli *cli, const struct args *args)
{
	struct located where = { 0 };
	struct problem p = { 0 };
	uint32_t lines = (uint32_t)json_get_int(args->request, "lines", 20);
	int status;

	if (locate_session(cli, json_get_text(args->request, "session"), &where, &p) != 0)
		return cli_fail(&p);
	status = follow_run(cli, &where, lines);
	locate_deinit(&where);
	return status;
}

int
cli_cmd_tail(struct cli *cli, struct args *args)
{
	cleanup_json struct json *answer = NULL;
	cleanup_buf struct buf out = BUF_UNLIMITED;
	struct problem p = { 0 };
	const struct json *lines;

	if (args_flag(args, "follow") &&
	    is_running(cli, json_get_text(args->request, "session")))
		return follow(cli, args);
	if (client_call(cli, args->verb, args->request, &answer, &p) != 0)
		return cli_fail(&p);
	if (cli->json)
		return cli_put_json(answer);
	lines = json_get(answer, "lines");
	for (size_t i = 0; i < json_count(lines); i++) {
		struct str line = json_str(json_at(lines, i));
		buf_put(&out, line.p, line.len);
		buf_putc(&out, '\n');
	}
	if (!lines && !put_base64(json_str(json_get(answer, "raw")), &out)) {
		cli_say("the daemon's answer is not base64");
		return 1;
	}
	return cli_write(&out) ? 0 : 1;
}

/* --- events
 * ------------------------------------------------------------------------------ */

struct events {
	struct cli *cli;
	struct json *request;
	bool begun;
};

static void
put_event(const struct cli *cli, const struct json *event, struct buf *out)
{
	const char *time = json_get_text(event, "time"),
		   *session = json_get_text(event, "session");
	const struct json *body = json_get(event, "body");
	cleanup_buf struct buf text = BUF_UNLIMITED;

	if (cli->json) {
		json_write(out, event);
		buf_putc(out, '\n');
		return;
	}
	buf_put_escaped(&text, json_str(json_get(event, "kind")));
	buf_printf(out, "%6lld  %s  %-22s", (long long)json_get_int(event, "seq", 0),
	    time ? time : "-", buf_text(&text));
	if (session)
		buf_printf(out, "  %.13s", session);
	if (body && json_count(body) > 0) {
		buf_clear(&text);
		json_write(&text, body);
		buf_puts(out, "  ");
		face_put_text(buf_str(&text), out);
	}
	buf_putc(out, '\n');
}

static int
on_event(struct str data, void *ctx)
{
	struct events *e = ctx;
	cleanup_json struct json *event = NULL;
	cleanup_buf struct buf out = BUF_UNLIMITED;
	size_t at;

	e->begun = true;
	if (json_parse(data, &event, &at) != 0 || !json_has(event, "seq"))
		return 0;
	json_set_int(e->request, "since", json_get_int(event, "seq", 0));
	put_event(e->cli, event, &out);
	return cli_write(&out) ? 0 : -EPIPE;
}

#define RECONNECT_MS   100
#define RECONNECT_MOST 50 /* five seconds: a daemon that restarts is back by then */

/* The numbers make it safe to go on where a daemon that went away left off. */
static int
follow_events(struct cli *cli, const struct args *args)
{
	struct events e = { .cli = cli, .request = args->request };
	struct problem p = { 0 };
	unsigned failed = 0;
	int r;

	for (;;) {
		e.begun = false;
		r = client_stream(cli, args->verb, args->request, on_event, &e, &p);
		if (r < 0)
			return 0; /* nobody reads our output any more */
		if (r != OUTCOME_UNREACHABLE)
			return cli_fail(&p);
		/* A daemon that was stopped is not for us to start again. */
		(void)setenv("BELAY_AUTOSTART", "0", 1);
		failed = e.begun ? 0 : failed + 1;
		if (!json_has(args->request, "since") || failed > RECONNECT_MOST)
			return cli_fail(&p);
		(void)poll(NULL, 0, RECONNECT_MS);
	}
}

/* The next page; *ret_more: there is another one. */
static int
add_page(struct cli *cli, struct args *args, struct json *events, struct json **ret_page,
    bool *ret_more, struct problem *p)
{
	cleanup_json struct json *page = NULL;
	const struct json *list;
	int64_t last = json_get_int(args->request, "since", 0);
	size_t n;
	int r = client_call(cli, args->verb, args->request, &page, p);

	if (r != 0)
		return r;
	list = json_get(page, "events");
	n = json_count(list);
	for (size_t i = 0; i < n; i++)
		json_push(events, json_ref(json_at(list, i)));
	if (n > 0)
		last = json_get_int(json_at(list, n - 1), "seq", last);
	json_set_int(args->request, "since", last);
	*ret_more = n > 0 && last < json_get_int(page, "seq", last);
	(void)json_free(*ret_page);
	*ret_page = TAKE_PTR(page);
	return 0;
}

int
cli_cmd_events(struct cli *cli, struct args *args)
{
	bool all = !json_has(args->request, "limit"), more = true;
	cleanup_json struct json *events = json_new_array(), *page = NULL;
	cleanup_buf struct buf out = BUF_UNLIMITED;
	struct problem p = { 0 };

	if (json_get_bool(args->request, "follow", false))
		return follow_events(cli, args);
	do {
		if (add_page(cli, args, events, &page, &more, &p) != 0)
			return cli_fail(&p);
	} while (all && more);
	if (cli->json)
		return cli_put_json(json_set(page, "events", json_ref(events)));
	for (size_t i = 0; i < json_count(events); i++)
		put_event(cli, json_at(events, i), &out);
	return cli_write(&out) ? 0 : 1;
}
