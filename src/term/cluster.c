/* cluster.c: fixed slots in one array.  Sixty-four bytes a slot is more than a
 * text needs on average, but slots exist only where clusters do, and a fixed
 * size makes appending a mark free of allocation. */
#include "term/cluster.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void
cluster_deinit(struct cluster_table *c)
{
	free(c->at);
	free(c->marks);
	*c = (struct cluster_table){ 0 };
}

int32_t
cluster_new(struct cluster_table *c, struct str text)
{
	struct cluster *slot;

	assert(text.len && text.len <= CLUSTER_BYTES);
	while (c->hint < c->cap && c->at[c->hint].len)
		c->hint++;
	if (c->hint == c->cap)
		return -1;
	slot = &c->at[c->hint];
	memcpy(slot->text, text.p, text.len);
	slot->len = (uint8_t)text.len;
	return (int32_t)c->hint++;
}

bool
cluster_append(struct cluster_table *c, uint32_t id, struct str text)
{
	struct cluster *slot = &c->at[id];

	if (slot->len + text.len > CLUSTER_BYTES)
		return false;
	memcpy(slot->text + slot->len, text.p, text.len);
	slot->len = (uint8_t)(slot->len + text.len);
	return true;
}

struct str
cluster_text(const struct cluster_table *c, uint32_t id)
{
	assert(id < c->cap && c->at[id].len);
	return str_make(c->at[id].text, c->at[id].len);
}

void
cluster_sweep_begin(struct cluster_table *c)
{
	c->marks = xcalloc(c->cap ? c->cap : 1, 1);
}

void
cluster_mark(struct cluster_table *c, uint32_t id)
{
	assert(id < c->cap);
	c->marks[id] = 1;
}

void
cluster_sweep_end(struct cluster_table *c)
{
	uint32_t live = 0, cap;

	for (uint32_t i = 0; i < c->cap; i++) {
		if (c->marks[i])
			live++;
		else
			c->at[i].len = 0;
	}
	free(c->marks);
	c->marks = NULL;
	c->hint = 0;
	if (live < c->cap - c->cap / 4 || c->cap >= CLUSTER_MAX)
		return;
	cap = c->cap ? c->cap * 2 : 16;
	c->at = xrealloc(c->at, cap, sizeof(*c->at));
	for (uint32_t i = c->cap; i < cap; i++)
		c->at[i].len = 0;
	c->cap = cap;
}

size_t
cluster_memory(const struct cluster_table *c)
{
	return c->cap * sizeof(*c->at);
}
