/* palette.h: the `dark` palette: what colours mean where none are given, in
 * answers to colour queries and in pictures. */
#ifndef TERM_PALETTE_H
#define TERM_PALETTE_H

#include <stdint.h>

#define PALETTE_FG     0xd4d4d4u
#define PALETTE_BG     0x1e1e1eu
#define PALETTE_CURSOR 0xaeafadu

/* 0xRRGGBB of one of the 256 colours: 16 of our own, then xterm's cube and
 * greys. */
uint32_t palette_index(uint8_t index);

#endif
