/* shim_proto.h: protocol v1 between belay-shim and its viewers (the daemon,
 * `belay attach`), and the shim's status record.  The whole description, with
 * the reasons, is doc/protocol-shim.md.  Frozen: numbers are never reused.
 *
 * Pure, libc only: the shim links this file statically.
 *
 * A frame on the Unix stream socket is a 8-byte header and a payload:
 *     u32 length of the payload (<= LIMIT_SHIM_FRAME_BYTES), little endian
 *     u8  type, u8 flags (type-specific), u16 zero
 * Integers in payloads are little endian.  The first frame of either side is
 * HELLO.  A frame that is too long, of unknown type, or of a wrong length ends
 * the connection (the shim says ERROR first); nothing else is affected. */
#ifndef WIRE_SHIM_PROTO_H
#define WIRE_SHIM_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

#define SHIM_PROTO_VERSION 1u
#define SHIM_HEADER_BYTES  8u

enum shim_frame {
	/* viewer -> shim */
	SHIM_HELLO =
	    1, /* u32 version, u32 flags (enum shim_viewer_flags), u64 from: stream
		* position to begin at; SHIM_FROM_KEYFRAME or SHIM_FROM_END */
	SHIM_INPUT = 2,  /* bytes for the child; flag SHIM_INPUT_MORE keeps other viewers'
			  * input  out until the sender's next frame without it.  First 4
			  * bytes: u32 id  echoed by INPUT_DONE when all bytes were
			  * accepted  by the PTY; id 0:  no echo */
	SHIM_RESIZE = 3, /* u16 cols, u16 rows; only from the controlling viewer */
	SHIM_CONTROL = 4, /* u8 1: take control of the size, 0: release */
	SHIM_SIGNAL = 5,  /* u8 signal number, u8 enum shim_signal_scope */
	SHIM_KEYFRAME =
	    6, /* u64 position, u16 cols, u16 rows, u32 total bytes, u32 offset, bytes:
		* a part of a keyframe; complete when offset + part = total */
	SHIM_ACK = 7, /* u64 bytes consumed (flow hint), u8 1: exit status was stored; the
		       * shim may go */
	SHIM_QUERY = 8, /* empty: asks for STATUS */
	SHIM_CLOSE_INPUT =
	    9, /* pipe mode: close the child's stdin once all input is written */
	/* shim -> viewer */
	SHIM_WELCOME =
	    64, /* u32 version, u32 flags, u64 start position of the ring, u64 end,
		 * u16 cols, u16 rows, u32 generation, i32 child pid, u64 child start */
	SHIM_OUTPUT = 65, /* u64 position of the first byte, bytes; flag
			   * SHIM_OUTPUT_STDERR in pipe mode */
	SHIM_LOST =
	    66, /* u64 from, u64 to: bytes the ring no longer has; followed by a
		 * KEYFRAME_DATA when one covers it, else REDRAW was asked of the child */
	SHIM_KEYFRAME_DATA = 67, /* as KEYFRAME */
	SHIM_RESIZED = 68,       /* u16 cols, u16 rows */
	SHIM_EXIT =
	    69, /* i32 exit code or -1, i32 signal or 0, u64 end position, i64 wall ms */
	SHIM_INPUT_DONE =
	    70, /* u32 id, u8 0 written | 1 refused: queue full | 2 refused: child gone */
	SHIM_STATUS = 71,  /* the text of the status record */
	SHIM_VIEWERS = 72, /* u16 viewers, u8 1: an engine (the daemon) is among them, u8
			    * 1: you control */
	SHIM_ERROR = 73, /* u32 errno-like code, text.  After a violation of the protocol
			  * the connection ends; a refused request (EPERM, ENOTTY, ESTALE,
			  * ENOMEM, EINVAL, ESRCH) leaves it open */
};

enum shim_viewer_flags {
	SHIM_VIEWER_ENGINE = 1 << 0, /* runs the terminal engine: answers queries, sends
				      * keyframes, acknowledges the exit */
	SHIM_VIEWER_LAZY = 1 << 1,   /* output may be gathered for a few milliseconds */
	SHIM_VIEWER_READ_ONLY = 1 << 2, /* INPUT, RESIZE, SIGNAL, CONTROL are refused */
	SHIM_VIEWER_NO_OUTPUT = 1 << 3, /* events only */
};

