/* args.c: one walk over the words.  Options may stand between the positionals;
 * once the rest has begun (the words of a command or a text) everything belongs
 * to it, so that `belay new ls -l` and `belay send S -- -x` mean what they say. */
#include "cli/args.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "os/os.h"

/* clang-format off */
const struct verb_arg args_common[] = {
	{ .name = "json", .type = VT_BOOL, .flags = VA_CLIENT,
	  .help = "print the answer as JSON" },
	{ .name = "quiet", .letter = 'q', .type = VT_BOOL, .flags = VA_CLIENT,
	  .help = "print names only, or nothing" },
	{ .name = "timeout", .type = VT_DURATION, .flags = VA_CLIENT, .min = 1, .max = LIMIT_WAIT_S * 1000LL,
	  .help = "give up on a daemon that does not answer (10s)" },
	{ .name = "help", .letter = 'h', .type = VT_BOOL, .flags = VA_CLIENT,
	  .help = "show this help" },
	{ .name = NULL },
};

/* clang-format on */

struct walk {
	struct args *args;
	const struct verb_arg *rest;
	unsigned place; /* next positional */
	bool rest_begun, options_end;
	struct buf text; /* a VT_TEXT rest: words joined by blanks */
	unsigned rest_words;
	struct problem *p;
};

/* --- Names ------------------------------------------------------------------------ */

void
args_put_option(const struct verb_arg *a, struct buf *out)
{
	for (const char *z = a->option ? a->option : a->name; *z; z++)
		buf_putc(out, *z == '_' ? '-' : *z);
}

bool
args_is_option(const struct verb_arg *a)
{
	return !(a->flags & (VA_POSITIONAL | VA_REST | VA_HIDDEN));
}

unsigned
args_distance(const char *a, const char *b)
{
	enum { MOST = 32 };

	unsigned d[MOST + 1][MOST + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > MOST || m > MOST)
		return MOST;
	for (unsigned i = 0; i <= n; i++)
		for (unsigned j = 0; j <= m; j++) {
			unsigned best = i + j;
			if (i && j) {
				best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
				if (d[i - 1][j] + 1 < best)
					best = d[i - 1][j] + 1;
				if (d[i][j - 1] + 1 < best)
					best = d[i][j - 1] + 1;
				if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
				    a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1 < best)
					best = d[i - 2][j - 2] + 1;
			}
			d[i][j] = best;
		}
	return d[n][m];
}

/* Near enough to be meant: a third of the letters may differ. */
static bool
is_near(const char *word, const char *other, unsigned *best)
{
	unsigned distance = args_distance(word, other);

	if (distance >= *best || distance * 3 > strlen(other) + 1)
		return false;
	*best = distance;
	return true;
}

static int
unknown_command(char *const *words, int n, struct problem *p)
{
	const char *near = NULL;
	unsigned best = UINT32_MAX;
	bool group = false;

	for (size_t i = 0; i < verbs_count; i++) {
		const char *names[] = { verbs[i].command, verbs[i].alias };
		for (size_t j = 0; j < ARRAY_LEN(names); j++) {
			cleanup_buf struct buf two = BUF(128);
			const char *blank = names[j] ? strchr(names[j], ' ') : NULL;
			if (!names[j])
				continue;
			if (blank &&
			    strncmp(names[j], words[0], (size_t)(blank - names[j])) ==
				0 &&
			    words[0][blank - names[j]] == 0)
				group = true;
			buf_puts(&two, words[0]);
			if (blank && n > 1)
				buf_printf(&two, " %s", words[1]);
			if (is_near(buf_text(&two), names[j], &best))
				near = names[j];
		}
	}
	if (group && n == 1)
		return problem_set(p, OUTCOME_BAD_REQUEST, "",
		    "\"%s\" needs a second word; see belay help %s", words[0], words[0]);
	if (near)
		return problem_set(p, OUTCOME_BAD_REQUEST, "",
		    "there is no command \"%s%s%s\"; did you mean \"belay %s\"?",
		    words[0], group ? " " : "", group ? words[1] : "", near);
	return problem_set(p, OUTCOME_BAD_REQUEST, "",
	    "there is no command \"%s\"; see belay help", words[0]);
}

int
args_command(
    char *const *words, int n, const struct verb **ret, int *ret_used, struct problem *p)
{
	const struct verb *v = verb_by_command(words[0], n > 1 ? words[1] : NULL);
	const char *own = v ? v->command : NULL;

	if (!v)
		return unknown_command(words, n, p);
	*ret = v;
	*ret_used = strchr(own, ' ') ? 2 : 1;
	return 0;
}

/* --- Values ------------------------------------------------------------------------- */

static int
gather(const char *key, struct json *value, void *into)
{
	json_set(into, key, json_ref(value));
	return 0;
}

