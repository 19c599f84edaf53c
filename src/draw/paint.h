/* paint.h: a screen, as term_json() tells it, painted on a cairo surface. */
#ifndef DRAW_PAINT_H
#define DRAW_PAINT_H

#include <cairo.h>

#include "base/compiler.h"
#include "base/json.h"

enum paint_outcome {
	PAINT_E_SHAPE = 1, /* not what term_json() writes */
};

/* The caller destroys the surface. */
int paint_screen(const struct json *screen, cairo_surface_t **ret) MUST_CHECK;

#endif
