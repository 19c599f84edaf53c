/* What hostile.vt can not say: megabytes in one write and without an end.  After
 * each stream every invariant holds, memory is what the size allows, and plain
 * text works again.  The alarm is only a guard against a hang. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "term/term.h"

#define BYTES (8u << 20)
/* Of 120 x 30 with 200 rows behind it; most of it are 64 thousand styles. */
#define MEMORY (2u << 20)

static unsigned tests, failures;

/* The start, then `part` again and again until 8 MB are full. */
static struct buf
stream(const char *start, const char *part, size_t part_len)
{
	struct buf b = BUF_UNLIMITED;

	buf_puts(&b, start);
	while (b.len < BYTES)
		buf_put(&b, part, part_len);
	return b;
}

static void
check(const char *name, struct buf b, size_t chunk)
{
	static const char end[] = "\030\033\\\033c\033[2;3Hafter";
	struct term_config config = {
		.cols = 120, .rows = 30, .scrollback_rows = 200, .version = "belay"
	};
	struct term *t = term_new(&config);
	struct buf row = BUF_UNLIMITED;
	size_t most = 0;
	bool good;

	for (size_t at = 0; at < b.len; at += chunk) {
		term_feed(t, b.data + at, chunk < b.len - at ? chunk : b.len - at);
		most = term_memory(t) > most ? term_memory(t) : most;
	}
	term_check(t);
	term_feed(t, end, sizeof(end) - 1);
	term_check(t);
	term_put_row(t, 1, &row);
	good = most <= MEMORY && !strcmp(buf_text(&row), "  after");
	printf("%sok %u - %s\n# %zu bytes held at most, row \"%s\"\n", good ? "" : "not ",
	    ++tests, name, most, buf_text(&row));
	(void)fflush(stdout);
	failures += !good;
	buf_deinit(&row);
	buf_deinit(&b);
	term_free(t);
}

/* Bytes of a simple generator: the same each time. */
static struct buf
noise(uint64_t seed, const char *alphabet, size_t len)
{
	struct buf b = BUF_UNLIMITED;

	while (b.len < BYTES) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		buf_putc(
		    &b, alphabet ? alphabet[(seed >> 33) % len] : (char)(seed >> 56));
	}
	return b;
}

int
main(void)
{
	static const char sequences[] =
	    "\033\033\033[[[]P_0123456789;;::?>$ mhlHJKLMPXS@rcu\a\\ab\xe4\xb8";

	static const struct {
		const char *name, *start, *part;
	} streams[] = {
		{ "text without a line end", "", "all work and no play " },
		{ "an OSC without an end", "\033]0;", "x" },
		{ "a link without an end", "\033]8;;http://", "x" },
		{ "a clipboard write without an end", "\033]52;c;", "QUJD" },
		{ "a DCS without an end", "\033P+q", "544e;" },
		{ "an APC without an end", "\033_G", "AAAA" },
		{ "a CSI without an end", "\033[", "1;" },
		{ "new links all the time", "",
		    "\033]8;;http://a/\033\\x\033]8;id=1;http://b/\ay" },
		{ "new titles all the time", "", "\033]0;title\a\033[22t" },
		{ "marks on one character", "a", "\xcc\x81" },
		{ "joiners", "", "\xf0\x9f\x91\xa9\xe2\x80\x8d" },
		{ "marks everywhere", "", "a\xcc\x81" },
		{ "broken UTF-8", "", "\xf0\x9f\x98\xe2\x82\xc3\xff\xed\xa0\x80" },
		{ "screens in and out", "", "\033[?1049hx\033[?1049l" },
		{ "the largest counts", "",
		    "\033[65535@\033[65535L\033[65535S\033[65535T\033[65535Xx\033["
		    "65535b" },
		{ "the kitty stack", "", "\033[>1u\033[>3u" },
	};
	struct buf styles = BUF_UNLIMITED;

	(void)alarm(110);
	for (size_t i = 0; i < ARRAY_LEN(streams); i++) {
		check(streams[i].name,
		    stream(streams[i].start, streams[i].part, strlen(streams[i].part)),
		    BYTES * 2);
	}
	for (unsigned i = 0; styles.len < BYTES; i++)
		buf_printf(&styles, "\033[38;2;%u;%u;%um*", i & 255, i >> 8 & 255,
		    i >> 16 & 255);
	check("a new style for each cell", styles, BYTES * 2);
	check("random bytes", noise(1, NULL, 0), BYTES * 2);
	check("random bytes in pieces", noise(2, NULL, 0), 4095);
	check("random sequences", noise(3, sequences, sizeof(sequences) - 1), BYTES * 2);
	check("random sequences in pieces", noise(4, sequences, sizeof(sequences) - 1),
	    777);
	printf("1..%u\n", tests);
	return failures ? 1 : 0;
}
