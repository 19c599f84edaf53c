#include "agent/profiles.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include "base/cleanup.h"
#include "base/config.h"
#include "base/fault.h"
#include "base/limits.h"
#include "os/os.h"

#define AT(member) offsetof(struct profile, member)

/* clang-format off */
static const struct config_field fields[] = {
	{ "title",       CONFIG_TEXT,   AT(title), 0, 0, NULL },
	{ "command",     CONFIG_TEXTS,  AT(command), 0, 0, NULL },
	{ "resume",      CONFIG_TEXTS,  AT(resume), 0, 0, NULL },
	{ "env",         CONFIG_PAIRS,  AT(env), 0, 0, NULL },
	{ "unset",       CONFIG_TEXTS,  AT(unset), 0, 0, NULL },
	{ "interrupt",   CONFIG_TEXT,   AT(interrupt), 0, 0, NULL },
	{ "stop_signal", CONFIG_CHOICE, AT(stop_signal), 0, 0, "TERM|HUP|INT|QUIT" },
	{ "task",        CONFIG_CHOICE, AT(task), 0, 0, "type|argument|keep" },
};
/* clang-format on */

static const int stop_signals[] = { SIGTERM, SIGHUP, SIGINT, SIGQUIT };

static void
profile_free(struct profile *p)
{
	config_free_fields(fields, ARRAY_LEN(fields), p);
	free(p->name);
	free(p->error);
	free(p);
}

void
profiles_init(struct profiles *p)
{
	list_init(&p->all);
}

void
profiles_deinit(struct profiles *p)
{
	list_for_each_safe (it, &p->all)
		profile_free(container_of(it, struct profile, node));
	list_init(&p->all);
}

const struct profile *
profiles_get(const struct profiles *p, const char *name)
{
	list_for_each (it, &p->all) {
		const struct profile *one = container_of(it, struct profile, node);

		if (!strcmp(one->name, name))
			return one;
	}
	return NULL;
}

void
profiles_put_names(const struct profiles *p, struct buf *out)
{
	bool first = true;

	list_for_each (it, &p->all) {
		buf_printf(out, "%s%s", first ? "" : ", ",
		    container_of(it, struct profile, node)->name);
		first = false;
	}
}

static struct profile *
add(struct profiles *p, const char *name)
{
	struct profile *one = xnew(struct profile);
	struct list *at = &p->all;

	one->name = xstrdup(name);
	/* By name, so that lists and errors read the same every time. */
	list_for_each (it, &p->all) {
		if (strcmp(container_of(it, struct profile, node)->name, name) > 0)
			break;
		at = it;
	}
	list_add_after(at, &one->node);
	return one;
}

static int
check(struct profile *one, const struct config_node *root, const char *file,
    struct buf *error)
{
	if (!one->command || !one->command[0] || !*one->command[0])
		return config_error(
		    file, root, error, "command is missing: a list of words");
	if (config_get(root, "resume") && !one->resume[0])
		return config_error(
		    file, config_get(root, "resume"), error, "resume must not be empty");
	return 0;
}

bool
profiles_add(struct profiles *p, const char *name, struct str text, const char *file)
{
	struct profile *one = add(p, name);
	cleanup_config struct config_node *root = NULL;
	cleanup_buf struct buf error = BUF(2048);

	if (config_parse(text, file, &root, &error) ||
	    config_read(root, file, fields, ARRAY_LEN(fields), one, &error) ||
	    check(one, root, file, &error)) {
		one->error = buf_take(&error);
		return false;
	}
	one->stop_signal = stop_signals[one->stop_signal];
	return true;
}

int
profiles_load(struct profiles *p, const char *dir)
{
	struct dirent *e;
	DIR *d = opendir(dir);
	int mistakes = 0;

	if (!d)
		return errno == ENOENT ? 0 : fault(-errno);
	while ((e = readdir(d))) {
		struct str name = str_of(e->d_name);
		cleanup_buf struct buf text = BUF(LIMIT_CONFIG_BYTES),
				       path = BUF_UNLIMITED;
		cleanup_free char *stem = NULL;
		int r;

		if (!str_ends(name, STR(".yaml")) || e->d_name[0] == '.')
			continue;
		stem = xstrndup(name.p, name.len - strlen(".yaml"));
		if (profiles_get(p, stem))
			continue;
		buf_printf(&path, "%s/%s", dir, e->d_name);
		r = os_read_file(AT_FDCWD, buf_text(&path), LIMIT_CONFIG_BYTES, &text);
		if (r < 0) {
			struct profile *one = add(p, stem);

			buf_printf(&path, ": %s", strerror(-r));
			one->error = buf_take(&path);
			mistakes++;
		} else if (!profiles_add(p, stem, buf_str(&text), buf_text(&path))) {
			mistakes++;
		}
	}
	(void)closedir(d);
	return mistakes;
}

bool
profiles_match(char *const *patterns, struct str name)
{
	for (size_t i = 0; patterns && patterns[i]; i++) {
		struct str pattern = str_of(patterns[i]);

		if (str_ends(pattern, STR("*"))) {
			pattern.len--;
			if (str_starts(name, pattern))
				return true;
		} else if (str_eq(pattern, name)) {
			return true;
		}
	}
	return false;
}
