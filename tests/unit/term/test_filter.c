/* What passes and what does not, one row a rule; each row is fed whole and one
 * byte at a time, and what passed must pass again unchanged. */
#include "term/filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/compiler.h"

#define Q   TERM_FILTER_QUERIES
#define C   TERM_FILTER_CLIPBOARD
#define N   TERM_FILTER_NOTIFY
#define T   TERM_FILTER_TITLE
#define L   TERM_FILTER_LINKS
#define ALL (Q | C | N | T | L)

struct row {
	const char *what;
	unsigned flags;
	const char *in;
	const char *out; /* NULL: as in */
};

/* clang-format off */
static const struct row text_rows[] = {
	{ "plain text", 0, "hello\r\n\ttabs\b\a\016\017", NULL },
	{ "utf-8 of every length", 0, "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xc2\xa0", NULL },
	{ "bytes 80..9f inside characters", 0, "\xe2\x9b\x9d\xf0\x9f\x9b\x9b", NULL },
	{ "a stray C1 byte is made visible", 0, "a\x9b""31mb", "a\xef\xbf\xbd""31mb" },
	{ "other invalid bytes pass", 0, "\xff\xfe\xa5\xc0", NULL },
	{ "a lead byte without the rest", 0, "\xe2\x82x\xc2y\xc2\xc3\xa9", NULL },
	{ "a lead byte and a wrong second byte", 0, "\xe0\x9b[", "\xe0\xef\xbf\xbd[" },
	{ "ENQ asks", 0, "a\005b", "ab" },
	{ "ENQ may ask", Q, "a\005b", NULL },
	{ "C1 in UTF-8 is left out", 0, "a\xc2\x85""b\xc2\x84", "ab" },
	{ "CSI as U+009B is no CSI", 0, "\xc2\x9b""31mred", "31mred" },
	{ "OSC as U+009D is no OSC", 0, "x\xc2\x9d""52;c;aGk=\ay", "x52;c;aGk=\ay" },
	{ "U+009C does not end a string", T, "\033]0;t\xc2\x9cy\az", "z" },
};

static const struct row csi_rows[] = {
	{ "drawing", 0, "\033[2J\033[H\033[1;31m\033[38:2::1:2:3m\033[4:3m\033[5;10r\033[3S\033[2 q", NULL },
	{ "modes", 0, "\033[?25l\033[?1049h\033[?2004h\033[4h\033[?2026h", NULL },
	{ "kitty keyboard push and pop", 0, "\033[>1u\033[<u\033[=3;1u", NULL },
	{ "ESC sequences", 0, "\033" "7\033" "8\033(0\033#8\033c\033=\033>\033M", NULL },
	{ "DA1, DA2, DA3", 0, "a\033[c\033[0c\033[>c\033[=cb", "ab" },
	{ "DA may pass", Q, "a\033[c\033[0c\033[>c\033[=cb", NULL },
	{ "linux cursor shape is no DA", 0, "\033[?6c", NULL },
	{ "DSR", 0, "\033[5n\033[6n\033[?6n\033[?996n", "" },
	{ "DSR may pass", Q, "\033[5n\033[6n\033[?6n", NULL },
	{ "XTMODKEYS off is no DSR", 0, "\033[>4n", NULL },
	{ "DECRQM", 0, "\033[?2026$p\033[4$p", "" },
	{ "soft reset is no DECRQM", 0, "\033[!p", NULL },
	{ "XTVERSION", 0, "\033[>q\033[>0q", "" },
	{ "kitty keyboard question", 0, "\033[?u", "" },
	{ "XTMODKEYS sets, XTQMODKEYS asks", 0, "\033[>4;2m\033[?4m", "\033[>4;2m" },
	{ "DECRQCRA, DECREQTPARM, DECRQPSR", 0, "\033[1;1;1;1;2;2*y\033[x\033[1$w", "" },
	{ "DECFRA is no DECREQTPARM", 0, "\033[65;1;1;2;2$x", NULL },
	{ "window reports", 0, "\033[14t\033[18t\033[19t", "" },
	{ "window reports may pass", Q, "\033[14t\033[18t", NULL },
	{ "title reports never", ALL, "\033[20t\033[21t", "" },
	{ "window moves and sizes never", ALL, "\033[1t\033[3;0;0t\033[8;10;10t\033[9;1t\033[40t", "" },
	{ "title stack with titles", T, "\033[22;0t\033[23;0t", NULL },
	{ "title stack without titles", 0, "\033[22;0t\033[23;0t", "" },
	{ "printer", ALL, "\033[5i\033[?5i\033[i", "" },
	{ "conformance level", ALL, "\033[62;1\"p", "" },
	{ "8-bit controls, other encodings", ALL, "\033 G\033%@\033%G", "" },
	{ "DECID", 0, "a\033Zb", "ab" },
	{ "bad modes are taken out of a list", 0, "\033[?25;3;1049h", "\033[?25;1049h" },
	{ "bad modes alone", ALL, "\033[?3h\033[?40;3l\033[?38h\033[?1001h", "" },
	{ "report modes", 0, "\033[?2048h\033[?2031;25h", "\033[?25h" },
	{ "report modes may pass", Q, "\033[?2048h", NULL },
	{ "mode numbers by value", 0, "\033[?003h", "" },
	{ "C0 inside a dropped sequence acts", 0, "a\033[\r\n>cb", "a\r\nb" },
	{ "C0 inside a kept sequence stays", 0, "\033[3\b1m", NULL },
	{ "C0 does not hide the number", ALL, "\033[2\b1t", "\b" },
	{ "C0 between ESC and [", 0, "\033\b[c", "\b" },
	{ "CAN cancels", 0, "\033[31\030m", "\030m" },
	{ "ESC begins anew", 0, "\033[31\033[cx\033\033[mz", "x\033[mz" },
	{ "text inside a sequence ends it", 0, "\033[3\xc3\xa9m", "\xc3\xa9m" },
	{ "two intermediates", 0, "\033[1$ p", "" },
	{ "bytes out of order", 0, "\033[1$2p\033[1?c", "" },
};

