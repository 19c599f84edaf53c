/* conf.h: what belay.conf says to the command. */
#ifndef CLI_CONF_H
#define CLI_CONF_H

#include "base/settings.h"
#include "cli/cli.h"

/* The settings, to be given to settings_deinit().  A file with a mistake is
 * said on standard error and the defaults are used: the daemon refuses to start
 * with it, and what runs must stay reachable. */
void conf_read(const struct cli *cli, struct settings *ret);

#endif
