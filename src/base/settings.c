#include "base/settings.h"

#include "base/config.h"
#include "base/limits.h"
#include "base/log.h"

#define AT(member) offsetof(struct settings, member)

/* clang-format off */
static const struct config_field fields[] = {
	{ "ring_bytes",      CONFIG_BYTES,    AT(ring_bytes), LIMIT_RING_MIN, LIMIT_RING_MAX, NULL },
	{ "scrollback_rows", CONFIG_INT,      AT(scrollback_rows), 0, LIMIT_SCROLLBACK_ROWS, NULL },
	{ "size",            CONFIG_SIZE,     AT(size), 0, 0, NULL },
	{ "linger",          CONFIG_DURATION, AT(linger_ms), 1000, 30LL * 86400000, NULL },
	{ "stop_grace",      CONFIG_DURATION, AT(stop_grace_ms), 0, 3600000, NULL },
	{ "shell",           CONFIG_TEXT,     AT(shell), 0, 0, NULL },
	{ "detach_keys",     CONFIG_TEXTS,    AT(detach_keys), 0, 0, NULL },
	{ "log_level",       CONFIG_CHOICE,   AT(log_level), 0, 0, "debug|info|warn|error" },
	{ "pass_env",        CONFIG_TEXTS,    AT(pass_env), 0, 0, NULL },
	{ "retain_events",   CONFIG_INT,      AT(retain_events), 0, INT64_MAX, NULL },
};

static const char *const default_detach[] = { "C-q", "C-b d", NULL };
static const char *const default_pass[] = {
	"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_*", "TZ",
	"EDITOR", "VISUAL", "PAGER", "BROWSER", "SSH_AUTH_SOCK", "SSH_AGENT_PID", "GPG_TTY",
	"DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "XDG_*",
	"http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
	"VIRTUAL_ENV", "ANTHROPIC_*", "CLAUDE_CONFIG_DIR", "OPENAI_*", "CODEX_HOME", "GEMINI_*",
	"GOOGLE_*", NULL,
};

/* clang-format on */

static char **
copy(const char *const *texts)
{
	size_t n = 0;
	char **c;

	while (texts[n])
		n++;
	c = xnew_n(char *, n + 1);
	for (size_t i = 0; i < n; i++)
		c[i] = xstrdup(texts[i]);
	return c;
}

void
settings_init(struct settings *s)
{
	*s = (struct settings){
		.ring_bytes = LIMIT_RING_DEFAULT,
		.scrollback_rows = 2000,
		.size = { 120, 30 },
		.linger_ms = 86400000,
		.stop_grace_ms = 10000,
		.detach_keys = copy(default_detach),
		.log_level = LOG_INFO,
		.pass_env = copy(default_pass),
		.retain_events = 1000000,
	};
}

void
settings_deinit(struct settings *s)
{
	config_free_fields(fields, ARRAY_LEN(fields), s);
}

int
settings_parse(struct settings *s, struct str text, const char *file, struct buf *error)
{
	cleanup_config struct config_node *root = NULL;
	struct settings fresh;
	int r;

	r = config_parse(text, file, &root, error);
	if (r)
		return r < 0 ? r : SETTINGS_E_BAD;
	settings_init(&fresh);
	r = config_read(root, file, fields, ARRAY_LEN(fields), &fresh, error);
	if (r) {
		settings_deinit(&fresh);
		return SETTINGS_E_BAD;
	}
	settings_deinit(s);
	*s = fresh;
	return 0;
}

const char *
settings_key(size_t i)
{
	return i < ARRAY_LEN(fields) ? fields[i].name : NULL;
}
