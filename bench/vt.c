/* vt.c: the terminal engine beside libvterm's screen layer.
 *
 *   bench_vt [rounds]      lines `name value unit`
 *
 * Three streams of 8 MB for a 120x30 screen, fed from memory in pieces of
 * 16 KiB: `log` is plain lines, `tui` is what an agent draws (full redraws in
 * true and 256 colours with boxes and wide characters, spinners, erased and
 * rewritten lines, inside synchronized updates), `yes` is "y\r\n".  Both
 * engines get the same bytes in turn; the figure is the median of the rounds,
 * in CPU time.  `memory` is what one engine holds after `tui`. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <vterm.h>

#include "base/buf.h"
#include "term/term.h"

enum { COLS = 120, ROWS = 30, PIECE = 16 << 10, ROUNDS_MAX = 31 };

#define STREAM_BYTES (8u << 20)

static double
cpu_now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static unsigned
next_random(void)
{
	static uint64_t seed = 0x1234567;

	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33);
}

/* --- Streams ------------------------------------------------------------- */

static void
make_log(struct buf *b)
{
	static const char *const words[] = { "connection", "accepted", "from", "10.0.0.7",
		"request", "GET", "/v1/sessions", "200", "took", "12ms", "worker",
		"queue", "flushed", "retry", "session", "0193a7", "started" };

	for (unsigned n = 0; b->len < STREAM_BYTES; n++) {
		buf_printf(b, "2026-11-21T03:%02u:%02u.%03uZ INFO ", n / 60 % 60, n % 60,
		    n % 1000);
		for (unsigned k = 4 + next_random() % 8; k; k--)
			buf_printf(b, "%s ",
			    words[next_random() % (sizeof(words) / sizeof(*words))]);
		buf_puts(b, "\r\n");
	}
}

static void
tui_frame(struct buf *b, unsigned n)
{
	static const char *const bits[] = { "src/term/parser.c", "│", "─",
		"fix the build", "漢字", "✓", "tokens", "●", "return 0;", "ünïcödé",
		"└──", "…" };

	buf_puts(b, "\033[?2026h\033[H");
	for (unsigned row = 0; row < ROWS; row++) {
		unsigned col = 0;

		buf_printf(b, "\033[%u;1H\033[2K", row + 1);
		while (col < COLS - 24) {
			unsigned kind = next_random() % 6;

			if (kind < 2)
				buf_printf(b, "\033[38;2;%u;%u;%um", 80 + n % 8 * 16,
				    next_random() % 4 * 60, 200u);
			else if (kind == 2)
				buf_printf(b, "\033[38;5;%u;48;5;%um", next_random() % 32,
				    232 + row % 4);
			else if (kind == 3)
				buf_puts(b, "\033[0m\033[1m");
			else
				buf_puts(b, "\033[0m");
			buf_puts(b, bits[next_random() % (sizeof(bits) / sizeof(*bits))]);
			buf_puts(b, " some ordinary text ");
			col += 24;
		}
		buf_puts(b, "\033[0m");
	}
	buf_puts(b, "\033[?2026l");
	for (unsigned k = 0; k < 10; k++)
		buf_printf(b,
		    "\033[?2026h\033[28;3H\033[38;5;174m%s\033[39m Thinking… "
		    "(%us)\033[K\033[?2026l",
		    k % 2 ? "✻" : "✽", n + k);
	for (unsigned k = 0; k < 6; k++)
		buf_puts(b, "\033[2K\033[1A");
	buf_puts(b, "\033[2K\033[G");
	for (unsigned k = 0; k < 6; k++)
		buf_printf(b,
		    "\033[2m\xe2\x94\x82\033[22m line %u of the answer "
		    "\033[32m+%u\033[39m\r\n",
		    k, n);
}

static void
make_tui(struct buf *b)
{
	buf_puts(b, "\033[?1049h");
	for (unsigned n = 0; b->len < STREAM_BYTES; n++)
		tui_frame(b, n);
}