/* A second value joins the first for texts and maps, else replaces it. */
static void
put_value(struct json *into, const char *name, struct json *value)
{
	struct json *have = json_get(into, name);

	if (have && json_kind(have) == JSON_ARRAY && json_kind(value) == JSON_ARRAY) {
		for (size_t i = 0; i < json_count(value); i++)
			json_push(have, json_ref(json_at(value, i)));
	} else if (have && json_kind(have) == JSON_OBJECT &&
		   json_kind(value) == JSON_OBJECT && !json_has(value, "cols")) {
		(void)json_each(value, gather, have);
	} else {
		json_set(into, name, value);
		return;
	}
	(void)json_free(value);
}

/* `-` is the session one is in. */
static int
session_of(const struct verb_arg *a, const char **text, struct problem *p)
{
	if (a->type != VT_SESSION || strcmp(*text, "-") != 0)
		return 0;
	*text = getenv("BELAY_SESSION_ID");
	if (*text && **text)
		return 0;
	return problem_set(p, OUTCOME_BAD_REQUEST, a->name,
	    "\"-\" is the session one is in, but BELAY_SESSION_ID is not set here; name "
	    "a session");
}

static int
add(struct walk *w, const struct verb_arg *a, const char *text)
{
	struct args *args = w->args;
	struct json *value, *into = a->flags & VA_CLIENT ? args->options : args->request;
	int r = session_of(a, &text, w->p);

	if (r == 0)
		r = verb_arg_parse(a, str_of(text), &value, w->p);
	if (r != 0)
		return r;
	if ((args->verb->flags & VERB_MANY) && a->type == VT_SESSION)
		json_push(args->sessions, value);
	else
		put_value(into, a->name, value);
	return 0;
}

/* --- Options --------------------------------------------------------------------------
 */

static const struct verb_arg *
find_long(const struct verb_arg *list, struct str name, bool *ret_no)
{
	for (const struct verb_arg *a = list; a->name; a++) {
		cleanup_buf struct buf option = BUF(64);
		bool usually =
		    a->type == VT_BOOL && a->initial && strcmp(a->initial, "true") == 0;
		struct str bare = name;

		if (!args_is_option(a))
			continue;
		args_put_option(a, &option);
		*ret_no = usually && str_starts(name, STR("no-"));
		if (*ret_no)
			bare = str_make(name.p + 3, name.len - 3);
		if (str_eq(bare, buf_str(&option)))
			return a;
	}
	return NULL;
}

static const struct verb_arg *
find_letter(const struct verb_arg *list, char letter)
{
	for (const struct verb_arg *a = list; a->name; a++)
		if (args_is_option(a) && a->letter == letter)
			return a;
	return NULL;
}

static int
unknown_option(struct walk *w, const char *word)
{
	const struct verb_arg *lists[] = { w->args->verb->args, args_common };
	cleanup_buf struct buf near = BUF(64);
	const char *command = w->args->verb->command;
	unsigned best = UINT32_MAX;

	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		for (const struct verb_arg *a = lists[i]; a->name; a++) {
			cleanup_buf struct buf option = BUF(64);
			args_put_option(a, &option);
			if (!args_is_option(a) || word[1] != '-' ||
			    !is_near(word + 2, buf_text(&option), &best))
				continue;
			buf_clear(&near);
			buf_printf(&near, "; did you mean --%s?", buf_text(&option));
		}
	return problem_set(w->p, OUTCOME_BAD_REQUEST, "",
	    "belay %s has no option %s%s%s%s", command, word,
	    near.len ? buf_text(&near) : "; see belay help ", near.len ? "" : command,
	    "");
}

/* Takes "--name", "--name=value", "--no-name"; *i moves over a value of its own. */
static int
long_option(struct walk *w, char *const *words, int n, int *i)
{
	const char *word = words[*i], *equals = strchr(word, '=');
	struct str name =
	    str_make(word + 2, equals ? (size_t)(equals - word - 2) : strlen(word + 2));
	bool no = false;
	const struct verb_arg *a = find_long(w->args->verb->args, name, &no);

	if (!a)
		a = find_long(args_common, name, &no);
	if (!a) {
		cleanup_free char *bare = xstrndup(word, name.len + 2);
		return unknown_option(w, bare);
	}
	if (equals)
		return add(w, a, equals + 1);
	if (a->type == VT_BOOL)
		return add(w, a, no ? "false" : "true");
	if (++*i == n)
		return problem_set(
		    w->p, OUTCOME_BAD_REQUEST, a->name, "option %s needs a value", word);
	return add(w, a, words[*i]);
}

/* A word of letters: "-dq", "-n5", "-n 5". */
static int
short_options(struct walk *w, char *const *words, int n, int *i)
{
	for (const char *z = words[*i] + 1; *z; z++) {
		const struct verb_arg *a = find_letter(w->args->verb->args, *z);
		char shown[3] = { '-', *z, 0 };
		int r;

		if (!a)
			a = find_letter(args_common, *z);
		if (!a)
			return unknown_option(w, shown);
		if (a->type == VT_BOOL) {
			r = add(w, a, "true");
			if (r != 0)
				return r;
			continue;
		}
		if (z[1])
			return add(w, a, z[1] == '=' ? z + 2 : z + 1);
		if (++*i == n)
			return problem_set(w->p, OUTCOME_BAD_REQUEST, a->name,
			    "option %s needs a value", shown);
		return add(w, a, words[*i]);
	}
	return 0;
}

