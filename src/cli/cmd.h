/* cmd.h: what the commands do beyond asking: a row for each verb that needs
 * more than a request and a line of answer.  A run function gives the exit
 * status. */
#ifndef CLI_CMD_H
#define CLI_CMD_H

#include "cli/args.h"
#include "cli/cli.h"

typedef int (*cmd_run_fn)(struct cli *, struct args *);

/* The way to run a verb; never NULL. */
cmd_run_fn cmd_find(const struct verb *v);

int cli_cmd_new(struct cli *cli, struct args *args);
int cli_cmd_many(struct cli *cli, struct args *args);
int cli_cmd_list(struct cli *cli, struct args *args);
int cli_cmd_get(struct cli *cli, struct args *args);
int cli_cmd_screen(struct cli *cli, struct args *args);
int cli_cmd_tail(struct cli *cli, struct args *args);
int cli_cmd_events(struct cli *cli, struct args *args);
int cli_cmd_attach(struct cli *cli, struct args *args);
int cli_cmd_daemon_start(struct cli *cli, struct args *args);
int cli_cmd_daemon_status(struct cli *cli, struct args *args);
int cli_cmd_daemon_stop(struct cli *cli, struct args *args);
int cli_cmd_daemon_restart(struct cli *cli, struct args *args);
int cli_cmd_doctor(struct cli *cli, struct args *args);
int cli_cmd_version(struct cli *cli, struct args *args);
int cli_cmd_completion(struct cli *cli, struct args *args);

/* A session's name, printable, in a buffer of its own. */
void cmd_put_name(const struct json *session, struct buf *out);

#endif
