#include "base/log.h"

#include "base/buf.h"

#include "../test.h"

#define LOG_MODULE "test"

static struct buf seen = BUF(1 << 20);

static void
sink(enum log_level level, struct str line, void *ctx)
{
	buf_printf(&seen, "%d|%.*s\n", (int)level, STR_ARG(line));
}

static void
lines(void **state)
{
	log_init(LOG_INFO, sink, NULL);
	log_debug("hidden");
	log_info("port=%d", 7);
	log_line(LOG_ERROR, "core", "fix-login", "gone");
	assert_string_equal(
	    buf_text(&seen), "1|info test: port=7\n3|error core: [fix-login] gone\n");
	log_init(LOG_INFO, NULL, NULL);
	log_error("nobody listens");
	buf_deinit(&seen);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(lines) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
