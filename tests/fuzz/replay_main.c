/* Runs a fuzz target on every file of the directories given: without libFuzzer
 * the corpus is an ordinary test, a TAP line a file.  A crash is the failure. */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void NORETURN
bail(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(2);
}

static void
read_file(const char *path, struct buf *ret)
{
	cleanup_file FILE *f = fopen(path, "re");
	char chunk[4096];
	size_t n;

	if (!f)
		bail(path);
	while ((n = fread(chunk, 1, sizeof(chunk), f)))
		buf_put(ret, chunk, n);
}

static int
is_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Returns the number of the last test. */
static unsigned
replay(const char *dir, unsigned test)
{
	struct dirent **names;
	int count = scandir(dir, &names, is_file, alphasort);

	if (count < 0)
		bail(dir);
	for (int i = 0; i < count; i++) {
		cleanup_buf struct buf path = BUF_UNLIMITED, data = BUF_UNLIMITED;

		buf_printf(&path, "%s/%s", dir, names[i]->d_name);
		read_file(buf_text(&path), &data);
		(void)LLVMFuzzerTestOneInput((const uint8_t *)buf_text(&data), data.len);
		printf("ok %u - %s\n", ++test, names[i]->d_name);
		(void)fflush(stdout);
		free(names[i]);
	}
	free(names);
	return test;
}

int
main(int argc, char **argv)
{
	unsigned tests = 0;

	/* Only a guard against a hang. */
	(void)alarm(300);
	for (int i = 1; i < argc; i++)
		tests = replay(argv[i], tests);
	printf("1..%u\n", tests);
	return tests ? 0 : 1; /* an empty corpus tests nothing */
}
