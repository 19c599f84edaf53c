/* libyaml's event parser drives a small stack of open collections; each event
 * becomes a node at the end of the innermost one.  A map alternates between
 * waiting for a key and waiting for its value. */
#include "base/config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/limits.h"

enum { CONFIG_DEPTH = 16 };

struct config_node *
config_free(struct config_node *n)
{
	while (n) {
		struct config_node *next = n->next;

		(void)config_free(n->child); /* at most CONFIG_DEPTH deep */
		free(n->key);
		free(n->text);
		free(n);
		n = next;
	}
	return NULL;
}

const struct config_node *
config_get(const struct config_node *map, const char *key)
{
	if (!map || map->kind != CONFIG_MAP)
		return NULL;
	for (const struct config_node *n = map->child; n; n = n->next)
		if (!strcmp(n->key, key))
			return n;
	return NULL;
}

static int PRINTF(5, 6) error_at(const char *file, unsigned line, unsigned column,
    struct buf *error, const char *fmt, ...)
{
	va_list ap;

	buf_clear(error);
	buf_printf(error, "%s:%u:%u: ", file, line, column);
	va_start(ap, fmt);
	buf_vprintf(error, fmt, ap);
	va_end(ap);
	return CONFIG_E_BAD;
}

int
config_error(const char *file, const struct config_node *at, struct buf *error,
    const char *fmt, ...)
{
	va_list ap;

	buf_clear(error);
	buf_printf(error, "%s:%u:%u: ", file, at->line, at->column);
	va_start(ap, fmt);
	buf_vprintf(error, fmt, ap);
	va_end(ap);
	return CONFIG_E_BAD;
}

struct reader {
	const char *file;
	struct buf *error;
	struct config_node *open[CONFIG_DEPTH];
	struct config_node *last[CONFIG_DEPTH]; /* last child of open[i] */
	unsigned depth;
	struct config_node *key; /* a member whose value is still to come */
	struct config_node *root;
	bool second;
};

static int
add_key(struct reader *rd, const yaml_event_t *e, unsigned line, unsigned column)
{
	struct config_node *map = rd->open[rd->depth - 1];
	const char *text = (const char *)e->data.scalar.value;

	if (e->type != YAML_SCALAR_EVENT)
		return error_at(
		    rd->file, line, column, rd->error, "a key must be plain text");
	if (config_get(map, text))
		return error_at(rd->file, line, column, rd->error,
		    "key '%s' stands here twice", text);
	rd->key = xnew(struct config_node);
	rd->key->key = xstrdup(text);
	rd->key->key_line = line;
	rd->key->key_column = column;
	return 0;
}

static int
add_value(struct reader *rd, const yaml_event_t *e, unsigned line, unsigned column)
{
	struct config_node *n = rd->key ? TAKE_PTR(rd->key) : xnew(struct config_node);

	n->line = line;
	n->column = column;
	if (!rd->depth) {
		rd->root = n;
	} else {
		struct config_node *last = rd->last[rd->depth - 1];

		if (last)
			last->next = n;
		else
			rd->open[rd->depth - 1]->child = n;
		rd->last[rd->depth - 1] = n;
	}
	if (e->type == YAML_SCALAR_EVENT) {
		n->kind = CONFIG_SCALAR;
		n->text =
		    xstrndup((const char *)e->data.scalar.value, e->data.scalar.length);
		n->plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
		if (strlen(n->text) != e->data.scalar.length)
			return error_at(
			    rd->file, line, column, rd->error, "a NUL is not allowed");
		return 0;
	}
	n->kind = e->type == YAML_MAPPING_START_EVENT ? CONFIG_MAP : CONFIG_LIST;
	if (rd->depth == CONFIG_DEPTH)
		return error_at(rd->file, line, column, rd->error, "nested too deeply");
	rd->open[rd->depth] = n;
	rd->last[rd->depth++] = NULL;
	return 0;
}

