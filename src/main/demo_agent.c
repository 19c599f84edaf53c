/* belay-demo-agent: behaves like a coding agent, with no model behind it.
 *
 * For `make run` on a machine without an agent, and for tests: a prompt, a
 * spell of thinking with a spinner, streamed text, a permission dialog, a file
 * written, then the prompt again.  It says its state the way real agents do:
 * window title and program status (OSC 7501).
 *
 * One state at a time; each has what it draws, how long it lasts, and what a
 * key does.  BELAY_DEMO_MS scales all times (default 1000 = real time; 0 = at
 * once). */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/str.h"

enum state { PROMPT, THINKING, RESPONDING, ASKING, LEAVING };

struct demo {
	enum state state;
	struct buf line; /* what was typed */
	struct buf task; /* the prompt being worked on */
	unsigned step;   /* of the spinner or of the text */
	bool ctrl_c;     /* pressed once */
	unsigned scale;  /* per mille of real time */
	int choice;
};

static const char file_name[] = "hello-from-belay.txt";

static struct termios saved;
static bool saved_valid;

static void
restore(void)
{
	if (saved_valid)
		(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
}

static void
say(const char *text)
{
	size_t len = strlen(text);

	while (len) {
		ssize_t n = write(STDOUT_FILENO, text, len);

		if (n < 0 && errno != EINTR && errno != EAGAIN)
			_exit(1);
		if (n > 0)
			text += n, len -= (size_t)n;
	}
}

static void
status(const char *state, const char *title)
{
	cleanup_buf struct buf b = BUF(512);

	buf_printf(
	    &b, "\033]7501;state=%s:app=belay-demo\033\\\033]0;%s\007", state, title);
	say(buf_text(&b));
}

static void
draw_prompt(struct demo *d)
{
	cleanup_buf struct buf b = BUF(1 << 20);

	buf_printf(&b, "\r\033[K\033[36m❯\033[0m %s", buf_text(&d->line));
	say(buf_text(&b));
}

static void
to_prompt(struct demo *d, const char *outcome)
{
	d->state = PROMPT;
	buf_clear(&d->line);
	status(outcome, "✳ belay demo");
	say("\r\n\033[2m  type a task and press Enter · /exit to leave\033[0m\r\n");
	draw_prompt(d);
}

static void
to_thinking(struct demo *d)
{
	d->state = THINKING;
	d->step = 0;
	buf_clear(&d->task);
	buf_put(&d->task, buf_text(&d->line), d->line.len);
	status("working", "◐ belay demo");
	say("\r\n\r\n");
}

static void
draw_dialog(const struct demo *d)
{
	cleanup_buf struct buf b = BUF(4096);

	buf_printf(&b,
	    "\r\033[K%s 1. Yes\r\n\033[K%s 2. No\r\n\033[K\033[2m  Enter to confirm · "
	    "Esc to cancel\033[0m\033[2A\r",
	    d->choice ? " " : "\033[36m❯\033[0m", d->choice ? "\033[36m❯\033[0m" : " ");
	say(buf_text(&b));
}

static void
to_asking(struct demo *d)
{
	cleanup_buf struct buf b = BUF(4096);

	d->state = ASKING;
	d->choice = 0;
	buf_printf(&b,
	    "\033]7501;state=blocked:app=belay-demo:kind=permission\033\\\033]0;✳ belay "
	    "demo\007"
	    "\r\n\r\n─────────────────────────────\r\n\033[1mCreate file\033[0m %s\r\n"
	    "Do you want to create %s?\r\n",
	    file_name, file_name);
	say(buf_text(&b));
	draw_dialog(d);
}

static void
answer(struct demo *d, bool yes)
{
	FILE *f;

	say("\033[3B\r\n");
	if (!yes) {
		say("  \033[31mDid not write the file.\033[0m\r\n");
		to_prompt(d, "idle");
		return;
	}
	f = fopen(file_name, "we");
	if (f) {
		(void)fprintf(f, "The task was: %s\n", buf_text(&d->task));
		if (fclose(f) == 0)
			say("  \033[32m✓\033[0m wrote the file\r\n");
		else
			say("  \033[31mcould not write the file\033[0m\r\n");
	} else {
		say("  \033[31mcould not open the file\033[0m\r\n");
	}
	to_prompt(d, "done");
}

static void
key_prompt(struct demo *d, char c)
{
	if (c == 3) {
		if (d->ctrl_c)
			d->state = LEAVING;
		else
			say("\r\n\033[2m  press Ctrl-C again to exit\033[0m\r\n");
		d->ctrl_c = true;
	} else if (c == '\r' || c == '\n') {
		struct str typed = str_trim(buf_str(&d->line));

		if (str_eqz(typed, "/exit"))
			d->state = LEAVING;
		else if (typed.len)
			to_thinking(d);
		return;
	} else if (c == 127 || c == 8) {
		while (d->line.len &&
		       ((unsigned char)d->line.data[d->line.len - 1] & 0xc0) == 0x80)
			d->line.len--;
		if (d->line.len)
			d->line.data[--d->line.len] = '\0';
	} else if (c == 21) {
		buf_clear(&d->line);
	} else if ((unsigned char)c >= ' ') {
		buf_putc(&d->line, c);
	}
	draw_prompt(d);
}

static void
key_asking(struct demo *d, char c)
{
	if (c == '1' || c == 'y' || c == 'Y')
		answer(d, true);
	else if (c == '2' || c == 'n' || c == 'N' || c == 27)
		answer(d, false);
	else if (c == '\r')
		answer(d, d->choice == 0);
	else if (c == '\t' || c == 'j' || c == 'k') {
		d->choice = !d->choice;
		draw_dialog(d);
	}
}

/* Arrow keys and bracketed paste marks come as escape sequences; a lone
 * Escape is one that came with nothing behind it. */
static void
keys(struct demo *d, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] == 27 && i + 1 < n && p[i + 1] == '[') {
			i += 2;
			while (i < n && !(p[i] >= 0x40 && p[i] <= 0x7e))
				i++;
			if (d->state == ASKING && i < n && (p[i] == 'A' || p[i] == 'B')) {
				d->choice = p[i] == 'B';
				draw_dialog(d);
			}
			continue;
		}
		if (p[i] != 3)
			d->ctrl_c = false;
		switch (d->state) {
		case PROMPT:
			key_prompt(d, p[i]);
			break;
		case ASKING:
			key_asking(d, p[i]);
			break;
		case THINKING:
		case RESPONDING:
			if (p[i] == 27 || p[i] == 3) {
				say("\r\n  \033[31mInterrupted\033[0m\r\n");
				to_prompt(d, "idle");
			}
			break;
		case LEAVING:
			return;
		}
	}
}

