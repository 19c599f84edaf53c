/* follow.h: the lines a session writes, as they come (belay tail -f).  From the
 * session's shim, through a terminal of our own: what is printed are lines
 * that the program has left behind, as a person would have read them. */
#ifndef CLI_FOLLOW_H
#define CLI_FOLLOW_H

#include "cli/cli.h"
#include "cli/locate.h"

/* Prints the last `lines` lines, then each new one, until the session ends (0). */
int follow_run(struct cli *cli, const struct located *where, uint32_t lines);

#endif