static void
make_yes(struct buf *b)
{
	while (b->len < STREAM_BYTES)
		buf_puts(b, "y\r\n");
}

/* --- Engines ------------------------------------------------------------- */

static double
run_ours(const struct buf *b, uint32_t scrollback, size_t *ret_bytes)
{
	struct term *t = term_new(&(struct term_config){
	    .cols = COLS, .rows = ROWS, .scrollback_rows = scrollback });
	double from = cpu_now();

	for (size_t at = 0; at < b->len; at += PIECE)
		term_feed(t, b->data + at, b->len - at < PIECE ? b->len - at : PIECE);
	from = cpu_now() - from;
	*ret_bytes = term_memory(t);
	(void)term_free(t);
	return from;
}

/* libvterm keeps its own counsel: what the heap grew by is its memory. */
static double
run_vterm(const struct buf *b, size_t len, size_t *ret_bytes)
{
	size_t before = mallinfo2().uordblks;
	VTerm *vt = vterm_new(ROWS, COLS);
	VTermScreen *screen = vterm_obtain_screen(vt);
	double from;

	vterm_set_utf8(vt, 1);
	vterm_screen_enable_altscreen(screen, 1);
	vterm_screen_reset(screen, 1);
	from = cpu_now();
	for (size_t at = 0; at < len; at += PIECE)
		(void)vterm_input_write(
		    vt, b->data + at, len - at < PIECE ? len - at : PIECE);
	from = cpu_now() - from;
	*ret_bytes = mallinfo2().uordblks - before;
	vterm_free(vt);
	return from;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double
median(double *v, unsigned n)
{
	qsort(v, n, sizeof(*v), by_value);
	return v[n / 2];
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*make)(struct buf *b);
		unsigned
		    vterm_part; /* libvterm gets 1/n of the bytes, where it is slow */
	} streams[] = { { "log", make_log, 4 }, { "tui", make_tui, 1 },
		{ "yes", make_yes, 64 } };

	uint64_t want = 5;
	unsigned rounds;

	if (argc > 1 &&
	    (!str_to_u64(str_of(argv[1]), &want) || !want || want > ROUNDS_MAX)) {
		(void)fprintf(stderr, "usage: bench_vt [rounds 1..%d]\n", ROUNDS_MAX);
		return 2;
	}
	rounds = (unsigned)want;
	for (unsigned s = 0; s < sizeof(streams) / sizeof(*streams); s++) {
		struct buf b = BUF_UNLIMITED;
		double ours[ROUNDS_MAX], kept[ROUNDS_MAX], theirs[ROUNDS_MAX], a, k, v;
		size_t our_bytes = 0, kept_bytes = 0, their_bytes = 0, part;

		streams[s].make(&b);
		part = b.len / streams[s].vterm_part;
		for (unsigned i = 0; i < rounds; i++) {
			ours[i] = run_ours(&b, 0, &our_bytes);
			kept[i] = run_ours(&b, 10000, &kept_bytes);
			theirs[i] = run_vterm(&b, part, &their_bytes);
		}
		a = (double)b.len / median(ours, rounds) / 1e6;
		k = (double)b.len / median(kept, rounds) / 1e6;
		v = (double)part / median(theirs, rounds) / 1e6;
		printf("vt_%s %.1f MB/s\n", streams[s].name, a);
		printf("vt_%s_scrollback_10000 %.1f MB/s\n", streams[s].name, k);
		printf("vt_%s_libvterm %.2f MB/s\n", streams[s].name, v);
		printf("vt_%s_ratio %.1f x\n", streams[s].name, a / v);
		if (s == 0)
			printf("vt_memory_scrollback_10000 %.1f KB\n",
			    (double)kept_bytes / 1024);
		if (s == 1) {
			printf("vt_memory %.1f KB\n", (double)our_bytes / 1024);
			printf(
			    "vt_memory_libvterm %.1f KB\n", (double)their_bytes / 1024);
		}
		buf_deinit(&b);
	}
	return 0;
}
