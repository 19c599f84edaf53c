/* cli_cmd_list.c: sessions as a table, and one session in full. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/table.h"

#define ID_LEAST 8u

/* --- ls ------------------------------------------------------------------------------
 */

/* clang-format off */
static const struct table_col columns[] = {
	{ .title = "NAME", .cut = true, .least = 12 }, { .title = "ID" }, { .title = "AGENT" },
	{ .title = "STATE" }, { .title = "SINCE" },
	{ .title = "CWD", .cut = true, .least = 10 },
	{ .title = "TASK", .cut = true, .least = 8 },
};

/* clang-format on */

static int
compare_ids(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Columns of the shortest beginning that tells all listed ids apart. */
static size_t
id_columns(const struct json *sessions)
{
	size_t need = ID_LEAST, n = json_count(sessions);
	cleanup_free const char **ids = xnew_n(const char *, n + 1);

	for (size_t i = 0; i < n; i++) {
		ids[i] = json_get_text(json_at(sessions, i), "id");
		ids[i] = ids[i] ? ids[i] : "";
	}
	qsort(ids, n, sizeof(*ids), compare_ids);
	for (size_t i = 1; i < n; i++) {
		size_t same = 0;
		while (ids[i][same] && ids[i - 1][same] == ids[i][same])
			same++;
		need = same + 1 > need ? same + 1 : need;
	}
	return need;
}

static void
put_dir(const char *dir, struct buf *out)
{
	const char *home = getenv("HOME");
	size_t len = home ? strlen(home) : 0;

	if (len > 1 && dir && strncmp(dir, home, len) == 0 &&
	    (dir[len] == '/' || !dir[len])) {
		buf_putc(out, '~');
		dir += len;
	}
	face_put_text(str_of(dir), out);
}

static void
put_task(const struct json *session, struct buf *out)
{
	struct str task = json_str(json_get(session, "task"));

	if (task.len == 0)
		task = json_str(json_get(session, "title"));
	task = str_trim(task);
	face_put_text(str_cut(&task, '\n'), out);
}

static void
add_session(struct table *t, const struct face *f, const struct json *s, size_t id_len,
    wall_t now)
{
	cleanup_buf struct buf cell = BUF_UNLIMITED;
	struct str id = json_str(json_get(s, "id"));
	enum colour colour;

	cmd_put_name(s, &cell);
	table_add(t, COLOUR_NONE, buf_str(&cell));
	table_add(t, COLOUR_GREY, str_make(id.p, id.len < id_len ? id.len : id_len));
	buf_clear(&cell);
	face_put_text(json_str(json_get(s, "agent")), &cell);
	table_add(t, COLOUR_NONE, buf_str(&cell));
	buf_clear(&cell);
	colour = face_put_state(f, s, &cell);
	table_add(t, colour, buf_str(&cell));
	buf_clear(&cell);
	face_put_age(json_get_text(s, "since"), now, &cell);
	table_add(t, COLOUR_NONE, buf_str(&cell));
	buf_clear(&cell);
	put_dir(json_get_text(s, "cwd"), &cell);
	table_add(t, COLOUR_NONE, buf_str(&cell));
	buf_clear(&cell);
	put_task(s, &cell);
	table_add(t, COLOUR_NONE, buf_str(&cell));
}

static void
put_table(const struct face *f, const struct json *sessions, struct buf *out)
{
	size_t id_len = id_columns(sessions), n = json_count(sessions);
	wall_t now = os_wall();
	struct table t;

	table_init(&t, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < n; i++)
		add_session(&t, f, json_at(sessions, i), id_len, now);
	table_put(&t, f, out);
	table_deinit(&t);
}

int
cli_cmd_list(struct cli *cli, struct args *args)
{
	cleanup_json struct json *answer = NULL;
	cleanup_buf struct buf out = BUF_UNLIMITED;
	struct problem p = { 0 };
	const struct json *sessions;

	if (client_call(cli, args->verb, args->request, &answer, &p) != 0)
		return cli_fail(&p);
	if (cli->json)
		return cli_put_json(answer);
	sessions = json_get(answer, "sessions");
	if (cli->quiet) {
		for (size_t i = 0; i < json_count(sessions); i++) {
			cmd_put_name(json_at(sessions, i), &out);
			buf_putc(&out, '\n');
		}
	} else {
		put_table(&cli->face, sessions, &out);
	}
	return cli_write(&out) ? 0 : 1;
}

/* --- get ------------------------------------------------------------------------------
 */

static int
put_pair(const char *key, struct json *value, void *ctx)
{
	struct buf *out = ctx;

	if (out->len > 0 && out->data[out->len - 1] != ' ')
		buf_putc(out, ' ');
	buf_printf(out, "%s=", key);
	face_put_text(json_str(value), out);
	return 0;
}

static void
put_value(const struct verb_field *field, const struct json *value, struct buf *out)
{
	if (field->type == VT_OBJECT && json_get(value, "cols")) {
		buf_printf(out, "%lldx%lld", (long long)json_get_int(value, "cols", 0),
		    (long long)json_get_int(value, "rows", 0));
	} else if (json_kind(value) == JSON_STRING) {
		face_put_text(json_str(value), out);
	} else if (field->type == VT_MAP) {
		(void)json_each(value, put_pair, out);
	} else if (field->type == VT_TEXTS) {
		for (size_t i = 0; i < json_count(value); i++) {
			buf_puts(out, i ? " " : "");
			face_put_text(json_str(json_at(value, i)), out);
		}
	} else {
		json_write(out, value);
	}
}

int
cli_cmd_get(struct cli *cli, struct args *args)
{
	cleanup_json struct json *answer = NULL;
	cleanup_buf struct buf out = BUF_UNLIMITED;
	struct problem p = { 0 };

	if (client_call(cli, args->verb, args->request, &answer, &p) != 0)
		return cli_fail(&p);
	if (cli->json)
		return cli_put_json(answer);
	if (cli->quiet) {
		cmd_put_name(answer, &out);
		buf_putc(&out, '\n');
	}
	for (const struct verb_field *f = args->verb->result->fields;
	     f->name && !cli->quiet; f++) {
		const struct json *value = json_get(answer, f->name);
		if (!value)
			continue;
		buf_printf(&out, "%-12s ", f->name);
		put_value(f, value, &out);
		buf_putc(&out, '\n');
	}
	return cli_write(&out) ? 0 : 1;
}
