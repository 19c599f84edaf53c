/* cli.h: the command `belay`: a client of the daemon, and of a session's shim
 * for attach.  Everything it can do is a row of the verb table; what stands in
 * this folder is how words become a request (args), how it travels (client),
 * and how an answer is shown (face, table, the cmd_ files).
 *
 * It is plain blocking code with poll(): a command does one thing and ends, and
 * starts in a few milliseconds. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "cli/face.h"
#include "os/os.h"
#include "verb/verb.h"

struct cli {
	struct os_home home;
	struct face face; /* how standard output looks */
	bool json, quiet, yes;
	bool timeout_set;
	uint64_t timeout_ms; /* of an ordinary request */
};

#define CLI_TIMEOUT_MS 10000u

/* The whole program: exit status. */
int cli_main(int argc, char **argv);

/* "belay: SENTENCE" on standard error. */
void cli_say(const char *fmt, ...) PRINTF(1, 2);
/* Says what went wrong and gives the exit status that belongs to it. */
int cli_fail(const struct problem *p);
/* Writes all of it to standard output and empties it; false when that failed. */
bool cli_write(struct buf *out);
/* Writes the answer as one line of JSON. */
int cli_put_json(const struct json *answer);

#endif
