#include "cli/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/limits.h"

void
conf_read(const struct cli *cli, struct settings *ret)
{
	cleanup_buf struct buf path = BUF_UNLIMITED, error = BUF_UNLIMITED;
	cleanup_buf struct buf text = BUF(LIMIT_CONFIG_BYTES + 1);
	int r;

	settings_init(ret);
	buf_printf(&path, "%s/belay.conf", cli->home.config);
	r = os_read_file(AT_FDCWD, buf_text(&path), LIMIT_CONFIG_BYTES, &text);
	if (r == 0 && settings_parse(ret, buf_str(&text), buf_text(&path), &error) != 0)
		cli_say("%s", buf_text(&error));
	else if (r < 0 && r != -ENOENT && r != -ENOTDIR)
		cli_say("%s can not be read: %s", buf_text(&path), strerror(-r));
}
