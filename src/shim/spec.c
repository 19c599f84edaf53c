/* How it works.  One pass over the strings; each field is a row that reads
 * it, and names it when it is wrong. */
#include "shim/spec.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int
spec_read(int fd, char *buf, size_t cap, size_t *ret_len)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, buf + len, cap - len)) != 0) {
		if (n < 0)
			return -errno;
		len += (size_t)n;
		if (len == cap)
			return -E2BIG;
	}
	*ret_len = len;
	return 0;
}

struct words {
	char *at, *end;
};

/* The next string; false at the end and for one that is not terminated. */
static bool
get_text(struct words *w, const char **ret)
{
	char *nul = memchr(w->at, '\0', (size_t)(w->end - w->at));

	*ret = w->at;
	if (nul)
		w->at = nul + 1;
	return nul;
}

static bool
get_path(struct words *w, const char **ret)
{
	return get_text(w, ret) && **ret == '/' && strlen(*ret) < LIMIT_PATH_BYTES;
}

/* Plain decimal digits, without a sign or zeros before them. */
static bool
get_number(struct words *w, uint64_t least, uint64_t most, uint64_t *ret)
{
	const char *c;
	uint64_t v = 0;

	if (!get_text(w, &c) || !*c || (c[0] == '0' && c[1]))
		return false;
	for (; *c; c++) {
		if (*c < '0' || *c > '9' || v > most / 10)
			return false;
		v = v * 10 + (uint64_t)(*c - '0');
	}
	*ret = v;
	return v >= least && v <= most;
}

/* A list "count, word…" into a NULL-terminated vector that `room` has room for. */
static bool
get_list(
    struct words *w, uint64_t least, uint64_t most, const char ***room, const char ***ret)
{
	uint64_t count;

	if (!get_number(w, least, most, &count))
		return false;
	*ret = *room;
	for (; count > 0; count--) {
		if (!get_text(w, (*room)++))
			return false;
	}
	*(*room)++ = NULL;
	return true;
}

static bool
are_variables(const char **env)
{
	while (*env && strchr(*env, '=') && **env != '=')
		env++;
	return !*env;
}

const char *
spec_parse(struct spec *s, char *text, size_t len, const char **room)
{
	struct words words = { text, text + len }, *w = &words;
	static const char hex[] = "0123456789abcdef-";
	const char *version, *mode;

	/* clang-format off */
	if (!get_text(w, &version) || strcmp(version, "belay-shim-spec 1") != 0)    return "version";
	if (!get_text(w, &s->session) || strlen(s->session) != 36 ||
	    strspn(s->session, hex) != 36)                                          return "session";
	if (!get_number(w, 0, UINT32_MAX, &s->generation))                          return "generation";
	if (!get_number(w, LIMIT_COLS_MIN, LIMIT_COLS_MAX, &s->cols))               return "cols";
	if (!get_number(w, LIMIT_ROWS_MIN, LIMIT_ROWS_MAX, &s->rows))               return "rows";
	if (!get_number(w, LIMIT_RING_MIN, LIMIT_RING_MAX, &s->ring_bytes))         return "ring";
	if (!get_number(w, 0, UINT32_MAX, &s->linger_s))                            return "linger";
	if (!get_text(w, &mode) || (strcmp(mode, "pty") && strcmp(mode, "pipe")))   return "mode";
	if (!get_path(w, &s->cwd))                                                  return "cwd";
	if (!get_path(w, &s->program))                                              return "program";
	if (!get_list(w, 1, LIMIT_ARGV, &room, &s->argv))                           return "argv";
	if (!get_list(w, 0, LIMIT_ENV, &room, &s->env) || !are_variables(s->env))   return "env";
	/* clang-format on */
	s->pipe = strcmp(mode, "pipe") == 0;
	return w->at == w->end ? NULL : "end";
}
