/* scrollback.c: a ring of rows, each one allocation: header, runs, text.
 *
 * In the text a cell is its UTF-8; NUL is a blank cell; 0x01 n starts a
 * cluster of n bytes and 0x02 n one that is two columns wide (programs can not
 * write these bytes into cells).  The width of a single code point needs no
 * mark: it is the table's.  A full ring reuses the allocation of the row that
 * it drops when the size is about right. */
#include "term/scrollback.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "term/width.h"

enum { MARK_CLUSTER = 1, MARK_WIDE_CLUSTER = 2 };

struct scrollback_row {
	uint32_t cap; /* bytes after the header */
	uint32_t text_len;
	uint16_t used, runs;
	bool wrapped;
	uint16_t data[]; /* runs: count, style; then the text */
};

void
scrollback_init(struct scrollback *s, uint32_t limit)
{
	*s = (struct scrollback){ .limit = limit };
}

void
scrollback_clear(struct scrollback *s)
{
	for (uint32_t i = 0; i < s->cap; i++)
		free(s->ring[i]);
	free(s->ring);
	free(s->scratch);
	*s = (struct scrollback){ .limit = s->limit };
}

void
scrollback_deinit(struct scrollback *s)
{
	scrollback_clear(s);
}

static struct scrollback_row *
row_at(const struct scrollback *s, uint32_t i)
{
	uint32_t at = s->first + i;

	assert(i < s->count);
	return s->ring[at < s->cap ? at : at - s->cap];
}

/* The slot for the next row; the ring grows up to the limit, then turns. */
static struct scrollback_row **
next_slot(struct scrollback *s)
{
	uint32_t at, cap;

	if (s->count == s->limit) {
		at = s->first;
		s->first = s->first + 1 == s->cap ? 0 : s->first + 1;
		return &s->ring[at];
	}
	if (s->count == s->cap) {
		assert(s->first == 0);
		cap = s->cap ? s->cap * 2 : 64;
		if (cap > s->limit)
			cap = s->limit;
		s->ring = xrealloc(s->ring, cap, sizeof(struct scrollback_row *));
		memset(&s->ring[s->cap], 0,
		    (cap - s->cap) * sizeof(struct scrollback_row *));
		s->cap = cap;
	}
	return &s->ring[s->count++];
}

static void
scratch_need(struct scrollback *s, size_t bytes)
{
	if (bytes <= s->scratch_bytes)
		return;
	s->scratch = xrealloc(s->scratch, bytes, 1);
	s->scratch_bytes = bytes;
}

/* All cells one byte: the text is filled while that is checked. */
static bool
encode_ascii(const struct cell *cell, unsigned used, uint8_t *text)
{
	uint32_t seen = 0;

	for (unsigned i = 0; i < used; i++) {
		seen |= cell[i].text[0] | (uint32_t)cell[i].flags << 8;
		text[i] = cell[i].text[0];
	}
	return seen < 0x80;
}

static size_t
encode_text(
    const struct cell *cell, unsigned used, const struct cluster_table *c, uint8_t *text)
{
	uint8_t *at = text;

	for (unsigned i = 0; i < used; i++) {
		if (cell[i].flags & CELL_TAIL)
			continue;
		if (cell[i].text[0] == CELL_CLUSTER) {
			struct str t = cluster_text(c, cell_cluster(&cell[i]));

			*at++ =
			    cell[i].flags & CELL_WIDE ? MARK_WIDE_CLUSTER : MARK_CLUSTER;
			*at++ = (uint8_t)t.len;
			memcpy(at, t.p, t.len);
			at += t.len;
		} else {
			unsigned n = utf8_bytes(cell[i].text[0]);

			memcpy(at, cell[i].text, n);
			at += n;
		}
	}
	return (size_t)(at - text);
}

static unsigned
encode_runs(const struct cell *cell, unsigned used, uint16_t *run)
{
	unsigned n = 0;

	for (unsigned i = 0, from = 0; i < used; from = i) {
		while (i < used && cell[i].style == cell[from].style)
			i++;
		run[n++] = (uint16_t)(i - from);
		run[n++] = cell[from].style;
	}
	return n / 2;
}

