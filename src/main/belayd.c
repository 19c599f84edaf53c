/* belayd: the daemon of belay. */
#include <stdio.h>

#include "base/buf.h"
#include "main/daemon.h"
#include "main/options.h"
#include "main/settings_files.h"

static int
check_config(void)
{
	cleanup_buf struct buf error = BUF(4096), warnings = BUF(16384);
	struct os_home home = { 0 };
	struct settings settings = { 0 };
	struct profiles profiles;
	int r = os_home_init(&home);

	if (r < 0) {
		(void)fprintf(stderr, "belayd: BELAY_HOME must be an absolute path\n");
		return 1;
	}
	r = settings_files_read(&home, &settings, &profiles, &error, &warnings);
	if (r) {
		(void)fprintf(stderr, "belayd: %s\n", buf_text(&error));
	} else {
		(void)fputs(buf_text(&warnings), stderr);
		if (!warnings.len)
			(void)printf(
			    "%s/belay.conf and all profiles are fine\n", home.config);
		settings_deinit(&settings);
		profiles_deinit(&profiles);
	}
	os_home_deinit(&home);
	return r || warnings.len ? 1 : 0;
}

int
main(int argc, char **argv)
{
	struct options o;

	if (!options_parse(argc, argv, &o))
		return 2;
	switch (o.act) {
	case OPTIONS_CHECK_CONFIG:
		return check_config();
	case OPTIONS_VERSION:
		(void)printf("belayd %s\n", BELAY_VERSION);
		return 0;
	case OPTIONS_HELP:
		options_help();
		return 0;
	case OPTIONS_RUN:
		return daemon_run(&o);
	}
	return 2;
}
