/* logging.h: where the daemon's log lines go: a rotating file, and standard
 * error while it is in the foreground (with a level journald understands when
 * that is the journal). */
#ifndef MAIN_LOGGING_H
#define MAIN_LOGGING_H

#include "base/log.h"
#include "os/os.h"

struct logging {
	/* private */
	struct os_logfile file;
	bool to_stderr, journal;
};

/* A file that can not be opened is reported on standard error; logging goes on
 * without it. */
void logging_start(
    struct logging *g, const struct os_home *home, enum log_level least, bool to_stderr);
void logging_set_level(struct logging *g, enum log_level least);
void logging_stop(struct logging *g);

#endif
