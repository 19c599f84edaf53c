/* table.h: rows and columns that fit the width of the terminal.  Columns that
 * may be cut give way, the widest first; when even that is not enough the
 * last of them is dropped. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "cli/face.h"

#define TABLE_COLS_MAX 12u

struct table_col {
	const char *title;
	bool cut; /* may be cut, down to `least` columns */
	unsigned least;
};

struct table_cell {
	size_t at, len; /* in table.text */
	unsigned columns;
	enum colour colour;
};

struct table {
	/* private */
	const struct table_col *cols;
	unsigned ncols;
	struct buf text;
	struct table_cell *cells;
	size_t count, room;
};

void table_init(struct table *t, const struct table_col *cols, unsigned ncols);
void table_deinit(struct table *t);
/* The next cell, row after row.  `text` is printable (face_put_text). */
void table_add(struct table *t, enum colour colour, struct str text);
void table_put(const struct table *t, const struct face *f, struct buf *out);

#endif
