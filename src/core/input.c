/* Each send is a struct input in the session's list while a write of it is
 * with the host.  INPUT_DONE carries its id: the text was accepted by the
 * terminal, then Enter goes, and when that was accepted too it is done. */
#include "core/input.h"

#include <errno.h>

#include "base/log.h"
#include "core/keys.h"
#include "core/link.h"
#include "core/watch.h"

#define LOG_MODULE "input"

struct input {
	struct list node;
	uint32_t id;
	bool enter_next; /* Enter is still to be sent */
	bool enter_sent;
	char *key;
	struct input_result result;
	input_done_fn done;
	void *ctx;
};

static void
input_end(struct session *s, struct input *in, const struct problem *p)
{
	list_del(&in->node);
	if (in->done)
		in->done(s, &in->result, p, in->ctx);
	free(in->key);
	free(in);
}

static int
host_took(const struct session *s, int r, struct problem *p)
{
	switch (r) {
	case 0:
		return 0;
	case HOST_E_FULL:
		return problem_set(p, OUTCOME_QUEUE_FULL, "",
		    "the input queue of session %s is full: its program does not read",
		    s->name);
	case HOST_E_UNREACHABLE:
		return problem_set(p, OUTCOME_HOST_UNREACHABLE, "",
		    "the shim of session %s does not answer now; nothing was typed",
		    s->name);
	default:
		return problem_set(
		    p, OUTCOME_INTERNAL, "", "session %s: %s", s->name, strerror(-r));
	}
}

static int
may_type(const struct session *s, struct problem *p)
{
	if (s->lifecycle != LIFECYCLE_RUNNING)
		return problem_set(p, OUTCOME_WRONG_STATE, "",
		    "session %s is %s: there is no program to type to", s->name,
		    lifecycle_names[s->lifecycle]);
	return link_check(s, p);
}

static int
give(struct session *s, struct input *in, struct str bytes, struct problem *p)
{
	if (!++s->input_id)
		s->input_id = 1; /* 0 asks for no receipt */
	in->id = s->input_id;
	return host_took(s, host_input(s->link, bytes, in->id), p);
}

/* --- Idempotency ------------------------------------------------------------------ */

static bool
seen(const struct session *s, const char *key)
{
	for (unsigned i = 0; i < SESSION_KEYS; i++)
		if (s->keys[i] && !strcmp(s->keys[i], key))
			return true;
	list_for_each (it, &s->inputs) {
		const struct input *in = container_of(it, struct input, node);

		if (in->key && !strcmp(in->key, key))
			return true;
	}
	return false;
}

static void
remember(struct session *s, const char *key)
{
	free(s->keys[s->keys_at]);
	s->keys[s->keys_at] = xstrdup(key);
	s->keys_at = (s->keys_at + 1) % SESSION_KEYS;
}

/* --- Receipts ----------------------------------------------------------------------- */

static void
input_complete(struct session *s, struct input *in)
{
	struct json *body = json_new_object();

	json_set_int(body, "bytes", (int64_t)in->result.bytes);
	json_set_bool(body, "submitted", in->result.submitted);
	if (in->key) {
		remember(s, in->key);
		json_set_text(body, "key", in->key);
	}
	session_note(s, "session.typed", body);
	input_end(s, in, NULL);
}

static void
refused(struct session *s, struct input *in, uint8_t result)
{
	struct problem p;

	if (result == 1)
		(void)problem_set(&p, OUTCOME_QUEUE_FULL, "",
		    "the terminal of session %s is full: its program does not read; %s",
		    s->name,
		    in->enter_sent ? "the text was typed, Enter was not"
				   : "nothing or a part of the text was typed");
	else
		(void)problem_set(&p, OUTCOME_WRONG_STATE, "",
		    "the program of session %s has ended", s->name);
	input_end(s, in, &p);
}

void
input_done(struct session *s, uint32_t id, uint8_t result)
{
	struct input *in = NULL;
	struct problem p;

	list_for_each (it, &s->inputs) {
		if (container_of(it, struct input, node)->id == id) {
			in = container_of(it, struct input, node);
			break;
		}
	}
	if (!in)
		return;
	if (result) {
		refused(s, in, result);
		return;
	}
	if (in->enter_next) {
		in->enter_next = false;
		in->enter_sent = true;
		in->result.bytes++;
		if (give(s, in, STR("\r"), &p))
			input_end(s, in, &p);
		return;
	}
	in->result.submitted = in->enter_sent;
	input_complete(s, in);
}

void
input_unreachable(struct session *s)
{
	struct list *first;

	while ((first = list_first(&s->inputs))) {
		struct input *in = container_of(first, struct input, node);
		struct problem p;

		(void)problem_set(&p, OUTCOME_HOST_UNREACHABLE, "",
		    "the shim of session %s went away before it said that the text was "
		    "typed",
		    s->name);
		input_end(s, in, &p);
	}
}

/* --- Asking
 * ----------------------------------------------------------------------------- */

static int
begin(struct session *s, struct str bytes, const struct input *with, struct problem *p)
{
	struct input *in;
	int r = may_type(s, p);

	if (r)
		return r;
	in = xnew(struct input);
	*in = *with;
	in->result.bytes = bytes.len;
	list_init(&in->node);
	r = give(s, in, bytes, p);
	if (r) {
		free(in->key);
		free(in);
		return r;
	}
	list_add(&s->inputs, &in->node);
	return 0;
}