void
scrollback_push(struct scrollback *s, const struct row *r, const struct cluster_table *c)
{
	unsigned used = r->used, runs, clusters = 0;
	struct scrollback_row **slot, *row;
	uint16_t *run;
	uint8_t *text;
	size_t len, need;

	if (!s->limit)
		return;
	while (used && cell_is_zero(&r->cells[used - 1]))
		used--;
	scratch_need(s, used * 8u + 8);
	run = (uint16_t *)(void *)s->scratch;
	text = s->scratch + used * 4u;
	runs = encode_runs(r->cells, used, run);
	if (encode_ascii(r->cells, used, text)) {
		len = used;
	} else {
		for (unsigned i = 0; i < used; i++)
			clusters += r->cells[i].text[0] == CELL_CLUSTER;
		scratch_need(s, used * 8u + clusters * (CLUSTER_BYTES + 2));
		run = (uint16_t *)(void *)s->scratch;
		text = s->scratch + used * 4u;
		len = encode_text(r->cells, used, c, text);
	}
	slot = next_slot(s);
	row = *slot;
	need = runs * 4u + len;
	if (!row || row->cap < need || row->cap > need * 2 + 64) {
		if (row)
			s->bytes -= sizeof(*row) + row->cap;
		free(row);
		row = *slot = xcalloc(1, sizeof(*row) + need);
		row->cap = (uint32_t)need;
		s->bytes += sizeof(*row) + need;
	}
	row->used = (uint16_t)used;
	row->runs = (uint16_t)runs;
	row->text_len = (uint32_t)len;
	row->wrapped = r->wrapped;
	memcpy(row->data, run, runs * 4u);
	memcpy((uint8_t *)row->data + runs * 4u, text, len);
}

void
scrollback_mark_styles(const struct scrollback *s, struct style_table *styles)
{
	for (uint32_t i = 0; i < s->count; i++) {
		const struct scrollback_row *r = row_at(s, i);

		for (unsigned k = 0; k < r->runs; k++)
			style_mark(styles, r->data[2 * k + 1]);
	}
}

unsigned
scrollback_widest(const struct scrollback *s)
{
	unsigned widest = 0;

	for (uint32_t i = 0; i < s->count; i++)
		if (row_at(s, i)->used > widest)
			widest = row_at(s, i)->used;
	return widest;
}

size_t
scrollback_memory(const struct scrollback *s)
{
	return s->cap * sizeof(struct scrollback_row *) + s->scratch_bytes + s->bytes;
}

struct row_iter
term_row_iter_grid(const struct row *r, const struct cluster_table *c)
{
	return (struct row_iter){
		.clusters = c, .cell = r->cells, .used = r->used, .wrapped = r->wrapped
	};
}

struct row_iter
term_row_iter_scrollback(const struct scrollback *s, uint32_t row)
{
	const struct scrollback_row *r = row_at(s, row);
	const uint8_t *text = (const uint8_t *)(r->data + 2 * r->runs);

	return (struct row_iter){
		.text = text,
		.end = text + r->text_len,
		.run = r->data,
		.run_left = r->runs ? r->data[0] : 0,
		.used = r->used,
		.wrapped = r->wrapped,
	};
}

static bool
next_of_grid(struct row_iter *it, struct row_item *ret)
{
	const struct cell *c = &it->cell[it->col];
	struct str text = STR_NONE;

	if (c->text[0] == CELL_CLUSTER)
		text = cluster_text(it->clusters, cell_cluster(c));
	else if (c->text[0])
		text = str_make((const char *)c->text, utf8_bytes(c->text[0]));
	*ret = (struct row_item){ .col = it->col,
		.width = c->flags & CELL_WIDE ? 2 : 1,
		.style = c->style,
		.text = text };
	it->col += ret->width;
	return true;
}

static bool
next_of_scrollback(struct row_iter *it, struct row_item *ret)
{
	uint8_t lead = *it->text;
	uint8_t width = 1;
	size_t len;

	while (!it->run_left) {
		it->run += 2;
		it->run_left = it->run[0];
	}
	if (lead == MARK_CLUSTER || lead == MARK_WIDE_CLUSTER) {
		width = lead == MARK_WIDE_CLUSTER ? 2 : 1;
		len = it->text[1];
		it->text += 2;
	} else {
		len = utf8_bytes(lead);
		if (len > 2) /* nothing below U+0800 is wide */
			width = width_is_wide(it->text, len) ? 2 : 1;
	}
	*ret = (struct row_item){ .col = it->col,
		.width = width,
		.style = it->run[1],
		.text = lead ? str_make((const char *)it->text, len) : STR_NONE };
	it->text += len;
	it->col += width;
	/* A wide character's two cells always have one style. */
	it->run_left -= width < it->run_left ? width : it->run_left;
	return true;
}

bool
term_row_next(struct row_iter *it, struct row_item *ret)
{
	if (it->col >= it->used)
		return false;
	return it->cell ? next_of_grid(it, ret) : next_of_scrollback(it, ret);
}
