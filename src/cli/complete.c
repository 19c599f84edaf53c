/* complete.c: bash and zsh get one function with a case a command; fish gets a
 * line an option. */
#include "cli/complete.h"

#include <string.h>

#include "cli/args.h"

#define SESSIONS "BELAY_AUTOSTART=0 belay ls -qa 2>/dev/null"

/* --- Pieces ----------------------------------------------------------------------- */

static void
put_choices(const struct verb_arg *a, struct buf *out)
{
	for (const char *z = a->choices; z && *z; z++)
		buf_putc(out, *z == '|' ? ' ' : *z);
}

static void
put_words(const struct verb_arg *list, struct buf *out)
{
	for (const struct verb_arg *a = list; a->name; a++) {
		bool no =
		    a->type == VT_BOOL && a->initial && strcmp(a->initial, "true") == 0;
		if (!args_is_option(a))
			continue;
		buf_printf(out, " --%s", no ? "no-" : "");
		args_put_option(a, out);
	}
}

static bool
takes_session(const struct verb *v)
{
	for (const struct verb_arg *a = v->args; a->name; a++)
		if (a->type == VT_SESSION && (a->flags & VA_POSITIONAL))
			return true;
	return false;
}

/* First words: "new", and "daemon" once for all its commands. */
static void
put_commands(struct buf *out)
{
	struct str last = STR_NONE;

	for (size_t i = 0; i < verbs_count; i++) {
		struct str rest = str_of(verbs[i].command), word = str_cut(&rest, ' ');
		if (!verbs[i].command || str_eq(word, last))
			continue;
		last = word;
		buf_printf(out, " %.*s", STR_ARG(word));
	}
}

/* "a b c" of the second words of a group. */
static void
put_group(const char *word, struct buf *out)
{
	size_t len = strlen(word);

	for (size_t i = 0; i < verbs_count; i++)
		if (verbs[i].command && strncmp(verbs[i].command, word, len) == 0 &&
		    verbs[i].command[len] == ' ')
			buf_printf(out, " %s", verbs[i].command + len + 1);
}

/* --- bash and zsh ------------------------------------------------------------------- */

static void
put_flag_pattern(const struct verb_arg *a, struct buf *out)
{
	buf_puts(out, "--");
	args_put_option(a, out);
	if (a->letter)
		buf_printf(out, "|-%c", a->letter);
}

/* case "$prev" in --state) values of that option */
static void
put_value_cases(const struct verb *v, struct buf *out)
{
	for (const struct verb_arg *a = v->args; a->name; a++) {
		if (!args_is_option(a) || a->type == VT_BOOL)
			continue;
		buf_puts(out, "\t\t");
		put_flag_pattern(a, out);
		buf_puts(out, ") ");
		if (a->type == VT_ENUM) {
			buf_puts(out, "list='");
			put_choices(a, out);
			buf_putc(out, '\'');
		} else if (a->type == VT_SESSION) {
			buf_puts(out, "list=\"$(" SESSIONS ")\"");
		} else {
			buf_puts(out, "list='' files=1");
		}
		buf_puts(out, " value=1 ;;\n");
	}
}

static void
put_verb_case(const struct verb *v, struct buf *out)
{
	bool rest = false;

	buf_printf(out, "\t'%s'", v->command);
	if (v->alias)
		buf_printf(out, "|'%s'", v->alias);
	buf_puts(out, ")\n\t\tlist='");
	put_words(v->args, out);
	put_words(args_common, out);
	buf_puts(out, "'\n\t\tcase \"$prev\" in\n");
	put_value_cases(v, out);
	buf_puts(out, "\t\tesac\n");
	for (const struct verb_arg *a = v->args; a->name; a++) {
		if ((a->flags & VA_POSITIONAL) && a->type == VT_ENUM) {
			buf_puts(out, "\t\t[[ -n $value || $cur == -* ]] || list='");
			put_choices(a, out);
			buf_puts(out, "'\n");
		}
		rest = rest || (a->flags & VA_REST);
	}
	if (takes_session(v))
		buf_puts(out,
		    "\t\t[[ -n $value || $cur == -* ]] || list=\"$(" SESSIONS ")\"\n");
	else if (rest)
		buf_puts(
		    out, "\t\t[[ -n $value || $cur == -* ]] || { list=''; files=1; }\n");
	buf_puts(out, "\t\t;;\n");
}

/* Sets list (what may come) from cmd, sub, prev and cur. */
static void
put_cases(struct buf *out)
{
	buf_puts(out, "\tcase \"$cmd\" in\n");
	for (size_t i = 0; i < verbs_count; i++)
		if (verbs[i].command)
			put_verb_case(&verbs[i], out);
	buf_puts(out, "\tdaemon) list='");
	put_group("daemon", out);
	buf_puts(out, "' ;;\n\t'') list='");
	put_commands(out);
	buf_puts(out, " help --help --version' ;;\n\thelp) list='");
	put_commands(out);
	buf_puts(out, "' ;;\n\tesac\n");
}

static void
put_bash(struct buf *out)
{
	buf_puts(out, "# Completion for belay; source it, or put it into "
		      "bash-completion's directory.\n"
		      "_belay()\n{\n"
		      "\tlocal cur=\"${COMP_WORDS[COMP_CWORD]}\" "
		      "prev=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
		      "\tlocal cmd='' list='' files='' value=''\n"
		      "\t(( COMP_CWORD > 1 )) && cmd=\"${COMP_WORDS[1]}\"\n"
		      "\t[[ $cmd == daemon ]] && (( COMP_CWORD > 2 )) && cmd=\"daemon "
		      "${COMP_WORDS[2]}\"\n");
	put_cases(out);
	buf_puts(out, "\tif [[ -n $files ]]; then\n"
		      "\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n"
		      "\telse\n"
		      "\t\tCOMPREPLY=($(compgen -W \"$list\" -- \"$cur\"))\n"
		      "\tfi\n}\n"
		      "complete -o filenames -F _belay belay\n");
}