/* --- Words by place
 * --------------------------------------------------------------------- */

static const struct verb_arg *
positional(const struct verb *v, unsigned place)
{
	for (const struct verb_arg *a = v->args; a->name; a++)
		if ((a->flags & VA_POSITIONAL) && place-- == 0)
			return a;
	return NULL;
}

static const struct verb_arg *
rest_of(const struct verb *v)
{
	for (const struct verb_arg *a = v->args; a->name; a++)
		if (a->flags & VA_REST)
			return a;
	return NULL;
}

static int
place_word(struct walk *w, const char *word)
{
	const struct verb *v = w->args->verb;
	const struct verb_arg *a = positional(v, w->place);

	if (a) {
		if (!(v->flags & VERB_MANY))
			w->place++;
		return add(w, a, word);
	}
	if (!w->rest)
		return problem_set(w->p, OUTCOME_BAD_REQUEST, "",
		    "\"%s\" is one word too many; see belay help %s", word, v->command);
	/* Options may follow labels, but not the words of a command or a text. */
	w->rest_begun = w->rest->type != VT_MAP;
	w->rest_words++;
	if (w->rest->type == VT_TEXT) {
		if (w->rest_words > 1)
			buf_putc(&w->text, ' ');
		buf_puts(&w->text, word);
		return 0;
	}
	return add(w, w->rest, word);
}

static int
read_input(struct buf *text, const struct verb_arg *a, struct problem *p)
{
	for (;;) {
		char *room = buf_room(text, 65536);
		ssize_t n = room ? read(STDIN_FILENO, room, 65536) : 0;
		if (!room || text->len > (size_t)a->max)
			return problem_set(p, OUTCOME_TOO_LARGE, a->name,
			    "standard input is longer than %lld bytes",
			    (long long)a->max);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return problem_set(p, OUTCOME_BAD_REQUEST, a->name,
			    "standard input can not be read: %s", strerror(errno));
		if (n == 0)
			return 0;
		buf_grew(text, (size_t)n);
	}
}

static int
finish_rest(struct walk *w)
{
	const struct verb_arg *a = w->rest;
	int r = 0;

	if (!a || a->type != VT_TEXT || w->rest_words == 0)
		return 0;
	if (w->rest_words == 1 && strcmp(buf_text(&w->text), "-") == 0) {
		buf_clear(&w->text);
		r = read_input(&w->text, a, w->p);
	}
	if (r == 0 && strlen(buf_text(&w->text)) != w->text.len)
		r = problem_set(w->p, OUTCOME_BAD_REQUEST, a->name,
		    "standard input holds a NUL byte; only text can be typed");
	return r != 0 ? r : add(w, a, buf_text(&w->text));
}

/* --- The whole
 * ---------------------------------------------------------------------------- */

int
args_parse(
    const struct verb *v, char *const *words, int n, struct args *ret, struct problem *p)
{
	struct args args = { .verb = v,
		.request = json_new_object(),
		.options = json_new_object(),
		.sessions = json_new_array() };
	struct walk w = {
		.args = &args, .rest = rest_of(v), .p = p, .text = BUF_UNLIMITED
	};
	int r = 0;

	for (int i = 0; i < n && r == 0; i++) {
		const char *word = words[i];
		bool option =
		    !w.rest_begun && !w.options_end && word[0] == '-' && word[1];

		if (option && strcmp(word, "--") == 0)
			w.options_end = true;
		else if (option && word[1] == '-')
			r = long_option(&w, words, n, &i);
		else if (option)
			r = short_options(&w, words, n, &i);
		else
			r = place_word(&w, word);
	}
	if (r == 0)
		r = finish_rest(&w);
	buf_deinit(&w.text);
	if (r != 0)
		args_deinit(&args);
	*ret = args;
	return r;
}

int
args_check(const struct args *a, struct problem *p)
{
	const struct verb *v = a->verb;

	for (const struct verb_arg *arg = v->args; arg->name; arg++) {
		const struct json *in = arg->flags & VA_CLIENT ? a->options : a->request;

		if (!(arg->flags & VA_REQUIRED) || json_get(in, arg->name))
			continue;
		if ((v->flags & VERB_MANY) && arg->type == VT_SESSION)
			continue;
		if (arg->flags & (VA_POSITIONAL | VA_REST))
			return problem_set(p, OUTCOME_BAD_REQUEST, arg->name,
			    "belay %s needs %s: %s; see belay help %s", v->command,
			    arg->name, arg->help, v->command);
	}
	if (v->flags & (VERB_MANY | VERB_CLIENT))
		return 0;
	return verb_check_args(v, a->request, p);
}

void
args_deinit(struct args *a)
{
	a->request = json_free(a->request);
	a->options = json_free(a->options);
	a->sessions = json_free(a->sessions);
}

bool
args_flag(const struct args *a, const char *option)
{
	return json_get_bool(a->options, option, false);
}
