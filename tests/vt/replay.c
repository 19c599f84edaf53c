/* Replays the recordings of tests/corpus (its README.md says what they are).
 *
 *   chunks: every .raw, fed whole and in chunks of 1, 7 and 4095 bytes, gives the
 *     same model, and its keyframe draws the same model;
 *   screens: the pieces named in replay.txt give the screen that was recorded,
 *     and, where a run was kept from its first byte, its title, cursor and
 *     alternate screen.
 *
 * Two differences between bytes and recorded screens are known and undone here:
 * the paths were made fictitious, which missed those that a sequence cuts; and
 * where the program had ended, the recorder wrote a line of its own. */
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/compiler.h"
#include "base/json.h"
#include "term/term.h"

#define COLS 120u
#define ROWS 30u

static unsigned tests, failures;

static void
report(const char *kind, const char *name, const struct buf *why)
{
	printf("%sok %u - %s %s\n", why->len ? "not " : "", ++tests, kind, name);
	if (why->len) {
		failures++;
		printf("# %s\n", buf_text(why));
	}
	(void)fflush(stdout);
}

static void NORETURN
bail(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(2);
}

static bool
try_file(const char *root, const char *name, const char *suffix, struct buf *ret)
{
	cleanup_buf struct buf path = BUF_UNLIMITED;
	cleanup_file FILE *f = NULL;
	char chunk[4096];
	size_t n;

	buf_printf(&path, "%s/%s%s", root, name, suffix);
	f = fopen(buf_text(&path), "re");
	if (!f)
		return false;
	while ((n = fread(chunk, 1, sizeof(chunk), f)))
		buf_put(ret, chunk, n);
	return true;
}

static void
read_file(const char *root, const char *name, const char *suffix, struct buf *ret)
{
	if (!try_file(root, name, suffix, ret))
		bail(name);
}

static struct term *
fresh(void)
{
	const struct term_config config = {
		.cols = COLS, .rows = ROWS, .scrollback_rows = 500, .version = "belay"
	};

	return term_new(&config);
}

static struct term *
fed(const struct buf *bytes, size_t chunk)
{
	struct term *t = fresh();

	for (size_t at = 0; at < bytes->len; at += chunk)
		term_feed(t, bytes->data + at,
		    chunk < bytes->len - at ? chunk : bytes->len - at);
	term_check(t);
	return t;
}

/* --- Chunks -------------------------------------------------------------- */

static void
compare(const struct term *a, struct term *b, const char *what, struct buf *why)
{
	cleanup_buf struct buf one = BUF_UNLIMITED;

	if (!why->len && !term_equal(a, b, &one))
		buf_printf(why, "%s: %s", what, buf_text(&one));
	term_free(b);
}

static void
check_chunks(const char *root, const char *name)
{
	static const size_t sizes[] = { 1, 7, 4095 };
	cleanup_buf struct buf bytes = BUF_UNLIMITED, why = BUF_UNLIMITED,
			       drawing = BUF_UNLIMITED;
	struct term *whole;

	read_file(root, name, "", &bytes);
	whole = fed(&bytes, bytes.len + 1);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		char what[32];

		(void)snprintf(what, sizeof(what), "chunks of %zu", sizes[i]);
		compare(whole, fed(&bytes, sizes[i]), what, &why);
	}
	term_put_ansi(whole, TERM_DRAW_KEYFRAME, &drawing);
	compare(whole, fed(&drawing, drawing.len), "keyframe", &why);
	term_free(whole);
	report("chunks", name, &why);
}

static int
is_raw(const struct dirent *entry)
{
	return str_ends(str_of(entry->d_name), STR(".raw"));
}