int
input_bytes(
    struct session *s, struct str bytes, input_done_fn done, void *ctx, struct problem *p)
{
	return begin(s, bytes, &(struct input){ .done = done, .ctx = ctx }, p);
}

static struct term_modes
modes_of(const struct session *s)
{
	return s->term ? term_modes(s->term) : (struct term_modes){ 0 };
}

int
input_send(struct session *s, struct str text, enum input_paste paste, bool enter,
    const char *key, input_done_fn done, void *ctx, struct problem *p)
{
	cleanup_buf struct buf bytes = BUF_UNLIMITED;
	struct input in = { .enter_next = enter, .done = done, .ctx = ctx };
	bool bracketed = !s->pipe && text.len &&
			 (paste == INPUT_PASTE_ALWAYS ||
			     (paste == INPUT_PASTE_AUTO && modes_of(s).bracketed_paste));

	if (key && seen(s, key)) {
		const struct input_result twice = { .duplicate = true,
			.submitted = enter };

		done(s, &twice, NULL, ctx);
		return 0;
	}
	if (s->pipe) {
		buf_put(&bytes, text.p, text.len);
		if (enter)
			buf_putc(&bytes, '\n');
		in.enter_next = false;
		in.enter_sent = enter;
	} else if (text.len) {
		keys_put_text(text, bracketed, &bytes);
	} else if (enter) {
		buf_putc(&bytes, '\r');
		in.enter_next = false;
		in.enter_sent = true;
	}
	in.result.bracketed = bracketed;
	in.key = key ? xstrdup(key) : NULL;
	return begin(s, buf_str(&bytes), &in, p) ? (int)p->outcome : 0;
}

int
input_keys(struct session *s, const struct json *names, bool literal, input_done_fn done,
    void *ctx, struct problem *p)
{
	cleanup_buf struct buf bytes = BUF(LIMIT_SEND_BYTES);
	struct term_modes modes = modes_of(s);

	for (size_t i = 0; i < json_count(names); i++) {
		struct str name = json_str(json_at(names, i));

		if (literal) {
			buf_put(&bytes, name.p, name.len);
		} else if (!keys_put(name, &modes, &bytes)) {
			cleanup_buf struct buf shown = BUF(64);

			buf_put_escaped(&shown, name);
			return problem_set(p, OUTCOME_BAD_REQUEST, "keys",
			    "keys: no key is called \"%s\"; see belay keys --help, or "
			    "use "
			    "--literal",
			    buf_text(&shown));
		}
	}
	if (buf_failed(&bytes))
		return problem_set(p, OUTCOME_TOO_LARGE, "keys",
		    "keys: more than %u bytes", LIMIT_SEND_BYTES);
	return input_bytes(s, buf_str(&bytes), done, ctx, p);
}

int
input_interrupt(struct session *s, input_done_fn done, void *ctx, struct problem *p)
{
	const struct profile *profile = profiles_get(&s->core->profiles, s->agent);
	const char *key = profile && profile->interrupt ? profile->interrupt : "C-c";
	const struct input_result none = { 0 };
	struct term_modes modes = modes_of(s);
	cleanup_buf struct buf bytes = BUF(64);
	int r;

	if (!s->pipe) {
		if (!keys_put(str_of(key), &modes, &bytes))
			return problem_set(p, OUTCOME_BAD_REQUEST, "",
			    "profile %s: interrupt: no key is called \"%s\"", s->agent,
			    key);
		return input_bytes(s, buf_str(&bytes), done, ctx, p);
	}
	r = may_type(s, p);
	if (!r)
		r = host_took(s, host_signal(s->link, SIGINT, SHIM_TO_FOREGROUND), p);
	if (r)
		return r;
	session_note(s, "session.interrupted", NULL);
	done(s, &none, NULL, ctx);
	return 0;
}

int
input_resize(struct session *s, uint16_t cols, uint16_t rows, struct problem *p)
{
	int r;

	if (s->pipe)
		return problem_set(p, OUTCOME_WRONG_STATE, "",
		    "session %s has no terminal: it was made with host pipe", s->name);
	r = may_type(s, p);
	if (!r)
		r = host_took(s, host_resize(s->link, cols, rows), p);
	return r;
}

/* --- The task
 * ----------------------------------------------------------------------------- */

bool
input_task_waits(const struct session *s)
{
	const struct profile *profile;

	if (!s->task || s->task_typed || s->generation != 1 ||
	    s->lifecycle != LIFECYCLE_RUNNING)
		return false;
	profile = profiles_get(&s->core->profiles, s->agent);
	return profile && profile->task == PROFILE_TASK_TYPE;
}

static void
on_task(struct session *s, const struct input_result *result, const struct problem *p,
    void *ctx)
{
	(void)result;
	(void)ctx;
	if (p)
		log_line(LOG_WARN, LOG_MODULE, s->name, "the task was not typed: %s",
		    p->detail);
}

void
input_task(struct session *s)
{
	struct problem p;

	if (!input_task_waits(s))
		return;
	s->task_typed = true;
	if (input_send(
		s, str_of(s->task), INPUT_PASTE_AUTO, true, NULL, on_task, NULL, &p))
		on_task(s, NULL, &p, NULL);
}
