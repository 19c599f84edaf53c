#include "main/options.h"

#include <getopt.h>
#include <stdint.h>
#include <stdio.h>

#include "base/str.h"

/* clang-format off */
static const struct option long_options[] = {
	{ "foreground",   no_argument,       NULL, 'f' },
	{ "daemonize",    no_argument,       NULL, 'd' },
	{ "check-config", no_argument,       NULL, 'c' },
	{ "ready-fd",     required_argument, NULL, 'r' },
	{ "version",      no_argument,       NULL, 'V' },
	{ "help",         no_argument,       NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* clang-format on */

void
options_help(void)
{
	(void)fputs(
	    "usage: belayd [--foreground | --daemonize] [--ready-fd N]\n"
	    "       belayd --check-config | --version | --help\n"
	    "The daemon of belay, one per user; belay(1) starts it when needed.\n"
	    "  --foreground    stay in the foreground and log to standard error "
	    "(default)\n"
	    "  --daemonize     go to the background; returns when it serves\n"
	    "  --ready-fd N    write \"ready\" to this file descriptor when it serves\n"
	    "  --check-config  read the settings and profiles, say what is wrong\n"
	    "  --version       print the version\n",
	    stdout);
}

bool
options_parse(int argc, char **argv, struct options *ret)
{
	struct options o = { .ready_fd = -1 };
	int64_t fd;
	int c;

	while ((c = getopt_long(argc, argv, "fdchV", long_options, NULL)) != -1) {
		switch (c) {
		case 'f':
			o.daemonize = false;
			break;
		case 'd':
			o.daemonize = true;
			break;
		case 'c':
			o.act = OPTIONS_CHECK_CONFIG;
			break;
		case 'V':
			o.act = OPTIONS_VERSION;
			break;
		case 'h':
			o.act = OPTIONS_HELP;
			break;
		case 'r':
			if (!str_to_i64(str_of(optarg), &fd) || fd < 0 ||
			    fd > INT32_MAX) {
				(void)fprintf(stderr,
				    "belayd: --ready-fd: expected a file descriptor, got "
				    "\"%s\"\n",
				    optarg);
				return false;
			}
			o.ready_fd = (int)fd;
			break;
		default:
			return false;
		}
	}
	if (optind < argc) {
		(void)fprintf(stderr,
		    "belayd: unexpected argument \"%s\"; see belayd --help\n",
		    argv[optind]);
		return false;
	}
	*ret = o;
	return true;
}
