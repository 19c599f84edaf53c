/* detach.h: to the background, with an answer.
 *
 * detach_fork() returns in the process that goes on as the daemon.  The process
 * that was called waits until detach_ready() and ends with 0, or, when the
 * daemon ends before that, with its status. */
#ifndef MAIN_DETACH_H
#define MAIN_DETACH_H

#include "base/compiler.h"

int detach_fork(int *ret_fd) MUST_CHECK;
/* We serve: standard input, output and error become /dev/null. */
void detach_ready(int fd);
/* We end before we served, with this exit status. */
void detach_failed(int fd, int status);

#endif