static int
on_event(struct reader *rd, const yaml_event_t *e)
{
	unsigned line = (unsigned)e->start_mark.line + 1,
		 column = (unsigned)e->start_mark.column + 1;
	const yaml_char_t *anchor = NULL;

	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (rd->second)
			return error_at(
			    rd->file, line, column, rd->error, "a second document");
		rd->second = true;
		return 0;
	case YAML_ALIAS_EVENT:
		return error_at(
		    rd->file, line, column, rd->error, "aliases are not allowed");
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		rd->depth--;
		return 0;
	case YAML_SCALAR_EVENT:
		anchor =
		    e->data.scalar.anchor ? e->data.scalar.anchor : e->data.scalar.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = e->data.mapping_start.anchor ? e->data.mapping_start.anchor
						      : e->data.mapping_start.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = e->data.sequence_start.anchor ? e->data.sequence_start.anchor
						       : e->data.sequence_start.tag;
		break;
	default:
		return 0;
	}
	if (anchor)
		return error_at(rd->file, line, column, rd->error,
		    "anchors and tags are not allowed");
	if (rd->depth && rd->open[rd->depth - 1]->kind == CONFIG_MAP && !rd->key)
		return add_key(rd, e, line, column);
	return add_value(rd, e, line, column);
}

int
config_parse(
    struct str text, const char *file, struct config_node **ret, struct buf *error)
{
	struct reader rd = { .file = file, .error = error };
	yaml_parser_t parser;
	bool end = false;
	int r = 0;

	if (text.len > LIMIT_CONFIG_BYTES)
		return error_at(
		    file, 1, 1, error, "larger than %u bytes", LIMIT_CONFIG_BYTES);
	if (!yaml_parser_initialize(&parser))
		return fault(-ENOMEM);
	yaml_parser_set_input_string(
	    &parser, (const unsigned char *)(text.len ? text.p : ""), text.len);
	while (!end && !r) {
		yaml_event_t e;

		if (!yaml_parser_parse(&parser, &e)) {
			r = error_at(file, (unsigned)parser.problem_mark.line + 1,
			    (unsigned)parser.problem_mark.column + 1, error, "%s",
			    parser.problem ? parser.problem : "not YAML");
			break;
		}
		end = e.type == YAML_STREAM_END_EVENT;
		r = on_event(&rd, &e);
		yaml_event_delete(&e);
	}
	yaml_parser_delete(&parser);
	(void)config_free(rd.key);
	if (r) {
		(void)config_free(rd.root);
		return r;
	}
	if (!rd.root) {
		rd.root = xnew(struct config_node);
		rd.root->kind = CONFIG_MAP;
		rd.root->line = rd.root->column = 1;
	}
	*ret = rd.root;
	return 0;
}

/* --- Lists of texts ------------------------------------------------------- */

size_t
config_texts_count(char *const *texts)
{
	size_t n = 0;

	while (texts && texts[n])
		n++;
	return n;
}

char **
config_texts_dup(char *const *texts)
{
	size_t n = config_texts_count(texts);
	char **copy;

	if (!texts)
		return NULL;
	copy = xnew_n(char *, n + 1);
	for (size_t i = 0; i < n; i++)
		copy[i] = xstrdup(texts[i]);
	return copy;
}

void
config_texts_free(char **texts)
{
	for (size_t i = 0; texts && texts[i]; i++)
		free(texts[i]);
	free(texts);
}

/* --- Fields ------------------------------------------------------------------ */

struct place {
	const char *file;
	const struct config_field *f;
	const struct config_node *n;
	struct buf *error;
};

static int
bad(const struct place *p, const char *expected)
{
	if (p->n->kind == CONFIG_SCALAR)
		return config_error(p->file, p->n, p->error, "%s: '%s' is not %s",
		    p->f->name, p->n->text, expected);
	return config_error(p->file, p->n, p->error, "%s: expected %s, found a %s",
	    p->f->name, expected, p->n->kind == CONFIG_MAP ? "map" : "list");
}

