/* style.h: what a cell looks like, as a number.
 *
 * Cells hold a 16-bit style number; the table gives its value.  Number 0 is
 * the default look and always there.  Equal values get equal numbers.  When
 * the table is full its owner marks what is in use (style_mark()) between
 * style_sweep_begin() and style_sweep_end(); what was not marked is free
 * again.  Links (OSC 8) are interned in the same way and live as long as a
 * style names them. */
#ifndef TERM_STYLE_H
#define TERM_STYLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define STYLE_MAX            65535u
#define STYLE_LINK_MAX       4096u
#define STYLE_LINK_BYTES_MAX (512u << 10) /* all links of one term together */

/* Colours: 0 default, else kind << 24 | value. */
#define COLOUR_INDEX(i) (1u << 24 | (uint32_t)(i))
#define COLOUR_RGB(r, g, b)                                                              \
	(2u << 24 | (uint32_t)(r) << 16 | (uint32_t)(g) << 8 | (uint32_t)(b))

#define STYLE_ATTR_MASK           0x01ffu /* enum term_attr */
#define STYLE_UNDERLINE(n)        ((uint16_t)((n) << 12))
#define STYLE_UNDERLINE_MASK      0x7000u
#define STYLE_UNDERLINE_OF(attrs) (((attrs)&STYLE_UNDERLINE_MASK) >> 12)
#define STYLE_FREE                0x8000u /* a slot that holds nothing */

struct style {
	uint32_t fg, bg, ul;
	uint16_t attrs; /* enum term_attr, and the kind of underline */
	uint16_t link;  /* 0 none */
};

struct style_link {
	char *text; /* id, NUL, URI, NUL; NULL: a free slot */
	uint32_t id_len, uri_len;
	bool marked;
};

struct style_table {
	struct style *at;
	uint32_t cap;   /* slots in `at` */
	uint32_t live;  /* of them in use, with number 0 */
	uint32_t hint;  /* where to look for a free slot */
	uint16_t *hash; /* numbers, 0 empty; hash_size slots */
	uint32_t hash_size;
	uint8_t *marks;
	struct style_link *link; /* number n stands at n - 1 */
	uint32_t links;
	size_t link_bytes;
};

void style_init(struct style_table *s);
void style_deinit(struct style_table *s);
/* The number of a value; -1: no slot is free. */
int style_intern(struct style_table *s, const struct style *v);
const struct style *style_of(const struct style_table *s, uint16_t id);
/* The number of a link; 0 when the table is full. */
uint16_t style_link_intern(struct style_table *s, struct str id, struct str uri);
struct str style_link_uri(const struct style_table *s, uint16_t link);
struct str style_link_id(const struct style_table *s, uint16_t link);

void style_sweep_begin(struct style_table *s);
void style_mark(struct style_table *s, uint16_t id);
void style_link_mark(struct style_table *s, uint16_t link);
/* Frees what was not marked; grows the table when little became free. */
void style_sweep_end(struct style_table *s);
bool style_link_is_full(const struct style_table *s, size_t more_bytes);
size_t style_memory(const struct style_table *s);

static inline bool
style_eq(const struct style *a, const struct style *b)
{
	return a->fg == b->fg && a->bg == b->bg && a->ul == b->ul &&
	       a->attrs == b->attrs && a->link == b->link;
}

#endif
