/* A request from outside: the first byte chooses the verb, the second how the
 * rest is read: as a JSON body, a query string, a path, or the text of one
 * argument.  What passes the check is written as a request and read again. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "verb/verb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_problem(const struct problem *p)
{
	assert(p->outcome == OUTCOME_BAD_REQUEST);
	assert(p->detail[0] && strlen(p->detail) < sizeof(p->detail));
	assert(str_is_utf8(str_of(p->detail)) && str_is_utf8(str_of(p->field)));
}

static bool
read_query(const struct verb *v, struct str query, struct json *args)
{
	struct problem p = { 0 };

	while (query.len) {
		struct str value = str_cut(&query, '&'), key = str_cut(&value, '=');
		struct buf text = BUF(1 << 20), name = BUF(256);
		bool ok =
		    verb_route_decode(value, &text) && verb_route_decode(key, &name);

		if (ok && verb_args_add(v, args, buf_text(&name), buf_str(&text), &p)) {
			check_problem(&p);
			ok = false;
		}
		buf_deinit(&text);
		buf_deinit(&name);
		if (!ok)
			return false;
	}
	return true;
}

/* A checked request survives the way over the wire. */
static void
round_trip(const struct verb *v, const struct json *args)
{
	struct buf target = BUF_UNLIMITED, body = BUF_UNLIMITED;
	const struct verb *found = NULL;
	struct json *back = NULL;
	struct str query, path;
	struct problem p = { 0 };

	verb_target(v, args, &target, &body);
	query = buf_str(&target);
	path = str_cut(&query, '?');
	assert(!verb_route(v->method, path, &found, &back) && found == v);
	assert(read_query(v, query, back));
	if (body.len) {
		struct json *j = NULL;
		size_t at;

		assert(!json_parse(buf_str(&body), &j, &at));
		for (const struct verb_arg *a = v->args; a->name; a++)
			if (json_get(j, a->name))
				json_set(back, a->name, json_ref(json_get(j, a->name)));
		json_free(j);
	}
	assert(!verb_check_args(v, back, &p));
	for (const struct verb_arg *a = v->args; a->name; a++) {
		struct buf x = BUF_UNLIMITED, y = BUF_UNLIMITED;
		/* An empty list can not be said in a query; it is the same as none. */
		bool same =
		    !json_get(back, a->name) && json_count(json_get(args, a->name)) == 0;

		json_write(&x, json_get(args, a->name));
		json_write(&y, json_get(back, a->name));
		assert(same || str_eq(buf_str(&x), buf_str(&y)));
		buf_deinit(&x);
		buf_deinit(&y);
	}
	json_free(back);
	buf_deinit(&target);
	buf_deinit(&body);
}

static void
read_json(const struct verb *v, struct str text)
{
	struct json *args = NULL;
	struct problem p = { 0 };
	size_t at = 0;

	if (json_parse(text, &args, &at)) {
		assert(at <= text.len);
		return;
	}
	if (verb_check_args(v, args, &p))
		check_problem(&p);
	else {
		if (v->route)
			round_trip(v, args);
		verb_args_fill(v, args);
		assert(!verb_check_args(v, args, &p));
	}
	if (v->route && verb_check_result(v, args, &p))
		check_problem(&p);
	json_free(args);
}

static void
read_path(struct str path)
{
	static const char *const methods[] = { "GET", "POST", "DELETE" };

	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		const struct verb *v = NULL;
		struct json *args = NULL;

		assert(verb_route(methods[i], path, &v, &args) != 0 || (v && args));
		json_free(args);
	}
}

static void
read_texts(const struct verb *v, struct str text)
{
	for (const struct verb_arg *a = v->args; a->name; a++) {
		struct json *value = NULL;
		struct problem p = { 0 };

		if (verb_arg_parse(a, text, &value, &p))
			check_problem(&p);
		else
			assert(!verb_check_value(a, value, &p));
		json_free(value);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct verb *v;
	struct json *args;
	struct problem p = { 0 };
	struct str rest;

	if (size < 2)
		return 0;
	v = &verbs[data[0] % verbs_count];
	rest = str_make((const char *)data + 2, size - 2);
	switch (data[1] % 4) {
	case 0:
		read_json(v, rest);
		break;
	case 1:
		args = json_new_object();
		if (read_query(v, rest, args) && !verb_check_args(v, args, &p) &&
		    v->route)
			round_trip(v, args);
		json_free(args);
		break;
	case 2:
		read_path(rest);
		break;
	default:
		read_texts(v, rest);
		break;
	}
	return 0;
}
