/* list.h: intrusive doubly linked list.
 *
 * A head and a node are the same struct; an empty head points at itself.  A
 * node belongs to at most one list and knows how to leave it without the
 * list; list_del() makes it ready for the next list_add(), and is harmless on
 * a node in no list (zeroed nodes must be list_init()ed first). */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>

#include "base/compiler.h"

struct list {
	struct list *next, *prev;
};

#define LIST_INIT(name)                                                                  \
	{                                                                                \
		&(name), &(name)                                                         \
	}

static inline void
list_init(struct list *l)
{
	l->next = l->prev = l;
}

static inline bool
list_empty(const struct list *l)
{
	return l->next == l;
}

static inline void
list_add_after(struct list *at, struct list *node)
{
	node->prev = at;
	node->next = at->next;
	at->next->prev = node;
	at->next = node;
}

static inline void
list_add(struct list *head, struct list *node) /* at the end */
{
	list_add_after(head->prev, node);
}

static inline void
list_del(struct list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}

static inline struct list *
list_first(const struct list *head)
{
	return list_empty(head) ? NULL : head->next;
}

#define list_for_each(it, head)                                                          \
	for (struct list *it = (head)->next; it != (head); it = it->next)
/* `it` may be removed (and freed) in the body. */
#define list_for_each_safe(it, head)                                                     \
	for (struct list *it = (head)->next, *it##_next = it->next; it != (head);        \
	     it = it##_next, it##_next = it->next)

#endif
