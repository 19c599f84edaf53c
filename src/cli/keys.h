/* keys.h: finds the detach keys in what a person types.
 *
 * A specification is a list of sequences with commas between them; a sequence
 * is keys with blanks between them; a key is a character, `ctrl-X`, `C-X` or
 * `^X`.  "ctrl-q, ctrl-b d" is the default; "none" is no key at all.
 *
 * Keys are found as plain bytes and in the forms of the kitty keyboard
 * protocol and of xterm's modifyOtherKeys, never inside a bracketed paste.
 * Bytes of a sequence that is begun but not finished are held back; nothing
 * else is delayed, and nothing is lost: what turns out to be no detach key is
 * passed on unchanged, except that a prefix typed twice is passed on once.
 * Pure. */
#ifndef CLI_KEYS_H
#define CLI_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define KEYS_DEFAULT  "ctrl-q, ctrl-b d"
#define KEYS_SEQS_MAX 8u
#define KEYS_LEN_MAX  4u
#define KEYS_HOLD_MS  1000 /* a begun sequence is passed on after this time */

struct key {
	uint32_t code; /* lower-case ASCII character */
	bool ctrl;
};

struct keys_seq {
	unsigned len;
	struct key keys[KEYS_LEN_MAX];
};

struct keys {
	/* private */
	unsigned count;
	struct keys_seq seqs[KEYS_SEQS_MAX];
	unsigned depth[KEYS_SEQS_MAX]; /* keys of each sequence seen so far */
	struct buf held;
	struct key begun;    /* the first key held */
	unsigned begun_keys; /* how many are */
	bool pasting;
	unsigned edge; /* bytes of a paste's begin or end seen so far */
};

/* False: not understood; *k is then untouched. */
bool keys_init(struct keys *k, struct str spec) MUST_CHECK;
void keys_deinit(struct keys *k);
/* Appends to `out` what the program is to get.  True: a sequence was
 * completed; what followed it in `bytes` is dropped. */
bool keys_feed(struct keys *k, const void *bytes, size_t len, struct buf *out) MUST_CHECK;
/* Bytes are held back: after KEYS_HOLD_MS without a new key the caller gives up. */
bool keys_holding(const struct keys *k);
void keys_give_up(struct keys *k, struct buf *out);
/* The first sequence as people write it: "Ctrl+B d"; "" when there is none. */
void keys_describe(const struct keys *k, struct buf *out);

#endif