static const struct row string_rows[] = {
	{ "titles", T, "\033]0;a\a\033]2;\xe2\x9c\xb3 b\033\\\033]1;i\a", NULL },
	{ "titles off", 0, "x\033]0;a\a\033]2;b\033\\y", "xy" },
	{ "links", L, "\033]8;id=1;http://e/\033\\x\033]8;;\033\\", NULL },
	{ "links off", T, "\033]8;;http://e/\ax\033]8;;\a", "x" },
	{ "clipboard write off", T | L, "\033]52;c;aGk=\a", "" },
	{ "clipboard write on", C, "\033]52;c;aGk=\a\033]52;;aGk=\033\\", NULL },
	{ "clipboard read never", ALL, "\033]52;c;?\a\033]52;;?\a\033]52;c;a?\a\033]52;c;\a", "" },
	{ "notifications", N, "\033]9;done\a\033]777;notify;a;b\a\033]99;i=1;hi\033\\\033]9;4;1;50\a", NULL },
	{ "notifications off", 0, "\033]9;done\a\033]777;notify;a;b\a\033]99;;hi\033\\\033]9;4;1;50\a", "" },
	{ "ConEmu commands never", ALL, "\033]9;1;100\a\033]9;6;x\a\033]9;7;cmd\a\033]9;9;/\a\033]9;12\a", "" },
	{ "other 777 never", ALL, "\033]777;precmd\a", "" },
	{ "OSC 99 question", N, "\033]99;i=1:p=?;\a", "" },
	{ "OSC 99 question may pass", Q, "\033]99;i=1:p=?;\a", NULL },
	{ "colour questions", 0, "\033]10;?\a\033]11;?\033\\\033]4;1;?\a", "" },
	{ "colour questions may pass", Q, "\033]10;?\a\033]11;?;?\033\\\033]4;1;?;2;?\a", NULL },
	{ "colour changes never", ALL, "\033]10;#fff\a\033]4;1;red\a\033]4;1;?;2;red\a\033]104\a\033]4;1\a", "" },
	{ "prompt marks", 0, "\033]133;A\a\033]133;D;0\033\\", NULL },
	{ "directory, editor and file transfer never", ALL,
	    "\033]7;file:///\a\033]633;A\a\033]1337;File=:x\a\033]5113;x\a\033]5522;x\a\033]50;x\a\033]3;x\a", "" },
	{ "status protocol stays with us", 0, "\033]7501;?\033\\\033]7501;state=idle\a", "" },
	{ "status protocol without us", Q, "\033]7501;?\033\\", NULL },
	{ "no number", ALL, "\033]lx\a\033];x\a\033]x\a\033]\a", "" },
	{ "long number", ALL, "\033]99999999999999999999;x\a", "" },
	{ "DECRQSS and XTGETTCAP", 0, "\033P$qm\033\\\033P+q544e\033\\", "" },
	{ "DECRQSS and XTGETTCAP may pass", Q, "\033P$qm\033\\\033P+q544e\033\\", NULL },
	{ "synchronized updates, older form", 0, "\033P=1s\033\\x\033P=2s\033\\", NULL },
	{ "other DCS never", ALL, "\033P1;1|17/7\033\\\033P0;1;0{ @\033\\\033Pq#0\033\\\033Ptmux;\033\\\033P+p1\033\\", "" },
	{ "kitty graphics question", 0, "\033_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\033\\x", "x" },
	{ "kitty graphics question may pass", Q, "\033_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\033\\", NULL },
	{ "kitty graphics with a file never", ALL, "\033_Ga=q,t=f;L2V0\033\\\033_Ga=T,f=100;AA\033\\", "" },
	{ "PM, SOS, other APC never", ALL, "\033^x\033\\\033Xx\033\\\033_tmux\033\\y", "y" },
	{ "BEL ends OSC only", Q, "\033P$qm\a\033\\x", "x" },
	{ "controls inside a title", T, "\033]0;a\rb\ax", "x" },
	{ "invalid UTF-8 inside a title", T, "\033]0;a\xff\ax", "x" },
	{ "a C1 control inside a title", T, "\033]0;a\xc2\x9b""6nb\ax", "x" },
	{ "U+00A0 inside a title", T, "\033]0;a\xc2\xa0""b\a", NULL },
	{ "cut off by another sequence", T, "\033]0;abc\033[31mx", "\033[31mx" },
	{ "cut off by a query", T, "\033]0;abc\033[cx", "x" },
	{ "cancelled", T, "\033]0;abc\030x", "\030x" },
};

