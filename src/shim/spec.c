/* How it works.  One pass over the strings; a number is a row of a table with
 * its limits, so each bad field is named by the row that refused it. */
#include "shim/spec.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

struct words {
	char *at, *end;
};

int
spec_read(int fd, char *buf, size_t cap, size_t *ret_len)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, buf + len, cap - len)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		len += (size_t)n;
		if (len == cap)
			return -E2BIG;
	}
	*ret_len = len;
	return 0;
}

/* The next string; NULL at the end and for one that is not terminated. */
static char *
next_word(struct words *w)
{
	char *word = w->at;
	char *nul = memchr(word, '\0', (size_t)(w->end - word));

	if (!nul)
		return NULL;
	w->at = nul + 1;
	return word;
}

static bool
next_number(struct words *w, uint64_t least, uint64_t most, uint64_t *ret)
{
	const char *c = next_word(w);
	uint64_t v = 0;

	if (!c || !*c || (c[0] == '0' && c[1]))
		return false;
	for (; *c; c++) {
		if (*c < '0' || *c > '9' || v > most / 10)
			return false;
		v = v * 10 + (uint64_t)(*c - '0');
	}
	*ret = v;
	return v >= least && v <= most;
}

/* A list "count, word…" into a NULL-terminated vector that `words` has room for. */
static bool
next_list(struct words *w, uint64_t least, uint64_t most, char ***words, char ***ret)
{
	uint64_t count;

	if (!next_number(w, least, most, &count))
		return false;
	*ret = *words;
	for (uint64_t i = 0; i < count; i++) {
		if (!(**words = next_word(w)))
			return false;
		(*words)++;
	}
	*(*words)++ = NULL;
	return true;
}

static bool
is_session(const char *z)
{
	return z && strlen(z) == 36 && strspn(z, "0123456789abcdef-") == 36;
}

static bool
is_path(const char *z)
{
	return z && z[0] == '/' && strlen(z) < LIMIT_PATH_BYTES;
}

const char *
spec_parse(struct spec *s, char *text, size_t len, char **words)
{
	struct words words_left = { .at = text, .end = text + len }, *w = &words_left;
	uint64_t generation, cols, rows, linger;
	const char *word = next_word(w);

	if (!word || strcmp(word, "belay-shim-spec 1") != 0)
		return "version";
	if (!is_session(s->session = next_word(w)))
		return "session";
	if (!next_number(w, 0, UINT32_MAX, &generation))
		return "generation";
	if (!next_number(w, LIMIT_COLS_MIN, LIMIT_COLS_MAX, &cols))
		return "cols";
	if (!next_number(w, LIMIT_ROWS_MIN, LIMIT_ROWS_MAX, &rows))
		return "rows";
	if (!next_number(w, LIMIT_RING_MIN, LIMIT_RING_MAX, &s->ring_bytes))
		return "ring";
	if (!next_number(w, 0, UINT32_MAX, &linger))
		return "linger";
	word = next_word(w);
	if (!word || (strcmp(word, "pty") != 0 && strcmp(word, "pipe") != 0))
		return "mode";
	s->pipe = strcmp(word, "pipe") == 0;
	if (!is_path(s->cwd = next_word(w)))
		return "cwd";
	if (!is_path(s->program = next_word(w)))
		return "program";
	if (!next_list(w, 1, LIMIT_ARGV, &words, &s->argv))
		return "argv";
	if (!next_list(w, 0, LIMIT_ENV, &words, &s->env))
		return "env";
	for (char **env = s->env; *env; env++) {
		if (!strchr(*env, '=') || **env == '=')
			return "env";
	}
	s->generation = (uint32_t)generation;
	s->cols = (uint16_t)cols;
	s->rows = (uint16_t)rows;
	s->linger_s = (uint32_t)linger;
	return w->at == w->end ? NULL : "end";
}
