#include "face.h"

#include <ftw.h>
#include <stdarg.h>
#include <unistd.h>

#include "../test.h"
#include "base/cleanup.h"
#include "core/session.h"

struct call {
	struct api_call call; /* first */
	struct face *face;
};

static void
on_result(struct api_call *call, const struct json *body)
{
	struct face *f = ((struct call *)(void *)call)->face;
	cleanup_buf struct buf text = BUF_UNLIMITED;
	size_t at;

	json_write(&text, body);
	f->result = json_free(f->result);
	assert_int_equal(json_parse(buf_str(&text), &f->result, &at), 0);
	f->failed = false;
	f->finished = true;
}

static void
on_problem(struct api_call *call, const struct problem *p)
{
	struct face *f = ((struct call *)(void *)call)->face;

	print_message("# %s: %s\n", call->verb->name, p->detail);
	f->problem = *p;
	f->failed = f->finished = true;
}

static bool
on_event(struct api_call *call, uint64_t id, const char *name, const struct json *data)
{
	struct face *f = ((struct call *)(void *)call)->face;
	struct json *copy = NULL;
	cleanup_buf struct buf text = BUF_UNLIMITED;
	size_t at;

	(void)id;
	(void)name;
	if (f->slow)
		return false;
	json_write(&text, data);
	assert_int_equal(json_parse(buf_str(&text), &copy, &at), 0);
	json_push(f->stream, copy);
	f->events++;
	return true;
}

static void
on_finish(struct api_call *call)
{
	((struct call *)(void *)call)->face->finished = true;
}

static const struct api_call_ops call_ops = {
	.result = on_result,
	.problem = on_problem,
	.event = on_event,
	.finish = on_finish,
};

static void
on_stop(void *ctx)
{
	((struct face *)ctx)->stop_asked = true;
}

static void
on_restart(core_done_fn done, void *done_ctx, void *ctx)
{
	((struct face *)ctx)->restart_asked = true;
	done(NULL, NULL, done_ctx);
}

static const struct core_ops core_ops = { .stop = on_stop, .restart = on_restart };

static void
open_core(struct face *f)
{
	const struct core_config config = {
		.loop = NULL, .home = &f->home, .ops = &core_ops, .ops_ctx = f
	};
	struct core_config with = config;
	struct settings settings;
	struct profiles profiles;
	int version;

	assert_int_equal(loop_new(&f->loop), 0);
	with.loop = f->loop;
	settings_init(&settings);
	profiles_init(&profiles);
	assert_true(profiles_add(&profiles, "shell",
	    STR("command: ['{shell}']\nstop_signal: HUP\n"), "shell.yaml"));
	assert_true(profiles_add(&profiles, "generic",
	    STR("command: ['{shell}']\ntask: keep\n"), "generic.yaml"));
	assert_true(profiles_add(&profiles, "typist",
	    STR("command: [cat]\ntask: type\ninterrupt: Escape\nenv: {SET_BY: profile}\n"
		"unset: [NOT_ME*]\n"),
	    "typist.yaml"));
	assert_true(profiles_add(&profiles, "worded",
	    STR("command: [echo, '{name}']\ntask: argument\n"), "worded.yaml"));
	assert_false(
	    profiles_add(&profiles, "broken", STR("command: [x\n"), "broken.yaml"));
	assert_int_equal(core_open(&with, &settings, &profiles, &f->core, &version), 0);
	f->api = api_new(f->core);
}

static void
close_core(struct face *f)
{
	f->core = core_close(f->core);
	f->api = api_free(f->api);
	f->loop = loop_free(f->loop);
}

void
face_open(struct face *f)
{
	char template[] = "/tmp/belay-unit-XXXXXX";
	const char *path;

	*f = (struct face){ 0 };
	assert_non_null(mkdtemp(template));
	f->dir = xstrdup(template);
	assert_int_equal(setenv("BELAY_HOME", f->dir, 1), 0);
	assert_int_equal(os_home_init(&f->home), 0);
	assert_int_equal(os_home_make(&f->home, &path), 0);
	f->stream = json_new_array();
	open_core(f);
}

void
face_reopen(struct face *f)
{
	close_core(f);
	open_core(f);
}

static bool
all_gone(struct face *f, void *ctx)
{
	(void)ctx;
	return list_empty(&f->core->sessions);
}

static int
on_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void
face_close(struct face *f)
{
	while (!list_empty(&f->core->sessions)) {
		const struct session *s =
		    container_of(f->core->sessions.next, struct session, node);
		pid_t pid = s->pid, shim = s->shim_pid;
		uint64_t start = s->pid_start, shim_start = s->shim_start;

		assert_true(face_call(
		    f, "session.remove", "{'session':'%s','force':true}", s->id_text));
		assert_false(pid && os_process_is(pid, start));
		assert_false(shim && os_process_is(shim, shim_start));
	}
	face_until(f, all_gone, NULL);
	close_core(f);
	f->result = json_free(f->result);
	f->stream = json_free(f->stream);
	assert_int_equal(nftw(f->dir, on_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
	os_home_deinit(&f->home);
	free(f->dir);
}

static struct call *PRINTF(3, 0)
    begin(struct face *f, const char *verb, const char *fmt, va_list ap)
{
	cleanup_buf struct buf text = BUF_UNLIMITED;
	struct call *c = xnew(struct call);
	size_t at;

	buf_vprintf(&text, fmt, ap);
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] == '\'')
			text.data[i] = '"';
	c->face = f;
	c->call.ops = &call_ops;
	c->call.verb = verb_by_name(verb);
	c->call.right = RIGHT_ADMIN;
	assert_non_null(c->call.verb);
	assert_int_equal(json_parse(buf_str(&text), &c->call.args, &at), 0);
	f->finished = false;
	api_begin(f->api, &c->call);
	return c;
}

void
face_dig(struct face *f, struct json *part)
{
	struct json *whole = f->result;

	f->result = json_ref(part);
	(void)json_free(whole);
}

struct api_call *
face_begin(struct face *f, const char *verb, const char *args, ...)
{
	struct call *c;
	va_list ap;

	va_start(ap, args);
	c = begin(f, verb, args, ap);
	va_end(ap);
	return &c->call;
}

static bool
finished(struct face *f, void *ctx)
{
	(void)ctx;
	return f->finished;
}

bool
face_wait(struct face *f)
{
	face_until(f, finished, NULL);
	return !f->failed;
}

void
face_cancel(struct face *f, struct api_call *call)
{
	(void)f;
	api_call_deinit(call);
	free(call);
}

bool
face_call(struct face *f, const char *verb, const char *args, ...)
{
	struct call *c;
	va_list ap;
	bool ok;

	va_start(ap, args);
	c = begin(f, verb, args, ap);
	va_end(ap);
	ok = face_wait(f);
	api_call_deinit(&c->call);
	free(c);
	return ok;
}

void
face_until(struct face *f, bool (*fn)(struct face *, void *), void *ctx)
{
	while (!fn(f, ctx))
		assert_int_equal(loop_turn(f->loop, true), 0);
}
