/* daemon.h: the parts of belayd, put together. */
#ifndef MAIN_DAEMON_H
#define MAIN_DAEMON_H

#include "main/options.h"

/* Runs until it is told to end; the exit status:
 *   0  orderly end, or another daemon is running already
 *   1  a part failed
 *   2  belay.conf has a mistake
 *   3  a directory, the lock or the socket can not be made
 *   4  the database is from a newer version */
int daemon_run(const struct options *o);

#endif
