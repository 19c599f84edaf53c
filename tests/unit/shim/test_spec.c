/* The spec: what a caller may ask for, and that each wrong field is named. */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shim/spec.h"

/* clang-format off */
static const char *const good[] = { "belay-shim-spec 1", "01900000-0000-7000-8000-000000000001",
	"4294967295", "1000", "1", "65536", "0", "pipe", "/tmp", "/bin/sh", "2", "sh", "", "1", "A=" };

/* clang-format on */
enum { WORDS = sizeof good / sizeof good[0] };

static const char *words[SPEC_WORDS];

static const char *
parse_words(const char *const *word, size_t count, struct spec *s)
{
	static char text[8192];
	size_t len = 0;

	for (size_t i = 0; i < count; i++) {
		memcpy(text + len, word[i], strlen(word[i]) + 1);
		len += strlen(word[i]) + 1;
	}
	return spec_parse(s, text, len, words);
}

static void
takes_all_fields(void **state)
{
	struct spec s;

	assert_null(parse_words(good, WORDS, &s));
	assert_string_equal(s.session, good[1]);
	assert_int_equal(s.generation, 4294967295u);
	assert_int_equal(s.cols, 1000);
	assert_int_equal(s.rows, 1);
	assert_int_equal(s.ring_bytes, 65536);
	assert_int_equal(s.linger_s, 0);
	assert_true(s.pipe);
	assert_string_equal(s.cwd, "/tmp");
	assert_string_equal(s.program, "/bin/sh");
	assert_string_equal(s.argv[0], "sh");
	assert_string_equal(s.argv[1], "");
	assert_null(s.argv[2]);
	assert_string_equal(s.env[0], "A=");
	assert_null(s.env[1]);
}

static void
names_the_wrong_field(void **state)
{
	/* clang-format off */
	static const struct { unsigned at; const char *word, *field; } bad[] = {
		{ 0, "belay-shim-spec 2", "version" }, { 0, "", "version" },
		{ 1, "x", "session" }, { 1, "01900000-0000-7000-8000-00000000000/", "session" },
		{ 2, "4294967296", "generation" }, { 2, "-1", "generation" }, { 2, "01", "generation" },
		{ 2, "+1", "generation" }, { 2, " 1", "generation" }, { 2, "1 ", "generation" },
		{ 2, "99999999999999999999999999", "generation" }, { 2, "", "generation" },
		{ 3, "1", "cols" }, { 3, "1001", "cols" }, { 4, "0", "rows" }, { 4, "100000", "rows" },
		{ 5, "65535", "ring" }, { 5, "1073741825", "ring" }, { 6, "forever", "linger" },
		{ 7, "PTY", "mode" }, { 8, "tmp", "cwd" }, { 8, "", "cwd" }, { 9, "sh", "program" },
		{ 10, "0", "argv" }, { 10, "1025", "argv" }, { 10, "1", "env" }, { 13, "2", "env" },
		{ 13, "0", "end" }, { 13, "4097", "env" }, { 14, "A", "env" }, { 14, "=A", "env" },
	};
	/* clang-format on */
	struct spec s;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		const char *word[WORDS];
		const char *field;

		memcpy(word, good, sizeof word);
		word[bad[i].at] = bad[i].word;
		field = parse_words(word, WORDS, &s);
		assert_non_null(field);
		assert_string_equal(field, bad[i].field);
	}
}

static void
every_cut_is_refused(void **state)
{
	char text[512];
	struct spec s;
	size_t len = 0;

	for (size_t i = 0; i < WORDS; i++) {
		memcpy(text + len, good[i], strlen(good[i]) + 1);
		len += strlen(good[i]) + 1;
	}
	for (size_t cut = 0; cut < len; cut++)
		assert_non_null(spec_parse(&s, text, cut, words));
	assert_null(spec_parse(&s, text, len, words));
}

static void
read_is_bounded(void **state)
{
	char buf[16];
	size_t len = 99;
	int end[2];

	assert_int_equal(pipe(end), 0);
	assert_int_equal(write(end[1], "0123456789", 10), 10);
	close(end[1]);
	assert_int_equal(spec_read(end[0], buf, 10, &len), -E2BIG);
	assert_int_equal(len, 99);
	assert_int_equal(spec_read(end[0], buf, 10, &len), 0);
	assert_int_equal(len, 0);
	close(end[0]);
	assert_int_equal(spec_read(end[0], buf, 10, &len), -EBADF);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_all_fields),
		cmocka_unit_test(names_the_wrong_field),
		cmocka_unit_test(every_cut_is_refused),
		cmocka_unit_test(read_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
