/* face.h: how things look on a terminal: colours, symbols of states, ages.
 * Text from outside always passes face_put_text(), so that a session's name
 * or title can not move the cursor of the person who lists it. */
#ifndef CLI_FACE_H
#define CLI_FACE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/id.h"
#include "base/json.h"

struct face {
	bool colour, utf8;
	unsigned width; /* columns; 0: no limit */
};

enum colour {
	COLOUR_NONE,
	COLOUR_GREEN,
	COLOUR_YELLOW,
	COLOUR_RED,
	COLOUR_BLUE,
	COLOUR_GREY,
	COLOUR_BOLD,
	COLOUR_COUNT
};

/* From the environment (NO_COLOR, COLUMNS, TERM, LC_ALL…) and what fd is. */
struct face face_of(int fd);
void face_put(const struct face *f, enum colour c, struct str text, struct buf *out);
/* One line, printable: white space becomes a blank, other controls \xNN. */
void face_put_text(struct str text, struct buf *out);
/* Columns that printable UTF-8 takes. */
unsigned face_columns(struct str text);
/* Cuts to `columns`, ending with an ellipsis when something was lost. */
void face_put_cut(
    const struct face *f, struct str text, unsigned columns, struct buf *out);

/* "● tool", "◼ exited 0": the state of a session object, and its colour. */
enum colour face_put_state(
    const struct face *f, const struct json *session, struct buf *out);
/* "5s" "3m" "2h" "4d" between two times; "-" when `then` is no time. */
void face_put_age(const char *then, wall_t now, struct buf *out);

#endif
