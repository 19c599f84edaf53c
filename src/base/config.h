/* config.h: YAML files people write, as a tree that remembers where things
 * stand.  The door to libyaml.
 *
 * Only what a settings file needs: one document of maps, lists and scalars.
 * Anchors, aliases, tags, duplicate keys and a second document are refused.
 * Every error is one sentence "FILE:LINE:COLUMN: …" in a buf of the caller.
 *
 * Tables of struct config_field read a map into a struct; unknown keys are
 * refused with the list of known ones, and on an error the struct is left as
 * it was apart from fields already read (free it with config_free_fields()). */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

enum config_kind { CONFIG_SCALAR, CONFIG_LIST, CONFIG_MAP };

struct config_node {
	enum config_kind kind;
	unsigned line, column; /* 1-based, of the value */
	char *key;             /* member of a map */
	unsigned key_line, key_column;
	char *text; /* SCALAR */
	bool plain; /* SCALAR: without quotes */
	struct config_node *child, *next;
};

enum config_outcome { CONFIG_E_BAD = 1 };

/* `file` is the name used in errors.  An empty document gives an empty map. */
int config_parse(struct str text, const char *file, struct config_node **ret,
    struct buf *error) MUST_CHECK;
struct config_node *config_free(struct config_node *n); /* NULL is fine; returns NULL */
const struct config_node *config_get(const struct config_node *map, const char *key);
int config_error(const char *file, const struct config_node *at, struct buf *error,
    const char *fmt, ...) PRINTF(4, 5); /* writes the sentence; returns CONFIG_E_BAD */

enum config_type {
	CONFIG_TEXT,     /* char *, heap */
	CONFIG_INT,      /* int64_t, min..max */
	CONFIG_BOOL,     /* bool: true or false */
	CONFIG_BYTES,    /* uint64_t: 4096, 64K, 1M */
	CONFIG_DURATION, /* uint64_t milliseconds: 500ms, 10s, 2m; a bare number is
			    seconds */
	CONFIG_SIZE,     /* uint16_t[2]: COLSxROWS within the limits */
	CONFIG_CHOICE,   /* int: index into choices "a|b|c" */
	CONFIG_TEXTS,    /* char **, ends with NULL; a single scalar is a list of one */
	CONFIG_PAIRS,    /* char **, ends with NULL, "key=value" each */
};

struct config_field {
	const char *name;
	enum config_type type;
	size_t at;        /* offsetof() */
	int64_t min, max; /* INT, BYTES, DURATION (0, 0: any) */
	const char *choices;
};

int config_read(const struct config_node *map, const char *file,
    const struct config_field *fields, size_t n, void *into,
    struct buf *error) MUST_CHECK;
void config_free_fields(const struct config_field *fields, size_t n, void *of);

/* Helpers for the NULL-ended lists above. */
char **config_texts_dup(char *const *texts); /* NULL gives NULL */
void config_texts_free(char **texts);
size_t config_texts_count(char *const *texts);

static inline void
cleanup_config_nodep(struct config_node **n)
{
	(void)config_free(*n);
}

#define cleanup_config __attribute__((__cleanup__(cleanup_config_nodep)))

#endif
