/* cluster.h: texts of cells that are more than one code point (base with
 * combining marks, emoji joined by ZWJ).
 *
 * A slot belongs to exactly one cell: moving a cell moves the number, and an
 * overwritten cell simply leaves its slot behind until the owner sweeps.  A
 * cluster is at most CLUSTER_BYTES long; what does not fit is dropped. */
#ifndef TERM_CLUSTER_H
#define TERM_CLUSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define CLUSTER_BYTES 63u
#define CLUSTER_MAX   (1u << 22) /* both screens at the largest size */

struct cluster {
	uint8_t len; /* 0: free */
	char text[CLUSTER_BYTES];
};

struct cluster_table {
	struct cluster *at;
	uint32_t cap, hint;
	uint8_t *marks;
};

void cluster_deinit(struct cluster_table *c);
/* A slot that holds `text`; -1: none is free, sweep (which also grows). */
int32_t cluster_new(struct cluster_table *c, struct str text);
/* Adds at the end; false when it does not fit (nothing changes). */
bool cluster_append(struct cluster_table *c, uint32_t id, struct str text);
struct str cluster_text(const struct cluster_table *c, uint32_t id);

void cluster_sweep_begin(struct cluster_table *c);
void cluster_mark(struct cluster_table *c, uint32_t id);
void cluster_sweep_end(struct cluster_table *c);
size_t cluster_memory(const struct cluster_table *c);

#endif
