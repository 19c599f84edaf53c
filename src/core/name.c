#include "core/name.h"

#include <ctype.h>

#include "base/limits.h"

/* clang-format off */
static const char *const qualities[] = {
	"amber", "brave", "brisk", "bright", "calm", "candid", "clear", "clever", "coral", "crisp",
	"deft", "eager", "early", "fair", "fleet", "fond", "gentle", "glad", "golden", "grand",
	"hardy", "hazel", "honest", "humble", "ivory", "jolly", "keen", "kind", "lively", "loyal",
	"lucid", "mellow", "merry", "mild", "modest", "neat", "nimble", "noble", "olive", "patient",
	"plain", "polite", "proud", "quick", "quiet", "rapid", "ready", "royal", "rustic", "scarlet",
	"sharp", "silver", "sly", "snug", "solid", "steady", "stout", "sunny", "swift", "tidy",
	"vivid", "warm", "witty", "young",
};
static const char *const things[] = {
	"alder", "anchor", "aspen", "badger", "beacon", "birch", "bobcat", "brook", "cedar", "cobra",
	"comet", "condor", "crane", "creek", "delta", "dune", "eagle", "ember", "falcon", "fern",
	"finch", "fjord", "fox", "garnet", "glade", "grove", "harbor", "hawk", "heron", "ibis",
	"iris", "jaguar", "juniper", "kestrel", "lagoon", "lark", "laurel", "lemur", "lynx", "maple",
	"marten", "meadow", "moose", "nettle", "newt", "oak", "orchid", "osprey", "otter", "owl",
	"panda", "pebble", "pine", "puffin", "quail", "raven", "reef", "ridge", "robin", "salmon",
	"spruce", "tern", "willow", "wren",
};

/* clang-format on */

enum { STEM_BYTES = 32 };

static bool
fits(char c)
{
	return isalnum((unsigned char)c) || c == '.' || c == '_' || c == '-';
}

bool
name_valid(struct str name)
{
	if (!name.len || name.len > LIMIT_NAME_BYTES ||
	    !isalnum((unsigned char)name.p[0]))
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!fits(name.p[i]))
			return false;
	return true;
}

void
name_make(struct str cwd, uint32_t random, bool long_form, struct buf *out)
{
	size_t start = 0, before = out->len;

	while (cwd.len && cwd.p[cwd.len - 1] == '/')
		cwd.len--;
	for (size_t i = 0; i < cwd.len; i++)
		if (cwd.p[i] == '/')
			start = i + 1;
	for (size_t i = start; i < cwd.len && out->len - before < STEM_BYTES; i++) {
		char c = cwd.p[i];

		if (out->len == before ? isalnum((unsigned char)c) : fits(c))
			buf_putc(out, c);
	}
	if (out->len == before)
		buf_puts(out, "session");
	if (long_form)
		buf_printf(out, "-%s", qualities[random % ARRAY_LEN(qualities)]);
	buf_printf(out, "-%s", things[random / 64 % ARRAY_LEN(things)]);
}