static int
is_name(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void
each_raw(const char *root, const char *dir)
{
	cleanup_buf struct buf path = BUF_UNLIMITED;
	struct dirent **names;
	int count;

	buf_printf(&path, "%s/%s", root, dir);
	count = scandir(buf_text(&path), &names, is_raw, alphasort);
	if (count < 0)
		bail(buf_text(&path));
	for (int i = 0; i < count; i++) {
		buf_clear(&path);
		buf_printf(&path, "%s/%s", dir, names[i]->d_name);
		check_chunks(root, buf_text(&path));
		free(names[i]);
	}
	free(names);
}

static void
all_chunks(const char *root)
{
	cleanup_buf struct buf path = BUF_UNLIMITED;
	struct dirent **names;
	int count;

	each_raw(root, "streams");
	buf_printf(&path, "%s/screens", root);
	count = scandir(buf_text(&path), &names, is_name, alphasort);
	if (count < 0)
		bail(buf_text(&path));
	for (int i = 0; i < count; i++) {
		buf_clear(&path);
		buf_printf(&path, "screens/%s", names[i]->d_name);
		each_raw(root, buf_text(&path));
		free(names[i]);
	}
	free(names);
}

/* --- Screens ----------------------------------------------------------------- */

/* Appends "streams/NAME@BYTES" or "screens/NAME", perhaps with a ~ before. */
static void
put_piece(const char *root, const char *piece, struct buf *ret)
{
	cleanup_buf struct buf bytes = BUF_UNLIMITED;
	cleanup_free char *name = xstrdup(piece);
	char *at = strchr(name, '@');
	uint64_t len;

	if (at)
		*at++ = '\0';
	read_file(root, name + (*name == '~'), "", &bytes);
	len = bytes.len;
	if (at && (!str_to_u64(str_of(at), &len) || len > bytes.len))
		bail(piece);
	buf_put(ret, buf_text(&bytes), len);
}

/* The recorder's line about a program that has ended, as it was put there. */
static void
feed_ended(struct term *t, struct str want)
{
	static const struct str mark = { "\nPane is dead ", 14 };
	ptrdiff_t at = str_find(want, mark);
	struct str line;

	if (at < 0)
		return;
	want.p += at + 1, want.len -= (size_t)at + 1;
	line = str_cut(&want, '\n');
	term_feed(t, "\033[r\033[30;1H\n\033[m", 15);
	term_feed(t, line.p, line.len);
}

static void
put_replaced(struct str s, struct str from, struct str to, struct buf *out)
{
	ptrdiff_t at;

	while ((at = str_find(s, from)) >= 0) {
		buf_put(out, s.p, (size_t)at);
		buf_put(out, to.p, to.len);
		s.p += (size_t)at + from.len, s.len -= (size_t)at + from.len;
	}
	buf_put(out, s.p, s.len);
}

static struct str
right_trimmed(struct str s)
{
	while (s.len && s.p[s.len - 1] == ' ')
		s.len--;
	return s;
}

static void
check_text(const struct term *t, struct str want, struct buf *why)
{
	for (uint16_t row = 0; row < ROWS && !why->len; row++) {
		cleanup_buf struct buf raw = BUF_UNLIMITED, got = BUF_UNLIMITED;
		struct str line = right_trimmed(str_cut(&want, '\n'));

		term_put_row(t, row, &raw);
		put_replaced(buf_str(&raw), STR("/tmp/agents"), STR("/home/devel"), &got);
		if (!str_eq(right_trimmed(buf_str(&got)), line))
			buf_printf(why, "row %u is \"%s\", not \"%.*s\"", row,
			    buf_text(&got), STR_ARG(line));
	}
}

static void
check_facts(const struct term *t, const struct json *facts, struct buf *why)
{
	struct term_cursor c = term_cursor(t);
	const struct json *at = json_get(facts, "cursor");
	const char *title = json_get_text(facts, "title");
	int64_t alt = json_get_int(facts, "alternate_on", -1);
	/* The recorder counts a pending wrap as a column of its own. */
	int64_t col = c.col + c.pending_wrap, row = c.row;

	if (at && (json_as_int(json_at(at, 0), -1) != col ||
		      json_as_int(json_at(at, 1), -1) != row))
		buf_printf(why, "cursor is %d,%d", (int)row, (int)col);
	if (alt >= 0 && alt != term_modes(t).alt_screen)
		buf_printf(why, "alternate screen is not %d", (int)alt);
	/* The recorder took a kitty graphics question for a title. */
	if (title && strncmp(title, "Gi=", 3) != 0 && strcmp(title, term_title(t)) != 0)
		buf_printf(why, "title is \"%s\", not \"%s\"", term_title(t), title);
}

static void
check_screen(const char *root, const char *state, struct str pieces, bool facts_too)
{
	cleanup_buf struct buf bytes = BUF_UNLIMITED, want = BUF_UNLIMITED;
	cleanup_buf struct buf facts = BUF_UNLIMITED, why = BUF_UNLIMITED;
	cleanup_buf struct buf name = BUF_UNLIMITED;
	cleanup_json struct json *j = NULL;
	struct term *t;
	size_t at;

	while (pieces.len) {
		cleanup_free char *piece = NULL;
		struct str word = str_cut(&pieces, ' ');

		piece = xstrndup(word.p, word.len);
		put_piece(root, piece, &bytes);
	}
	buf_printf(&name, "screens/%s", state);
	read_file(root, buf_text(&name), ".txt", &want);
	t = fed(&bytes, bytes.len + 1);
	if (facts_too && try_file(root, buf_text(&name), ".json", &facts)) {
		if (json_parse(buf_str(&facts), &j, &at))
			bail(state);
		if (str_find(buf_str(&want), STR("\nPane is dead ")) < 0)
			check_facts(t, j, &why);
	}
	feed_ended(t, buf_str(&want));
	check_text(t, buf_str(&want), &why);
	term_free(t);
	report("screen", state, &why);
}

static void
all_screens(const char *root)
{
	cleanup_buf struct buf list = BUF_UNLIMITED;
	struct str rest;

	read_file(root, "replay.txt", "", &list);
	rest = buf_str(&list);
	while (rest.len) {
		struct str line = str_cut(&rest, '\n');
		cleanup_free char *state = NULL;
		struct str word;

		if (!line.len || line.p[0] == '#')
			continue;
		word = str_cut(&line, ' ');
		state = xstrndup(word.p, word.len);
		check_screen(root, state, line, str_starts(line, STR("streams/")));
	}
}

int
main(int argc, char **argv)
{
	assert(argc == 2);
	/* Only a guard against a hang. */
	(void)alarm(600);
	all_screens(argv[1]);
	all_chunks(argv[1]);
	printf("1..%u\n", tests);
	return failures || !tests ? 1 : 0;
}
