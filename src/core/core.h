/* core.h: the domain: sessions, their lifecycle, and everything that happens
 * to them.  One `struct core` a daemon. */
#ifndef CORE_CORE_H
#define CORE_CORE_H

struct core;

#endif