#define SHIM_FROM_KEYFRAME UINT64_MAX
#define SHIM_FROM_END      (UINT64_MAX - 1)

enum shim_frame_flags { SHIM_INPUT_MORE = 1 << 0, SHIM_OUTPUT_STDERR = 1 << 0 };

enum shim_welcome_flags {
	SHIM_IS_PIPE = 1 << 0,
	SHIM_EXITED = 1 << 1,
	SHIM_RING_MEMORY =
	    1 << 2, /* the ring's file failed (disk full): kept in memory */
	SHIM_HAS_KEYFRAME = 1 << 3,
};

enum shim_signal_scope {
	SHIM_TO_FOREGROUND, /* the terminal's foreground process group (pipe: the child's
			       group) */
	SHIM_TO_CHILD,      /* the child's own process group */
	SHIM_TO_TREE, /* the child's group and all its descendants, also those that left
			 it */
};

struct shim_header {
	uint32_t length;
	uint8_t type, flags;
};

void shim_header_put(uint8_t out[SHIM_HEADER_BYTES], struct shim_header h);
/* False: too long or the zero field is not zero. */
bool shim_header_get(
    const uint8_t in[SHIM_HEADER_BYTES], struct shim_header *ret) MUST_CHECK;

/* Little-endian fields with a sticky bound: a read past the end gives 0 and
 * sets `bad`; a frame is valid when !bad and all was read. */
struct shim_reader {
	const uint8_t *p, *end;
	bool bad;
};

/* A field of so many bytes, at most 8. */
uint64_t shim_get(struct shim_reader *r, size_t bytes);
uint8_t *shim_put(uint8_t *at, uint64_t v, size_t bytes);
uint8_t shim_get_u8(struct shim_reader *r);
uint16_t shim_get_u16(struct shim_reader *r);
uint32_t shim_get_u32(struct shim_reader *r);
uint64_t shim_get_u64(struct shim_reader *r);

uint8_t *shim_put_u8(uint8_t *at, uint8_t v);
uint8_t *shim_put_u16(uint8_t *at, uint16_t v);
uint8_t *shim_put_u32(uint8_t *at, uint32_t v);
uint8_t *shim_put_u64(uint8_t *at, uint64_t v);

/* CRC-32 (IEEE 802.3) of the data, going on from crc (0 at first). */
uint32_t shim_crc32(uint32_t crc, const void *data, size_t len);

/* Text that grows from `at`; what does not fit before `end` is cut off.  No NUL is put.
 */
struct shim_text {
	char *at, *end;
};

void shim_text_put(struct shim_text *t, const char *z);
void shim_text_number(struct shim_text *t, uint64_t v); /* decimal */

/* --- The status record -------------------------------------------------- */

/* `status` in the session's directory: two slots of SHIM_STATUS_SLOT bytes,
 * written in turn with one pwrite() each, so that it never needs new disk
 * space, is never torn for a reader, and needs no rename.  A slot is text:
 *     belay-shim-status 1 SEQ CRC32\n key value\n … padded with \n
 * CRC32 is of the slot with zeros in its place.  The valid slot with the higher
 * SEQ counts.  The reading functions of this header are in shim_record.c. */
#define SHIM_STATUS_SLOT  1024u
#define SHIM_STATUS_MAGIC "belay-shim-status 1 "

struct shim_status {
	uint64_t seq;
	char session[37]; /* the session's id */
	uint32_t generation;
	int32_t shim_pid;
	uint64_t shim_start; /* field 22 of /proc/PID/stat */
	int32_t child_pid;   /* 0: never started */
	uint64_t child_start;
	uint16_t cols, rows;
	bool pipe;
	uint8_t state;      /* enum shim_state */
	int32_t exec_errno; /* SHIM_FAILED: why */
	int32_t exit_code;  /* SHIM_GONE: -1 when it died by a signal */
	int32_t exit_signal;
	int64_t started_ms, exited_ms; /* wall */
	uint64_t ring_bytes;           /* size of the ring */
	uint64_t lost_bytes;           /* output that could not be stored in the file */
	int32_t ring_errno;            /* why the ring is in memory, 0: it is not */
	uint32_t leftover; /* descendants that were alive when the child exited */
};

