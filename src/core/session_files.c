/* The mirror is read only when the database is gone while the machine went
 * on, so it is written without waiting for the disk: a rename is atomic for
 * every reader, and what survives a power cut is the database. */
#include "core/session_files.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/config.h"
#include "base/fault.h"
#include "base/log.h"

#define LOG_MODULE "session"

static int
write_all(int fd, struct str s)
{
	while (s.len) {
		ssize_t n = write(fd, s.p, s.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		s.p += n;
		s.len -= (size_t)n;
	}
	return 0;
}

int
session_files_write(const struct session *s, const char *file, struct str content)
{
	cleanup_buf struct buf path = BUF_UNLIMITED, fresh = BUF_UNLIMITED;
	cleanup_fd int fd = -1;
	int r;

	session_path(s, file, &path);
	buf_printf(&fresh, "%s.new", buf_text(&path));
	fd = open(buf_text(&fresh), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
	    0600);
	if (fd < 0)
		return fault(-errno);
	r = write_all(fd, content);
	if (!r && rename(buf_text(&fresh), buf_text(&path)) < 0)
		r = -errno;
	if (r)
		(void)unlink(buf_text(&fresh));
	return fault(r);
}

void
session_files_mirror(struct session *s)
{
	struct json *record = session_record(s);
	cleanup_buf struct buf text = BUF_UNLIMITED;
	int r;

	json_write(&text, record);
	buf_putc(&text, '\n');
	(void)json_free(record);
	r = session_files_write(s, "meta.json", buf_str(&text));
	/* No directory: the session was recorded, and its directory is made next
	 * or has been removed.  Anything else is worth a line, and the store has it. */
	if (r < 0 && r != -ENOENT)
		log_line(LOG_WARN, LOG_MODULE, s->name, "can not write meta.json: %s",
		    strerror(-r));
}

int
session_files_write_spec(struct session *s, char *const *env)
{
	struct json *o = json_new_object(), *list = json_new_array();
	cleanup_buf struct buf text = BUF_UNLIMITED;

	for (size_t i = 0; env && env[i]; i++)
		json_push(list, json_new_text(env[i]));
	json_set(o, "env", list);
	json_write(&text, o);
	(void)json_free(o);
	return fault(session_files_write(s, "spec.json", buf_str(&text)));
}

char **
session_files_read_spec(struct session *s)
{
	cleanup_buf struct buf path = BUF_UNLIMITED, text = BUF(4 * LIMIT_SPEC_BYTES);
	cleanup_json struct json *o = NULL;
	const struct json *list;
	char **env;
	size_t at, n;

	session_path(s, "spec.json", &path);
	if (os_read_file(AT_FDCWD, buf_text(&path), 4 * LIMIT_SPEC_BYTES, &text) < 0 ||
	    json_parse(buf_str(&text), &o, &at))
		return NULL;
	list = json_get(o, "env");
	n = json_kind(list) == JSON_ARRAY ? json_count(list) : 0;
	env = xnew_n(char *, n + 1);
	for (size_t i = 0; i < n; i++) {
		const char *z = json_text(json_at(list, i));

		env[i] = xstrdup(z ? z : "");
	}
	return env;
}

int
session_files_remove(struct session *s)
{
	cleanup_fd int dir = -1;
	int r = os_open_dir(s->core->home->sessions, &dir);

	if (r == -ENOENT)
		return 0;
	if (!r)
		r = os_remove_tree(dir, s->id_text);
	return fault(r);
}