static void
put_zsh(struct buf *out)
{
	buf_puts(out, "#compdef belay\n"
		      "# Completion for belay; put it as _belay into a directory of "
		      "fpath, or source it.\n"
		      "_belay()\n{\n"
		      "\tlocal cur=\"${words[CURRENT]}\" prev=\"${words[CURRENT-1]}\"\n"
		      "\tlocal cmd='' list='' files='' value=''\n"
		      "\t(( CURRENT > 2 )) && cmd=\"${words[2]}\"\n"
		      "\t[[ $cmd == daemon ]] && (( CURRENT > 3 )) && cmd=\"daemon "
		      "${words[3]}\"\n");
	put_cases(out);
	buf_puts(out, "\tif [[ -n $files ]]; then\n"
		      "\t\t_files\n"
		      "\telse\n"
		      "\t\tcompadd -- ${=list}\n"
		      "\tfi\n}\n"
		      "if [[ $funcstack[1] == _belay ]]; then\n\t_belay "
		      "\"$@\"\nelse\n\tcompdef _belay belay\nfi\n");
}

/* --- fish ------------------------------------------------------------------------------
 */

static void
put_quoted(const char *text, struct buf *out)
{
	buf_putc(out, '\'');
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			buf_putc(out, '\\');
		buf_putc(out, *text);
	}
	buf_putc(out, '\'');
}

static void
put_fish_condition(const struct verb *v, struct buf *out)
{
	const char *blank = strchr(v->command, ' ');

	if (blank)
		buf_printf(out,
		    "complete -c belay -n '__fish_seen_subcommand_from %.*s; and "
		    "__fish_seen_subcommand_from %s'",
		    (int)(blank - v->command), v->command, blank + 1);
	else
		buf_printf(out,
		    "complete -c belay -n '__fish_seen_subcommand_from %s%s%s'",
		    v->command, v->alias ? " " : "", v->alias ? v->alias : "");
}

static void
put_fish_option(const struct verb *v, const struct verb_arg *a, struct buf *out)
{
	bool no = a->type == VT_BOOL && a->initial && strcmp(a->initial, "true") == 0;

	put_fish_condition(v, out);
	buf_printf(out, " -l %s", no ? "no-" : "");
	args_put_option(a, out);
	if (a->letter)
		buf_printf(out, " -s %c", a->letter);
	if (a->type == VT_ENUM) {
		buf_puts(out, " -x -a '");
		put_choices(a, out);
		buf_putc(out, '\'');
	} else if (a->type == VT_SESSION) {
		buf_puts(out, " -x -a '(__belay_sessions)'");
	} else if (a->type != VT_BOOL) {
		buf_puts(out, " -r");
	}
	buf_puts(out, " -d ");
	put_quoted(a->help, out);
	buf_putc(out, '\n');
}

static void
put_fish_verb(const struct verb *v, struct buf *out)
{
	const char *blank = strchr(v->command, ' ');

	if (blank)
		buf_printf(out,
		    "complete -c belay -f -n '__fish_seen_subcommand_from %.*s' -a %s",
		    (int)(blank - v->command), v->command, blank + 1);
	else
		buf_printf(out, "complete -c belay -f -n __fish_use_subcommand -a %s",
		    v->command);
	buf_puts(out, " -d ");
	put_quoted(v->help, out);
	buf_putc(out, '\n');
	if (takes_session(v)) {
		put_fish_condition(v, out);
		buf_puts(out, " -f -a '(__belay_sessions)'\n");
	}
	for (const struct verb_arg *a = v->args; a->name; a++) {
		if ((a->flags & VA_POSITIONAL) && a->type == VT_ENUM) {
			put_fish_condition(v, out);
			buf_puts(out, " -f -a '");
			put_choices(a, out);
			buf_puts(out, "'\n");
		}
		if (args_is_option(a))
			put_fish_option(v, a, out);
	}
	for (const struct verb_arg *a = args_common; a->name; a++)
		if (!verb_arg(v, a->name))
			put_fish_option(v, a, out);
}

static void
put_fish(struct buf *out)
{
	buf_puts(out,
	    "# Completion for belay; put it into fish's completions directory as "
	    "belay.fish.\n"
	    "function __belay_sessions\n\tenv " SESSIONS "\nend\n"
	    "complete -c belay -f -n __fish_use_subcommand -a daemon -d 'The daemon'\n"
	    "complete -c belay -f -n __fish_use_subcommand -a help -d 'Show help'\n");
	for (size_t i = 0; i < verbs_count; i++)
		if (verbs[i].command)
			put_fish_verb(&verbs[i], out);
}

bool
complete_put(const char *shell, struct buf *out)
{
	static const struct {
		const char *name;
		void (*put)(struct buf *);
	} shells[] = { { "bash", put_bash }, { "zsh", put_zsh }, { "fish", put_fish } };

	for (size_t i = 0; i < ARRAY_LEN(shells); i++)
		if (shell && strcmp(shells[i].name, shell) == 0) {
			shells[i].put(out);
			return true;
		}
	return false;
}