/* clang-format on */

static void
feed(unsigned flags, const char *in, size_t len, size_t chunk, struct buf *out)
{
	struct term_filter f;

	term_filter_init(&f, flags);
	for (size_t at = 0; at < len; at += chunk)
		term_filter_feed(&f, in + at, chunk < len - at ? chunk : len - at, out);
	term_filter_deinit(&f);
}

static void
check_row(const struct row *r)
{
	const char *want = r->out ? r->out : r->in;
	static const size_t chunks[] = { 1, 2, 3, 4096 };

	for (size_t i = 0; i < ARRAY_LEN(chunks); i++) {
		struct buf out = BUF_UNLIMITED, again = BUF_UNLIMITED;

		feed(r->flags, r->in, strlen(r->in), chunks[i], &out);
		if (strcmp(buf_text(&out), want) != 0) {
			struct buf text = BUF_UNLIMITED;

			buf_put_escaped(&text, buf_str(&out));
			fail_msg("%s, chunks of %zu: got %s", r->what, chunks[i],
			    buf_text(&text));
		}
		feed(r->flags, buf_text(&out), out.len, chunks[i], &again);
		assert_string_equal(buf_text(&again), buf_text(&out));
		buf_deinit(&out);
		buf_deinit(&again);
	}
}

static void
check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_row(&rows[i]);
}

static void
text_passes(void **state)
{
	check_rows(text_rows, ARRAY_LEN(text_rows));
}

static void
csi_by_table(void **state)
{
	check_rows(csi_rows, ARRAY_LEN(csi_rows));
}

static void
strings_by_table(void **state)
{
	check_rows(string_rows, ARRAY_LEN(string_rows));
}

/* A title of n bytes, with its introducer and terminator. */
static void
put_title(struct buf *b, size_t n)
{
	buf_puts(b, "\033]0;");
	for (size_t i = 0; i < n; i++)
		buf_putc(b, 'x');
	buf_puts(b, "\a");
}

static void
long_sequences_are_dropped_whole(void **state)
{
	struct buf in = BUF_UNLIMITED, out = BUF_UNLIMITED;

	put_title(&in, 8000);
	feed(T, in.data, in.len, 4096, &out);
	assert_int_equal(out.len, in.len);

	buf_clear(&in), buf_clear(&out);
	put_title(&in, 8200);
	buf_puts(&in, "after");
	feed(T, in.data, in.len, 4096, &out);
	assert_string_equal(buf_text(&out), "after");

	buf_clear(&in), buf_clear(&out);
	buf_puts(&in, "\033[");
	for (int i = 0; i < 9000; i++)
		buf_puts(&in, "1;");
	buf_puts(&in, "mafter");
	feed(T, in.data, in.len, 4096, &out);
	assert_string_equal(buf_text(&out), "after");

	/* A DCS that grew too long does not end at a BEL. */
	buf_clear(&in), buf_clear(&out);
	buf_puts(&in, "\033P");
	for (int i = 0; i < 9000; i++)
		buf_puts(&in, "x");
	buf_puts(&in, "\ahidden\033\\after");
	feed(ALL, in.data, in.len, 4096, &out);
	assert_string_equal(buf_text(&out), "after");
	buf_deinit(&in);
	buf_deinit(&out);
}

static void
memory_is_bounded(void **state)
{
	struct term_filter f;
	struct buf out = BUF_UNLIMITED;
	char chunk[4096];

	memset(chunk, 'x', sizeof(chunk));
	term_filter_init(&f, ALL);
	term_filter_feed(&f, "\033]52;c;", 7, &out);
	for (int i = 0; i < 2048; i++)
		term_filter_feed(&f, chunk, sizeof(chunk), &out);
	assert_true(f.held.len <= 8192);
	assert_int_equal(out.len, 0);
	term_filter_feed(&f, "\aend", 4, &out);
	assert_string_equal(buf_text(&out), "end");
	term_filter_deinit(&f);
	buf_deinit(&out);
}

static void
flags_may_change(void **state)
{
	struct term_filter f;
	struct buf out = BUF_UNLIMITED;

	term_filter_init(&f, 0);
	term_filter_feed(&f, "\033[", 2, &out);
	f.flags = Q;
	term_filter_feed(&f, "c", 1, &out);
	assert_string_equal(buf_text(&out), "\033[c");
	term_filter_deinit(&f);
	buf_deinit(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_passes),
		cmocka_unit_test(csi_by_table),
		cmocka_unit_test(strings_by_table),
		cmocka_unit_test(long_sequences_are_dropped_whole),
		cmocka_unit_test(memory_is_bounded),
		cmocka_unit_test(flags_may_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
