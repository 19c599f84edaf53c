/* Profiles are looked for in the user's configuration first, then beside the
 * executable (a tree that is not installed), then in the share directory that
 * belongs to it, then where the build was told to install them.  Two are built in. */
#include "main/settings_files.h"

#include <errno.h>
#include <fcntl.h>

#include "base/fault.h"
#include "base/limits.h"

static int
read_settings(const struct os_home *home, struct settings *s, struct buf *error)
{
	cleanup_buf struct buf path = BUF_UNLIMITED, text = BUF(LIMIT_CONFIG_BYTES + 1);
	int r;

	buf_printf(&path, "%s/belay.conf", home->config);
	r = os_read_file(AT_FDCWD, buf_text(&path), LIMIT_CONFIG_BYTES, &text);
	if (r == -ENOENT)
		return 0;
	if (r < 0) {
		buf_printf(error, "%s: %s", buf_text(&path), strerror(-r));
		return SETTINGS_FILES_E_BAD;
	}
	return settings_parse(s, buf_str(&text), buf_text(&path), error)
		   ? SETTINGS_FILES_E_BAD
		   : 0;
}

/* What a command needs must not depend on a file being found. */
static const struct {
	const char *name, *text;
} built_in[] = {
	{ "generic", "title: Command\ncommand: ['{shell}']\ntask: keep\n" },
	{ "shell", "title: Shell\ncommand: ['{shell}']\nstop_signal: HUP\ntask: type\n" },
};

static void
load(struct profiles *p, const char *dir, struct buf *warnings)
{
	int r = profiles_load(p, dir);

	if (r < 0)
		buf_printf(warnings, "%s: %s\n", dir, strerror(-r));
}

static void
read_profiles(const struct os_home *home, struct profiles *p, struct buf *warnings)
{
	cleanup_buf struct buf dir = BUF_UNLIMITED, exe = BUF_UNLIMITED;

	buf_printf(&dir, "%s/profiles", home->config);
	load(p, buf_text(&dir), warnings);
	if (!os_exe_dir(&exe)) {
		buf_clear(&dir);
		buf_printf(&dir, "%s/profiles", buf_text(&exe));
		load(p, buf_text(&dir), warnings);
		buf_clear(&dir);
		buf_printf(&dir, "%s/../share/belay/profiles", buf_text(&exe));
		load(p, buf_text(&dir), warnings);
	}
	load(p, BELAY_DATADIR "/profiles", warnings);
	for (size_t i = 0; i < ARRAY_LEN(built_in); i++)
		if (!profiles_get(p, built_in[i].name))
			(void)profiles_add(p, built_in[i].name, str_of(built_in[i].text),
			    built_in[i].name);
	list_for_each (it, &p->all) {
		const struct profile *one = container_of(it, struct profile, node);

		if (one->error)
			buf_printf(warnings, "%s\n", one->error);
	}
}

int
settings_files_read(const struct os_home *home, struct settings *ret_settings,
    struct profiles *ret_profiles, struct buf *error, struct buf *warnings)
{
	struct settings s;
	int r;

	settings_init(&s);
	r = read_settings(home, &s, error);
	if (r) {
		settings_deinit(&s);
		return r;
	}
	profiles_init(ret_profiles);
	read_profiles(home, ret_profiles, warnings);
	*ret_settings = s;
	return 0;
}
