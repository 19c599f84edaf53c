#include "loop/loop_uv.h"

#include <assert.h>
#include <stdlib.h>

#include "base/str.h"

struct loop_handle *
loop_handle_new(struct loop *l, void *source, void **source_handle)
{
	struct loop_handle *h = xnew(struct loop_handle);

	assert(!*source_handle); /* a source is started once, then stopped */
	h->loop = l;
	h->source = source;
	h->source_handle = source_handle;
	*source_handle = h;
	list_add(&l->handles, &h->node);
	return h;
}

void
loop_handle_drop(struct loop_handle *h)
{
	*h->source_handle = NULL;
	list_del(&h->node);
	free(h);
}

static void
handle_closed(uv_handle_t *handle)
{
	free(container_of(handle, struct loop_handle, uv.handle));
}

void
loop_handle_close(struct loop_handle *h)
{
	if (!h)
		return;
	*h->source_handle = NULL;
	h->source_handle = NULL;
	h->source = NULL;
	list_del(&h->node);
	uv_close(&h->uv.handle, handle_closed);
}

void *
loop_handle_enter(struct loop_handle *h)
{
	h->loop->calls++;
	return h->source;
}