enum shim_state { SHIM_STARTING, SHIM_RUNNING, SHIM_GONE, SHIM_FAILED };

/* Writes one slot; returns false only if the text does not fit (a bug). */
bool shim_status_put(char slot[SHIM_STATUS_SLOT], const struct shim_status *s);
/* Reads a whole file image (any size, any content); false: no valid slot. */
bool shim_status_get(const char *file, size_t len, struct shim_status *ret) MUST_CHECK;

/* --- The ring's file ------------------------------------------------------ */

/* `ring` in the session's directory, readable when no shim lives any more:
 *     SHIM_RING_HEADER bytes   struct shim_ring_info, zero-padded, CRC32
 *     SHIM_RING_MARKS * 16     marks: u64 position, u16 cols, u16 rows, u8 stderr, zeros
 *     capacity                 byte of position p is at SHIM_RING_DATA + p % capacity
 * Bytes `start` to `end` are whole.  A mark holds from its position to the next
 * one's: the size of the terminal, and in pipe mode which stream the bytes came
 * from.  Mark number n is in slot n % SHIM_RING_MARKS; the last `marks` written
 * are numbers marks - SHIM_RING_MARKS + SHIM_RING_SLACK … marks - 1, and one of
 * them has a position <= start. */
#define SHIM_RING_MAGIC  "belay-ring 1"
#define SHIM_RING_HEADER 64u
#define SHIM_RING_MARKS  4096u
#define SHIM_RING_SLACK  16u /* slots that a crash may leave half written */
#define SHIM_RING_DATA   (SHIM_RING_HEADER + 16u * SHIM_RING_MARKS)

struct shim_ring_info {
	uint32_t generation;
	uint32_t pipe; /* 0 or 1 */
	uint64_t capacity, start, end, marks;
};

struct shim_mark {
	uint64_t position;
	uint16_t cols, rows;
	uint8_t is_stderr;
};

void shim_ring_put(uint8_t out[SHIM_RING_HEADER], const struct shim_ring_info *i);
bool shim_ring_get(
    const uint8_t in[SHIM_RING_HEADER], struct shim_ring_info *ret) MUST_CHECK;
void shim_mark_put(uint8_t out[16], const struct shim_mark *m);
struct shim_mark shim_mark_get(const uint8_t in[16]);

/* `keyframe` in the session's directory: the last keyframe, replaced by rename:
 * SHIM_KEYFRAME_HEADER bytes ("belay-keyframe 1", u32 generation, u32 length, u64
 * position, u16 cols, u16 rows, zeros), then length bytes. */
#define SHIM_KEYFRAME_MAGIC  "belay-keyframe 1"
#define SHIM_KEYFRAME_HEADER 40u

struct shim_keyframe_info {
	uint32_t generation, length;
	uint64_t position;
	uint16_t cols, rows;
};

void shim_keyframe_put(
    uint8_t out[SHIM_KEYFRAME_HEADER], const struct shim_keyframe_info *k);
bool shim_keyframe_get(
    const uint8_t in[SHIM_KEYFRAME_HEADER], struct shim_keyframe_info *ret) MUST_CHECK;

/* --- The spec ------------------------------------------------------------ */

/* What the daemon gives the shim on its standard input (a memfd or file, so no
 * secret is on any argv): NUL-terminated strings in this order:
 *   "belay-shim-spec 1", session id, generation, cols, rows, ring bytes,
 *   linger seconds, "pty"|"pipe", cwd, path of the program to exec (absolute), argc,
 * argv…, envc, env… . Total at most LIMIT_SPEC_BYTES.  On fd 3 (a pipe) the shim answers
 * one line and closes it: "ok SHIM_PID SHIM_START CHILD_PID CHILD_START\n" after the
 * child's exec succeeded, or "err STAGE ERRNO\n" (STAGE one word: spec.FIELD, dir, lock,
 * status, ring, socket, pty, fork, cwd, exec). argv of the shim itself: belay-shim DIR,
 * where DIR is the session's directory. */

#endif
