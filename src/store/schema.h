/* schema.h: what the tables are, and how an older file becomes a newer one. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "store/sql.h"

/* Opens the file, checks it, brings it to STORE_SCHEMA.  An empty file becomes
 * a database.  0, STORE_E_NEWER (nothing was written), or -errno; sql_damaged()
 * tells whether the file itself is at fault.  *ret_version: what was found. */
int schema_open(struct sql *q, const char *path, int *ret_version) MUST_CHECK;
/* Settings of a connection that writes. */
int schema_prepare(struct sql *q) MUST_CHECK;

#endif
