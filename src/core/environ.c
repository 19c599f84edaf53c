#include "core/environ.h"

#include <string.h>
#include <unistd.h>

#include "base/config.h"

struct vars {
	char **list;
	size_t len, cap;
};

/* clang-format off */
/* Of the daemon, or of the terminal and the shell it happened to be started from. */
static char *const not_inherited[] = {
	(char[]){ "BELAY_*" }, (char[]){ "LISTEN_*" }, (char[]){ "NOTIFY_SOCKET" },
	(char[]){ "JOURNAL_STREAM" }, (char[]){ "INVOCATION_ID" }, (char[]){ "FAULT_*" },
	(char[]){ "PWD" }, (char[]){ "OLDPWD" }, (char[]){ "SHLVL" }, (char[]){ "_" },
	(char[]){ "COLUMNS" }, (char[]){ "LINES" }, (char[]){ "TMUX*" }, (char[]){ "STY" },
	(char[]){ "WINDOWID" }, (char[]){ "TERM_PROGRAM*" }, (char[]){ "VTE_VERSION" }, NULL,
};

/* clang-format on */

static void
put(struct vars *v, char *text /* taken */)
{
	size_t name = strcspn(text, "=") + 1;

	for (size_t i = 0; i < v->len; i++)
		if (!strncmp(v->list[i], text, name)) {
			free(v->list[i]);
			v->list[i] = text;
			return;
		}
	if (v->len + 1 >= v->cap) {
		v->cap = v->cap ? v->cap * 2 : 64;
		v->list = xrealloc(v->list, v->cap, sizeof(*v->list));
	}
	v->list[v->len++] = text;
	v->list[v->len] = NULL;
}

static void PRINTF(2, 3) putf(struct vars *v, const char *fmt, ...)
{
	cleanup_buf struct buf b = BUF_UNLIMITED;
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	put(v, buf_take(&b));
}

static void
drop(struct vars *v, char *const *patterns)
{
	size_t kept = 0;

	for (size_t i = 0; i < v->len; i++) {
		struct str name = str_make(v->list[i], strcspn(v->list[i], "="));

		if (profiles_match(patterns, name))
			free(v->list[i]);
		else
			v->list[kept++] = v->list[i];
	}
	v->len = kept;
	v->list[kept] = NULL;
}

const char *
environ_get(char *const *env, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; env && env[i]; i++)
		if (!strncmp(env[i], name, len) && env[i][len] == '=')
			return env[i] + len + 1;
	return NULL;
}

char **
environ_make(const struct session *s, const struct profile *profile, char *const *given)
{
	struct vars v = { 0 };

	for (char **e = environ; e && *e; e++)
		if (strchr(*e, '='))
			put(&v, xstrdup(*e));
	putf(&v, "TERM=%s", s->pipe ? "dumb" : "xterm-256color");
	if (!s->pipe)
		putf(&v, "COLORTERM=truecolor");
	drop(&v, not_inherited);
	if (profile) {
		char **set = environ_expand(s, profile->env, v.list);

		drop(&v, profile->unset);
		for (size_t i = 0; set && set[i]; i++)
			put(&v, xstrdup(set[i]));
		config_texts_free(set);
	}
	for (size_t i = 0; given && given[i]; i++)
		put(&v, xstrdup(given[i]));
	putf(&v, "PWD=%s", s->cwd);
	putf(&v, "BELAY_SESSION_ID=%s", s->id_text);
	putf(&v, "BELAY_SESSION_NAME=%s", s->name);
	putf(&v, "BELAY_GENERATION=%u", s->generation);
	putf(&v, "BELAY_SOCKET=%s", s->core->home->socket);
	return v.list;
}

static const char *
shell_of(const struct session *s, char *const *env)
{
	const char *shell = s->core->settings.shell;

	if (!shell || !*shell)
		shell = environ_get(env, "SHELL");
	return shell && *shell ? shell : "/bin/sh";
}

char **
environ_expand(const struct session *s, char *const *words, char *const *env)
{
	const struct {
		const char *word, *value;
	} known[] = {
		{ "{shell}", shell_of(s, env) },
		{ "{task}", s->task ? s->task : "" },
		{ "{name}", s->name },
		{ "{id}", s->id_text },
	};

	size_t n = config_texts_count(words);
	char **out;

	if (!words)
		return NULL;
	out = xnew_n(char *, n + 1);
	for (size_t i = 0; i < n; i++) {
		cleanup_buf struct buf b = BUF_UNLIMITED;

		for (const char *p = words[i]; *p;) {
			size_t k = 0;

			while (k < ARRAY_LEN(known) &&
			       strncmp(p, known[k].word, strlen(known[k].word)) != 0)
				k++;
			if (k < ARRAY_LEN(known)) {
				buf_puts(&b, known[k].value);
				p += strlen(known[k].word);
			} else {
				buf_putc(&b, *p++);
			}
		}
		out[i] = buf_take(&b);
	}
	return out;
}