static int
range(const struct place *p, int64_t v)
{
	if ((p->f->min || p->f->max) && (v < p->f->min || v > p->f->max))
		return config_error(p->file, p->n, p->error,
		    "%s: '%s' is out of range, expected %" PRId64 " to %" PRId64,
		    p->f->name, p->n->text, p->f->min, p->f->max);
	return 0;
}

static int
read_text(const struct place *p, void *at)
{
	if (p->n->kind != CONFIG_SCALAR)
		return bad(p, "text");
	free(*(char **)at);
	*(char **)at = xstrdup(p->n->text);
	return 0;
}

static int
read_int(const struct place *p, void *at)
{
	int64_t v;

	if (p->n->kind != CONFIG_SCALAR || !str_to_i64(str_of(p->n->text), &v))
		return bad(p, "a whole number");
	if (range(p, v))
		return CONFIG_E_BAD;
	*(int64_t *)at = v;
	return 0;
}

static int
read_bool(const struct place *p, void *at)
{
	if (p->n->kind != CONFIG_SCALAR ||
	    (strcmp(p->n->text, "true") != 0 && strcmp(p->n->text, "false") != 0))
		return bad(p, "true or false");
	*(bool *)at = !strcmp(p->n->text, "true");
	return 0;
}

static int
read_bytes(const struct place *p, void *at)
{
	uint64_t v;

	if (p->n->kind != CONFIG_SCALAR || !str_to_bytes(str_of(p->n->text), &v) ||
	    v > INT64_MAX)
		return bad(p, "a number of bytes such as 64K or 1M");
	if (range(p, (int64_t)v))
		return CONFIG_E_BAD;
	*(uint64_t *)at = v;
	return 0;
}

static int
read_duration(const struct place *p, void *at)
{
	uint64_t v;

	if (p->n->kind != CONFIG_SCALAR || !str_to_ms(str_of(p->n->text), &v) ||
	    v > INT64_MAX)
		return bad(p, "a time such as 500ms, 10s or 2m");
	if (range(p, (int64_t)v))
		return CONFIG_E_BAD;
	*(uint64_t *)at = v;
	return 0;
}

static int
read_size(const struct place *p, void *at)
{
	struct str rest = str_of(p->n->text), cols;
	int64_t c, r;

	if (p->n->kind != CONFIG_SCALAR)
		return bad(p, "a size such as 120x30");
	cols = str_cut(&rest, 'x');
	if (!str_to_i64(cols, &c) || !str_to_i64(rest, &r))
		return bad(p, "a size such as 120x30");
	if (c < LIMIT_COLS_MIN || c > LIMIT_COLS_MAX || r < LIMIT_ROWS_MIN ||
	    r > LIMIT_ROWS_MAX)
		return config_error(p->file, p->n, p->error,
		    "%s: '%s' is out of range, expected %ux%u to %ux%u", p->f->name,
		    p->n->text, LIMIT_COLS_MIN, LIMIT_ROWS_MIN, LIMIT_COLS_MAX,
		    LIMIT_ROWS_MAX);
	((uint16_t *)at)[0] = (uint16_t)c;
	((uint16_t *)at)[1] = (uint16_t)r;
	return 0;
}

static int
read_choice(const struct place *p, void *at)
{
	struct str rest = str_of(p->f->choices);
	cleanup_buf struct buf expected = BUF(512);

	if (p->n->kind == CONFIG_SCALAR)
		for (int i = 0; rest.len; i++)
			if (str_eqz(str_cut(&rest, '|'), p->n->text)) {
				*(int *)at = i;
				return 0;
			}
	buf_printf(&expected, "one of %s", p->f->choices);
	return bad(p, buf_text(&expected));
}

