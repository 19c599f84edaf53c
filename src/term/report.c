/* report.c: answers of one line: device attributes, status, version, sizes.
 *
 * We say VT220 with colours: what the engine does, and nothing (sixel, printer
 * port) that would make a program send what we only swallow. */
#include <stdlib.h>

#include "term/impl.h"

/* A cell has 10 x 20 pixels where a program wants to know. */
enum { CELL_PX_W = 10, CELL_PX_H = 20 };

void
report_da(struct term *t)
{
	const struct parser *p = &t->parser;

	if (parser_param(p, 0, 0))
		return;
	if (p->private_mark == '>')
		term_reply(t, "\033[>1;100;0c");
	else if (p->private_mark == '=')
		term_reply(t, "\033P!|00000000\033\\");
	else
		term_reply(t, "\033[?62;22c");
}

void
report_version(struct term *t)
{
	if (!parser_param(&t->parser, 0, 0))
		term_reply(t, "\033P>|%s\033\\",
		    t->config.version ? t->config.version : "belay");
}

static void
report_position(struct term *t, const char *mark)
{
	unsigned row = t->cursor.row;

	if (t->set.modes & M_ORIGIN)
		row = row >= t->top ? row - t->top : 0;
	term_reply(t, "\033[%s%u;%uR", mark, row + 1, t->cursor.col + 1u);
}

void
report_dsr(struct term *t)
{
	unsigned what = parser_param(&t->parser, 0, 0);

	if (!t->parser.private_mark) {
		if (what == 5)
			term_reply(t, "\033[0n");
		else if (what == 6)
			report_position(t, "");
		return;
	}
	switch (what) {
	case 6:
		report_position(t, "?");
		break;
	case 15: /* printer: none */
		term_reply(t, "\033[?13n");
		break;
	case 25: /* user keys: locked */
		term_reply(t, "\033[?21n");
		break;
	case 26: /* keyboard: North American, ready */
		term_reply(t, "\033[?27;1;0;0n");
		break;
	case 53: /* locator: none */
	case 55:
		term_reply(t, "\033[?53n");
		break;
	case 996: /* colours: the palette is dark */
		term_reply(t, "\033[?997;1n");
		break;
	default:
		break;
	}
}

static void
title_push(struct term *t)
{
	struct title *at;

	if (t->titles_count == TITLE_STACK_DEPTH) {
		free(t->titles[0].title);
		free(t->titles[0].icon);
		memmove(
		    t->titles, t->titles + 1, sizeof(t->titles) - sizeof(t->titles[0]));
		t->titles_count--;
	}
	at = &t->titles[t->titles_count++];
	*at = (struct title){ 0 };
	term_title_set(&at->title, str_of(t->title.title));
	term_title_set(&at->icon, str_of(t->title.icon));
}

static void
title_pop(struct term *t, unsigned which)
{
	struct title *at;

	if (!t->titles_count)
		return;
	at = &t->titles[--t->titles_count];
	if (which != 1) {
		term_title_set(&t->title.title, str_of(at->title));
		t->mark = t->now;
		term_emit(t, TERM_EV_TITLE, str_of(term_title(t)));
	}
	if (which != 2)
		term_title_set(&t->title.icon, str_of(at->icon));
	free(at->title);
	free(at->icon);
	*at = (struct title){ 0 };
}

/* XTWINOPS: queries and the title stack; nothing moves the window. */
void
report_window(struct term *t)
{
	unsigned which = parser_param(&t->parser, 1, 0);

	switch (parser_param(&t->parser, 0, 0)) {
	case 11:
		term_reply(t, "\033[1t");
		break;
	case 13:
		term_reply(t, "\033[3;0;0t");
		break;
	case 14:
		term_reply(t, "\033[4;%d;%dt", t->rows * CELL_PX_H, t->cols * CELL_PX_W);
		break;
	case 15:
		term_reply(t, "\033[5;%d;%dt", t->rows * CELL_PX_H, t->cols * CELL_PX_W);
		break;
	case 16:
		term_reply(t, "\033[6;%d;%dt", CELL_PX_H, CELL_PX_W);
		break;
	case 18:
		term_reply(t, "\033[8;%d;%dt", t->rows, t->cols);
		break;
	case 19:
		term_reply(t, "\033[9;%d;%dt", t->rows, t->cols);
		break;
	case 20: /* the names are not given back: a program could have them typed */
		term_reply(t, "\033]L\033\\");
		break;
	case 21:
		term_reply(t, "\033]l\033\\");
		break;
	case 22:
		if (which <= 2)
			title_push(t);
		break;
	case 23:
		if (which <= 2)
			title_pop(t, which);
		break;
	default:
		break;
	}
}
