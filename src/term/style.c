/* style.c: a flat array of values, and an open-addressing hash of numbers over
 * it.  Slots never move, so cells keep their numbers through a sweep; the hash
 * is made anew after one, which is the only time anything leaves it. */
#include "term/style.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define START 32u

static uint32_t
mix(const struct style *v)
{
	uint64_t h = (uint64_t)v->fg * 0x9e3779b97f4a7c15u;

	h ^= ((uint64_t)v->bg + 0x7f4a7c15u) * 0xc2b2ae3d27d4eb4fu;
	h ^= ((uint64_t)v->ul << 32 | (uint64_t)v->attrs << 16 | v->link) *
	     0x165667b19e3779f9u;
	h ^= h >> 29;
	h *= 0xbf58476d1ce4e5b9u;
	return (uint32_t)(h >> 32);
}

void
style_init(struct style_table *s)
{
	*s = (struct style_table){
		.cap = START, .live = 1, .hint = 1, .hash_size = START * 2
	};
	s->at = xcalloc(s->cap, sizeof(*s->at));
	for (uint32_t i = 1; i < s->cap; i++)
		s->at[i].attrs = STYLE_FREE;
	s->hash = xcalloc(s->hash_size, sizeof(*s->hash));
}

void
style_deinit(struct style_table *s)
{
	for (uint32_t i = 0; i < s->links; i++)
		free(s->link[i].text);
	free(s->link);
	free(s->at);
	free(s->hash);
	free(s->marks);
	*s = (struct style_table){ 0 };
}

const struct style *
style_of(const struct style_table *s, uint16_t id)
{
	assert(id < s->cap);
	return &s->at[id];
}

static void
hash_put(struct style_table *s, uint16_t id)
{
	uint32_t i = mix(&s->at[id]) & (s->hash_size - 1);

	while (s->hash[i])
		i = (i + 1) & (s->hash_size - 1);
	s->hash[i] = id;
}

int
style_intern(struct style_table *s, const struct style *v)
{
	uint32_t i;

	if (style_eq(v, &s->at[0]))
		return 0;
	for (i = mix(v) & (s->hash_size - 1); s->hash[i];
	     i = (i + 1) & (s->hash_size - 1))
		if (style_eq(v, &s->at[s->hash[i]]))
			return s->hash[i];
	while (s->hint < s->cap && !(s->at[s->hint].attrs & STYLE_FREE))
		s->hint++;
	if (s->hint == s->cap)
		return -1;
	s->at[s->hint] = *v;
	s->hash[i] = (uint16_t)s->hint;
	s->live++;
	return (int)s->hint++;
}

void
style_sweep_begin(struct style_table *s)
{
	s->marks = xcalloc(s->cap, 1);
	for (uint32_t i = 0; i < s->links; i++)
		s->link[i].marked = false;
}

void
style_mark(struct style_table *s, uint16_t id)
{
	s->marks[id] = 1;
}

void
style_link_mark(struct style_table *s, uint16_t link)
{
	if (link)
		s->link[link - 1].marked = true;
}

static void
grow(struct style_table *s)
{
	uint32_t cap = s->cap * 2 > STYLE_MAX ? STYLE_MAX : s->cap * 2;

	if (cap == s->cap)
		return;
	s->at = xrealloc(s->at, cap, sizeof(*s->at));
	for (uint32_t i = s->cap; i < cap; i++)
		s->at[i] = (struct style){ .attrs = STYLE_FREE };
	s->cap = cap;
	s->hash_size *= 2;
	free(s->hash);
	s->hash = xcalloc(s->hash_size, sizeof(*s->hash));
}

static void
sweep_links(struct style_table *s)
{
	for (uint32_t i = 0; i < s->links; i++) {
		struct style_link *l = &s->link[i];

		if (l->marked || !l->text)
			continue;
		s->link_bytes -= l->id_len + l->uri_len + 2;
		free(l->text);
		*l = (struct style_link){ 0 };
	}
}

void
style_sweep_end(struct style_table *s)
{
	s->live = 1;
	for (uint32_t i = 1; i < s->cap; i++) {
		if (s->at[i].attrs & STYLE_FREE)
			continue;
		if (!s->marks[i]) {
			s->at[i] = (struct style){ .attrs = STYLE_FREE };
			continue;
		}
		s->live++;
		style_link_mark(s, s->at[i].link);
	}
	free(s->marks);
	s->marks = NULL;
	sweep_links(s);
	memset(s->hash, 0, s->hash_size * sizeof(*s->hash));
	if (s->live > s->cap - s->cap / 4)
		grow(s);
	for (uint32_t i = 1; i < s->cap; i++)
		if (!(s->at[i].attrs & STYLE_FREE))
			hash_put(s, (uint16_t)i);
	s->hint = 1;
}

static bool
link_is(const struct style_link *l, struct str id, struct str uri)
{
	return l->text && l->id_len == id.len && l->uri_len == uri.len &&
	       (!id.len || memcmp(l->text, id.p, id.len) == 0) &&
	       memcmp(l->text + id.len + 1, uri.p, uri.len) == 0;
}

bool
style_link_is_full(const struct style_table *s, size_t more_bytes)
{
	if (s->link_bytes + more_bytes + 2 > STYLE_LINK_BYTES_MAX)
		return true;
	if (s->links < STYLE_LINK_MAX)
		return false;
	for (uint32_t i = 0; i < s->links; i++)
		if (!s->link[i].text)
			return false;
	return true;
}

uint16_t
style_link_intern(struct style_table *s, struct str id, struct str uri)
{
	uint32_t slot = s->links;
	char *text;

	for (uint32_t i = 0; i < s->links; i++) {
		if (link_is(&s->link[i], id, uri))
			return (uint16_t)(i + 1);
		if (!s->link[i].text && slot == s->links)
			slot = i;
	}
	if (style_link_is_full(s, id.len + uri.len))
		return 0;
	if (slot == s->links) {
		/* Grows by doubling: powers of two only. */
		if (!(s->links & (s->links - 1)))
			s->link = xrealloc(
			    s->link, s->links ? s->links * 2 : 1, sizeof(*s->link));
		s->links++;
	}
	text = xcalloc(1, id.len + uri.len + 2);
	if (id.len)
		memcpy(text, id.p, id.len);
	memcpy(text + id.len + 1, uri.p, uri.len);
	s->link[slot] = (struct style_link){
		.text = text, .id_len = (uint32_t)id.len, .uri_len = (uint32_t)uri.len
	};
	s->link_bytes += id.len + uri.len + 2;
	return (uint16_t)(slot + 1);
}

struct str
style_link_uri(const struct style_table *s, uint16_t link)
{
	const struct style_link *l;

	if (!link || link > s->links || !s->link[link - 1].text)
		return STR_NONE;
	l = &s->link[link - 1];
	return str_make(l->text + l->id_len + 1, l->uri_len);
}

struct str
style_link_id(const struct style_table *s, uint16_t link)
{
	const struct style_link *l;

	if (!link || link > s->links || !s->link[link - 1].text)
		return STR_NONE;
	l = &s->link[link - 1];
	return str_make(l->text, l->id_len);
}

size_t
style_memory(const struct style_table *s)
{
	return s->cap * sizeof(*s->at) + s->hash_size * sizeof(*s->hash) +
	       s->links * sizeof(*s->link) + s->link_bytes;
}