static int
read_texts(const struct place *p, void *at)
{
	size_t n = 0;
	char **texts;

	if (p->n->kind == CONFIG_MAP)
		return bad(p, "a list of texts");
	for (const struct config_node *c = p->n->child; c; c = c->next, n++)
		if (c->kind != CONFIG_SCALAR)
			return config_error(p->file, c, p->error,
			    "%s: every entry must be text", p->f->name);
	texts = xnew_n(char *, n + 2);
	n = 0;
	if (p->n->kind == CONFIG_SCALAR)
		texts[n++] = xstrdup(p->n->text);
	for (const struct config_node *c = p->n->child; c; c = c->next)
		texts[n++] = xstrdup(c->text);
	config_texts_free(*(char ***)at);
	*(char ***)at = texts;
	return 0;
}

static int
read_pairs(const struct place *p, void *at)
{
	size_t n = 0;
	char **pairs;

	if (p->n->kind != CONFIG_MAP)
		return bad(p, "a map of texts");
	for (const struct config_node *c = p->n->child; c; c = c->next, n++) {
		if (c->kind != CONFIG_SCALAR)
			return config_error(p->file, c, p->error, "%s.%s: expected text",
			    p->f->name, c->key);
		if (!*c->key || strchr(c->key, '='))
			return config_error(p->file, c, p->error,
			    "%s: '%s' can not be a name", p->f->name, c->key);
	}
	pairs = xnew_n(char *, n + 1);
	n = 0;
	for (const struct config_node *c = p->n->child; c; c = c->next) {
		cleanup_buf struct buf b = BUF_UNLIMITED;

		buf_printf(&b, "%s=%s", c->key, c->text);
		pairs[n++] = buf_take(&b);
	}
	config_texts_free(*(char ***)at);
	*(char ***)at = pairs;
	return 0;
}

static int (*const readers[])(const struct place *, void *) = {
	[CONFIG_TEXT] = read_text,
	[CONFIG_INT] = read_int,
	[CONFIG_BOOL] = read_bool,
	[CONFIG_BYTES] = read_bytes,
	[CONFIG_DURATION] = read_duration,
	[CONFIG_SIZE] = read_size,
	[CONFIG_CHOICE] = read_choice,
	[CONFIG_TEXTS] = read_texts,
	[CONFIG_PAIRS] = read_pairs,
};

static int
unknown(const struct config_node *n, const char *file, const struct config_field *fields,
    size_t nf, struct buf *error)
{
	cleanup_buf struct buf known = BUF(4096);

	for (size_t i = 0; i < nf; i++)
		buf_printf(&known, "%s%s", i ? ", " : "", fields[i].name);
	return error_at(file, n->key_line, n->key_column, error,
	    "unknown key '%s', expected one of %s", n->key, buf_text(&known));
}

int
config_read(const struct config_node *map, const char *file,
    const struct config_field *fields, size_t nf, void *into, struct buf *error)
{
	if (map->kind != CONFIG_MAP)
		return config_error(
		    file, map, error, "expected a map of keys and values");
	for (const struct config_node *n = map->child; n; n = n->next) {
		const struct config_field *f = NULL;
		struct place p = { .file = file, .n = n, .error = error };

		for (size_t i = 0; i < nf && !f; i++)
			if (!strcmp(fields[i].name, n->key))
				f = &fields[i];
		if (!f)
			return unknown(n, file, fields, nf, error);
		p.f = f;
		if (readers[f->type](&p, (char *)into + f->at))
			return CONFIG_E_BAD;
	}
	return 0;
}

void
config_free_fields(const struct config_field *fields, size_t n, void *of)
{
	for (size_t i = 0; i < n; i++) {
		void *at = (char *)of + fields[i].at;

		if (fields[i].type == CONFIG_TEXT) {
			free(*(char **)at);
			*(char **)at = NULL;
		} else if (fields[i].type == CONFIG_TEXTS ||
			   fields[i].type == CONFIG_PAIRS) {
			config_texts_free(*(char ***)at);
			*(char ***)at = NULL;
		}
	}
}
