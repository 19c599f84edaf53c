/* start.h: the daemon starts itself on the first command: belayd beside our own
 * program, else the one in PATH, is run with --daemonize and returns when it
 * is ready. */
#ifndef CLI_START_H
#define CLI_START_H

#include "cli/cli.h"

/* 0: belayd says it is ready (or another one is); else OUTCOME_UNREACHABLE
 * with belayd's own words in p. */
int start_daemon(struct problem *p) MUST_CHECK;
/* Absolute path of one of our programs: beside this one, else in PATH. */
int start_find(const char *program, struct buf *ret) MUST_CHECK;

#endif
