#include "base/log.h"

#include "base/buf.h"

static struct {
	enum log_level least;
	log_sink_fn sink;
	void *ctx;
} state;

const char *const log_level_names[LOG_LEVEL_COUNT] = { "debug", "info", "warn", "error" };

void
log_init(enum log_level least, log_sink_fn sink, void *ctx)
{
	state.least = least;
	state.sink = sink;
	state.ctx = ctx;
}

void
log_line(
    enum log_level level, const char *module, const char *object, const char *fmt, ...)
{
	cleanup_buf struct buf line = BUF(16 << 10);
	va_list ap;

	if (!state.sink || level < state.least)
		return;
	buf_printf(&line, "%s %s: ", log_level_names[level], module);
	if (object)
		buf_printf(&line, "[%s] ", object);
	va_start(ap, fmt);
	buf_vprintf(&line, fmt, ap);
	va_end(ap);
	state.sink(level, buf_str(&line), state.ctx);
}
