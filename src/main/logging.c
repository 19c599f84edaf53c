#include "main/logging.h"

#include <stdio.h>

static void
sink(enum log_level level, struct str line, void *ctx)
{
	static const int priorities[LOG_LEVEL_COUNT] = { 7, 6, 4,
		3 }; /* as sd-daemon(3) */
	struct logging *g = ctx;
	cleanup_buf struct buf b = BUF(20 << 10);

	wall_put(&b, os_wall());
	buf_putc(&b, ' ');
	buf_put(&b, line.p, line.len);
	/* A log that can not be written has nobody to tell. */
	if (g->file.fd >= 0)
		(void)!os_logfile_write(&g->file, buf_str(&b));
	if (g->journal)
		(void)fprintf(stderr, "<%d>%.*s\n", priorities[level], STR_ARG(line));
	else if (g->to_stderr)
		(void)fprintf(stderr, "%s\n", buf_text(&b));
}

void
logging_start(
    struct logging *g, const struct os_home *home, enum log_level least, bool to_stderr)
{
	cleanup_buf struct buf path = BUF_UNLIMITED;
	int r;

	*g = (struct logging){ .file = OS_LOGFILE_NONE, .to_stderr = to_stderr };
	g->journal = to_stderr && getenv("JOURNAL_STREAM");
	buf_printf(&path, "%s/belayd.log", home->state);
	r = os_logfile_open(&g->file, buf_text(&path));
	if (r < 0)
		(void)fprintf(stderr, "belayd: %s: %s\n", buf_text(&path), strerror(-r));
	log_init(least, sink, g);
}

void
logging_set_level(struct logging *g, enum log_level least)
{
	log_init(least, sink, g);
}

void
logging_stop(struct logging *g)
{
	log_init(LOG_ERROR, NULL, NULL);
	os_logfile_close(&g->file);
}
