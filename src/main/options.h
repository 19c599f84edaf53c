/* options.h: belayd's command line. */
#ifndef MAIN_OPTIONS_H
#define MAIN_OPTIONS_H

#include <stdbool.h>

enum options_act {
	OPTIONS_RUN,
	OPTIONS_CHECK_CONFIG,
	OPTIONS_VERSION,
	OPTIONS_HELP,
};

struct options {
	enum options_act act;
	bool daemonize; /* to the background; the parent answers when it serves */
	int ready_fd;   /* gets "ready\n" and is closed; -1: none */
};

/* False: a mistake; the sentence was printed on standard error. */
bool options_parse(int argc, char **argv, struct options *ret);
void options_help(void);

#endif
