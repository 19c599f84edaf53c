/* belay-draw: a screen as JSON on standard input, a PNG on standard output or in
 * a file.  A program of its own so that nothing else loads cairo and pango. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Not forced into this program: a header of glib itself says alloca. */
#include "base/banned.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "draw/paint.h"

#define INPUT_MAX (64u << 20)

static int
usage(FILE *to, int status)
{
	(void)fputs("usage: belay-draw [FILE.png] < screen.json\n", to);
	return status;
}

static int
complain(const char *what, const char *why)
{
	(void)fprintf(stderr, "belay-draw: %s: %s\n", what, why);
	return 1;
}

static cairo_status_t
write_png(void *file, const unsigned char *data, unsigned len)
{
	return fwrite(data, 1, len, file) == len ? CAIRO_STATUS_SUCCESS
						 : CAIRO_STATUS_WRITE_ERROR;
}

static int
read_screen(struct json **ret)
{
	cleanup_buf struct buf text = BUF(INPUT_MAX);
	char chunk[8192];
	size_t n, at;

	while ((n = fread(chunk, 1, sizeof(chunk), stdin)))
		buf_put(&text, chunk, n);
	if (ferror(stdin))
		return complain("standard input", strerror(errno));
	if (buf_failed(&text))
		return complain("standard input", "more than 64 MB");
	if (json_parse(buf_str(&text), ret, &at))
		return complain("standard input", "not JSON");
	return 0;
}

int
main(int argc, char **argv)
{
	cleanup_json struct json *screen = NULL;
	cairo_surface_t *surface = NULL;
	cairo_status_t status;
	FILE *out = stdout;

	if (argc > 2)
		return usage(stderr, 2);
	if (argc == 2 && (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help")))
		return usage(stdout, 0);
	if (read_screen(&screen))
		return 1;
	if (paint_screen(screen, &surface))
		return complain(
		    "standard input", "not a screen: cols, rows and lines are wanted");
	if (argc == 2 && !(out = fopen(argv[1], "we"))) {
		cairo_surface_destroy(surface);
		return complain(argv[1], strerror(errno));
	}
	status = cairo_surface_write_to_png_stream(surface, write_png, out);
	cairo_surface_destroy(surface);
	if ((argc == 2 ? fclose(out) : fflush(out)) || status != CAIRO_STATUS_SUCCESS)
		return complain(argc == 2 ? argv[1] : "standard output",
		    status == CAIRO_STATUS_SUCCESS ? strerror(errno)
						   : cairo_status_to_string(status));
	return 0;
}