static void
tick(struct demo *d)
{
	static const char *const spinner[] = { "·", "✢", "✳", "✶", "✻", "✽" };
	static const char *const words[] = { "● I", " will", " write", " a", " small",
		" file", " that", " says", " what", " you", " asked", " for." };
	cleanup_buf struct buf b = BUF(512);

	if (d->state == THINKING) {
		if (++d->step > 12) {
			say("\r\033[K");
			d->state = RESPONDING;
			d->step = 0;
			return;
		}
		buf_printf(&b,
		    "\r\033[K\033[35m%s\033[0m Thinking… (%us · esc to interrupt)",
		    spinner[d->step % ARRAY_LEN(spinner)], d->step / 8);
		say(buf_text(&b));
	} else if (d->state == RESPONDING) {
		if (d->step < ARRAY_LEN(words))
			say(words[d->step++]);
		else
			to_asking(d);
	}
}

static void
run(struct demo *d)
{
	char in[4096];

	while (d->state != LEAVING) {
		struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
		bool busy = d->state == THINKING || d->state == RESPONDING;
		int r = poll(&p, 1, busy ? (int)(125 * d->scale / 1000) : -1);
		ssize_t n;

		if (r < 0 && errno == EINTR)
			continue;
		if (r == 0) {
			tick(d);
			continue;
		}
		n = read(STDIN_FILENO, in, sizeof(in));
		if (n <= 0)
			return;
		keys(d, in, (size_t)n);
	}
}

int
main(void)
{
	struct demo d = { .scale = 1000, .line = BUF(64 << 10), .task = BUF(64 << 10) };
	const char *ms = getenv("BELAY_DEMO_MS");
	uint64_t scale;
	struct termios raw;

	if (ms && str_to_u64(str_of(ms), &scale) && scale <= 10000)
		d.scale = (unsigned)scale;
	if (tcgetattr(STDIN_FILENO, &saved) == 0) {
		saved_valid = true;
		raw = saved;
		cfmakeraw(&raw);
		(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	}
	say("\033[1mbelay demo agent\033[0m\r\n"
	    "No model is behind this: it shows how a session looks.\r\n");
	to_prompt(&d, "idle");
	run(&d);
	say("\r\n\033]7501;state=clear\033\\\033]0;\007Bye.\r\n");
	restore();
	buf_deinit(&d.line);
	buf_deinit(&d.task);
	return 0;
}
