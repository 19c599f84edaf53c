/* cli.c: the walk from words to exit status. */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fault.h"
#include "cli/args.h"
#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/help.h"

#define EXIT_USAGE 2

/* --- Saying ------------------------------------------------------------------------ */

void
cli_say(const char *fmt, ...)
{
	cleanup_buf struct buf line = BUF_UNLIMITED, shown = BUF_UNLIMITED;
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&line, fmt, ap);
	va_end(ap);
	buf_puts(&shown, "belay: ");
	face_put_text(buf_str(&line), &shown);
	buf_putc(&shown, '\n');
	(void)!write(STDERR_FILENO, shown.data, shown.len);
}

int
cli_fail(const struct problem *p)
{
	cli_say("%s", p->detail[0] ? p->detail : outcomes[p->outcome].title);
	return outcomes[p->outcome].exit;
}

bool
cli_write(struct buf *out)
{
	size_t done = 0;

	while (done < out->len) {
		ssize_t n = write(STDOUT_FILENO, out->data + done, out->len - done);
		if (n > 0) {
			done += (size_t)n;
		} else if (n < 0 && errno != EINTR) {
			if (errno != EPIPE)
				cli_say("standard output can not be written: %s",
				    strerror(errno));
			return false;
		}
	}
	buf_clear(out);
	return true;
}

int
cli_put_json(const struct json *answer)
{
	cleanup_buf struct buf out = BUF_UNLIMITED;

	json_write(&out, answer);
	buf_putc(&out, '\n');
	return cli_write(&out) ? 0 : 1;
}

/* --- Help and version --------------------------------------------------------------- */

static int
show_help(struct cli *cli, char *const *words, int n)
{
	cleanup_buf struct buf out = BUF_UNLIMITED;
	const struct verb *v;
	struct problem p = { 0 };
	int used;

	if (n == 0) {
		help_put_overview(&cli->face, &out);
	} else if (n > 1 || !help_put_group(&cli->face, words[0], &out)) {
		if (args_command(words, n, &v, &used, &p) != 0)
			return cli_fail(&p);
		help_put_verb(&cli->face, v, &out);
	}
	return cli_write(&out) ? 0 : 1;
}

static bool
is_one_of(const char *word, const char *a, const char *b)
{
	return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

/* --- The walk
 * ---------------------------------------------------------------------------- */

static void
take_common(struct cli *cli, const struct args *args)
{
	const struct json *timeout = json_get(args->options, "timeout");

	cli->json = args_flag(args, "json");
	cli->quiet = args_flag(args, "quiet");
	cli->yes = args_flag(args, "yes");
	if (timeout) {
		cli->timeout_ms = (uint64_t)json_as_int(timeout, CLI_TIMEOUT_MS);
		cli->timeout_set = true;
	}
}

static int
take_environment(struct cli *cli)
{
	const char *timeout = getenv("BELAY_TIMEOUT");
	int r = os_home_init(&cli->home);

	cli->face = face_of(STDOUT_FILENO);
	cli->timeout_ms = CLI_TIMEOUT_MS;
	if (r == -EINVAL) {
		cli_say("BELAY_HOME must be an absolute path, not \"%s\"",
		    getenv("BELAY_HOME"));
		return EXIT_USAGE;
	}
	if (r < 0) {
		cli_say("the home directory can not be found: %s", strerror(-r));
		return 1;
	}
	if (timeout && *timeout) {
		if (!str_to_ms(str_of(timeout), &cli->timeout_ms) ||
		    cli->timeout_ms == 0) {
			cli_say("BELAY_TIMEOUT must be a duration (30, 500ms, 2m), not "
				"\"%s\"",
			    timeout);
			return EXIT_USAGE;
		}
		cli->timeout_set = true;
	}
	return 0;
}

static int
run_verb(struct cli *cli, const struct verb *v, char *const *words, int n)
{
	struct args args = { 0 };
	struct problem p = { 0 };
	int status;

	if (args_parse(v, words, n, &args, &p) != 0)
		return cli_fail(&p);
	take_common(cli, &args);
	if (args_flag(&args, "help")) {
		cleanup_buf struct buf out = BUF_UNLIMITED;
		help_put_verb(&cli->face, v, &out);
		status = cli_write(&out) ? 0 : 1;
	} else if (args_check(&args, &p) != 0) {
		status = cli_fail(&p);
	} else {
		status = cmd_find(v)(cli, &args);
	}
	args_deinit(&args);
	return status;
}

int
cli_main(int argc, char **argv)
{
	struct cli cli = { 0 };
	const struct verb *v;
	struct problem p = { 0 };
	int used, status;

	status = take_environment(&cli);
	if (status != 0) {
		os_home_deinit(&cli.home);
		return status;
	}
	if (argc < 2) {
		cleanup_buf struct buf out = BUF_UNLIMITED;
		struct face face = face_of(STDERR_FILENO);
		help_put_overview(&face, &out);
		(void)!write(STDERR_FILENO, out.data, out.len);
		status = EXIT_USAGE;
	} else if (is_one_of(argv[1], "--help", "-h") || strcmp(argv[1], "help") == 0) {
		status = show_help(&cli, argv + 2, argc - 2);
	} else if (is_one_of(argv[1], "--version", "-V")) {
		cleanup_buf struct buf out = BUF_UNLIMITED;
		buf_puts(&out, "belay " BELAY_VERSION "\n");
		status = cli_write(&out) ? 0 : 1;
	} else if (args_command(argv + 1, argc - 1, &v, &used, &p) != 0) {
		status = cli_fail(&p);
	} else {
		status = run_verb(&cli, v, argv + 1 + used, argc - 1 - used);
	}
	os_home_deinit(&cli.home);
	return status;
}
