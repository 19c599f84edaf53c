/* log.h: lines for people who run the daemon.
 *
 * A line is: time, level, module, [object], message, key=value.  Each file
 * that logs defines LOG_MODULE first.  Folders below core log nothing above
 * debug (rule 32); a function logs or returns, never both.  Text from outside
 * is given with %s after buf_put_escaped(), never raw.
 *
 * Pure: this module formats; the sink given by main writes.  Without a sink
 * nothing is written. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdarg.h>

#include "base/compiler.h"
#include "base/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_LEVEL_COUNT };

extern const char *const log_level_names[LOG_LEVEL_COUNT];

/* `line` has no newline and is valid only during the call. */
typedef void (*log_sink_fn)(enum log_level level, struct str line, void *ctx);

void log_init(enum log_level least, log_sink_fn sink, void *ctx);
void log_line(enum log_level level, const char *module, const char *object,
    const char *fmt, ...) PRINTF(4, 5);

#define log_debug(...) log_line(LOG_DEBUG, LOG_MODULE, NULL, __VA_ARGS__)
#define log_info(...)  log_line(LOG_INFO, LOG_MODULE, NULL, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_WARN, LOG_MODULE, NULL, __VA_ARGS__)
#define log_error(...) log_line(LOG_ERROR, LOG_MODULE, NULL, __VA_ARGS__)

#endif
