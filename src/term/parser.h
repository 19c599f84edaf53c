/* parser.h: bytes to characters, controls and sequences.
 *
 * The state between two feeds is all here, and is small: a sequence is never
 * kept as bytes but as what was understood of it, so parser_put() can write
 * the shortest bytes that bring a fresh parser into the same state.
 *
 * Strings (OSC, DCS) are kept up to PARSER_STRING_BYTES; a longer one is
 * ignored whole.  APC, PM, SOS and unknown DCS are swallowed. */
#ifndef TERM_PARSER_H
#define TERM_PARSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define PARSER_PARAMS       32u
#define PARSER_INTERS       2u
#define PARSER_STRING_BYTES (8u << 10)

enum parser_state {
	PARSER_GROUND,
	PARSER_ESCAPE,
	PARSER_ESCAPE_INT,
	PARSER_CSI_ENTRY,
	PARSER_CSI_PARAM,
	PARSER_CSI_INT,
	PARSER_CSI_IGNORE,
	PARSER_DCS_ENTRY,
	PARSER_DCS_PARAM,
	PARSER_DCS_INT,
	PARSER_DCS_PASS,
	PARSER_OSC,
	PARSER_OSC_IGNORE,
	PARSER_STRING_IGNORE,
	PARSER_STATE_COUNT
};

struct parser {
	uint8_t state;        /* enum parser_state */
	uint8_t private_mark; /* < = > ? or 0 */
	uint8_t inters;       /* more than PARSER_INTERS: the sequence is not ours */
	uint8_t inter[PARSER_INTERS];
	uint8_t final; /* of a DCS */
	uint8_t params;
	bool too_many;  /* parameters; the first 32 count */
	uint32_t colon; /* bit i: parameter i was set off by a colon */
	uint16_t param[PARSER_PARAMS];
	uint8_t utf8[4]; /* a character that is not complete yet */
	uint8_t utf8_len;
	bool first; /* the string is the first thing a fresh terminal got */
	struct buf string;
};

struct term;

void parser_init(struct parser *p);
void parser_deinit(struct parser *p);
/* Eats all bytes; acts on the term. */
void parser_feed(struct term *t, const uint8_t *p, size_t len);
/* Appends bytes that lead from the ground state to this one. */
void parser_put(const struct parser *p, struct buf *out);
bool parser_equal(const struct parser *a, const struct parser *b);
void parser_check(const struct parser *p);

/* Parameter i; `otherwise` when it is absent or 0. */
static inline unsigned
parser_param(const struct parser *p, unsigned i, unsigned otherwise)
{
	return i < p->params && p->param[i] ? p->param[i] : otherwise;
}

#endif
