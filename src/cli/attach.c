/* attach.c: three ways to show a session.
 *
 *   catching up   what the shim sends goes into a model of our own, from the
 *                 last keyframe to where the stream stood when we came; then the
 *                 model is drawn, so that the true screen shows at once
 *   passing       the terminal has the session's size: bytes go through the
 *                 escape filter to the terminal, unchanged, without a model
 *   mirroring     somebody else decides the size: the model stays, and what
 *                 fits is drawn after each change
 *
 * Whoever types decides the size, so that the terminal in use is right. */
#include "cli/attach.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/limits.h"
#include "cli/cmd.h"
#include "cli/conf.h"
#include "cli/locate.h"
#include "cli/mirror.h"
#include "cli/tty.h"
#include "cli/viewer.h"
#include "term/filter.h"
#include "term/term.h"

#define INPUT_BYTES 16384u
#define TTY_QUEUE_MOST                                                                   \
	(256u << 10) /* then the shim is not read: it drops us to a keyframe */
#define OUT_QUEUE_MOST (64u << 10) /* then the keyboard is not read */
#define REST_MS        2000 /* a terminal that takes nothing for so long is given up */
#define REOPEN_MOST    3u   /* connections in a row that ended without a word */

enum showing { CATCHING_UP, PASSING, MIRRORING };

/* LEAVE_AGAIN is not an end: the view begins anew from a keyframe. */
enum leave { STAY, LEAVE_DETACH, LEAVE_ENDED, LEAVE_SIGNAL, LEAVE_LOST, LEAVE_AGAIN };

struct attach {
	const struct attach_target *target;
	struct viewer viewer;
	struct tty *tty;
	struct term_filter filter;
	struct term *model;
	struct buf keyframe, typed, shown;
	enum showing showing;
	enum leave leave;
	uint64_t position, until; /* of the stream: where we are, when to draw */
	uint64_t end;             /* SHIM_EXIT: where the stream ends */
	uint64_t mark;            /* mirroring: what is drawn */
	uint16_t cols, rows;      /* the person's terminal */
	uint16_t session_cols, session_rows;
	bool has_base, drawn;
	bool control;            /* the size is ours to decide */
	bool confirmed;          /* the shim said so */
	bool claim;              /* take it again after a new connection */
	bool pipe, over, exited; /* over: it had ended before we came */
	int32_t exit_code, exit_signal;
	int signal;
	mono_t held_since; /* a detach sequence is begun */
	unsigned reopened;
};

/* --- Signals
 * -------------------------------------------------------------------------------- */

static volatile sig_atomic_t got_winch, got_end;

static void
on_signal(int signo)
{
	if (signo == SIGWINCH)
		got_winch = 1;
	else
		got_end = signo;
}

/* clang-format off */
static const int signals[] = { SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGQUIT };

/* clang-format on */

/* Delivered only while we wait in ppoll(). */
static void
signals_take(sigset_t *ret_waiting)
{
	struct sigaction sa = { .sa_handler = on_signal };
	sigset_t block;

	(void)sigemptyset(&block);
	(void)sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		(void)sigaction(signals[i], &sa, NULL);
		(void)sigaddset(&block, signals[i]);
	}
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGTSTP, SIG_IGN);
	(void)sigprocmask(SIG_BLOCK, &block, ret_waiting);
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		(void)sigdelset(ret_waiting, signals[i]);
}

/* --- Showing
 * ----------------------------------------------------------------------------------- */

static void
new_model(struct attach *a, uint16_t cols, uint16_t rows)
{
	struct term_config config = { .cols = cols, .rows = rows };

	(void)term_free(a->model);
	a->model = term_new(&config);
	a->showing = CATCHING_UP;
	a->mark = 0;
}

static bool
fits(const struct attach *a)
{
	return a->session_cols == a->cols && a->session_rows == a->rows;
}

/* What was on the terminal before goes up into its scrollback, once. */
static void
make_room(struct attach *a)
{
	if (a->drawn)
		return;
	a->drawn = true;
	buf_puts(&a->shown, "\033[22;0t\033[9999;1H");
	for (unsigned i = 0; i < a->rows; i++)
		buf_putc(&a->shown, '\n');
}

/* A keyframe also has words for our own engine, which a terminal need not see. */
static void
put_keyframe(struct attach *a)
{
	cleanup_buf struct buf drawn = BUF_UNLIMITED;
	struct term_filter filter;

	term_filter_init(&filter, TERM_FILTER_DEFAULT);
	term_put_ansi(a->model, TERM_DRAW_KEYFRAME | TERM_DRAW_NO_SCROLLBACK, &drawn);
	term_filter_feed(&filter, drawn.data, drawn.len, &a->shown);
	term_filter_deinit(&filter);
}

/* The whole model on the terminal, which then is in exactly the model's state. */
static void
draw_all(struct attach *a)
{
	tty_reset(a->tty);
	buf_clear(&a->shown);
	make_room(a);
	if (fits(a)) {
		put_keyframe(a);
		a->model = term_free(a->model);
		a->showing = PASSING;
	} else {
		buf_puts(&a->shown, "\033[?1049h\033[2J");
		mirror_put(a->model, 0, a->cols, a->rows, &a->shown);
		a->mark = term_mark(a->model);
		a->showing = MIRRORING;
	}
	tty_put(a->tty, buf_str(&a->shown));
}

/* After everything that was read has been taken in. */
static void
settle(struct attach *a)
{
	if (a->showing == CATCHING_UP && a->has_base && a->position >= a->until) {
		draw_all(a);
	} else if (a->showing == MIRRORING && fits(a)) {
		draw_all(a);
	} else if (a->showing == MIRRORING && term_mark(a->model) != a->mark) {
		buf_clear(&a->shown);
		mirror_put(a->model, a->mark, a->cols, a->rows, &a->shown);
		a->mark = term_mark(a->model);
		tty_put(a->tty, buf_str(&a->shown));
	}
}

/* The session is made to fit this terminal. */
static void
take_size(struct attach *a)
{
	if (a->target->read_only)
		return;
	if (!a->control) {
		viewer_send_control(&a->viewer, true);
		a->confirmed = false;
	}
	a->control = a->claim = true;
	if (!fits(a))
		viewer_send_resize(&a->viewer, a->cols, a->rows);
	a->session_cols = a->cols;
	a->session_rows = a->rows;
	if (a->model)
		term_resize(a->model, a->cols, a->rows);
}

/* --- Frames from the shim
 * --------------------------------------------------------------------------- */

static void
on_welcome(struct attach *a, struct shim_reader *r)
{
	struct viewer_welcome w;

	if (!viewer_get_welcome(r, &w)) {
		a->leave = LEAVE_LOST;
		return;
	}
	a->pipe = w.flags & SHIM_IS_PIPE;
	a->over = w.flags & SHIM_EXITED;
	a->session_cols = w.cols;
	a->session_rows = w.rows;
	a->position = w.start;
	a->until = w.end;
	a->has_base = w.start == w.end && !(w.flags & SHIM_HAS_KEYFRAME);
	if (!a->pipe) {
		new_model(a, w.cols, w.rows);
		a->control = a->confirmed = false;
		if (a->claim)
			take_size(a);
	}
}

static void
on_output(struct attach *a, struct shim_reader *r)
{
	uint64_t position = shim_get_u64(r);
	size_t len = (size_t)(r->end - r->p);

	a->position = position + len;
	a->has_base = true;
	a->reopened = 0;
	buf_clear(&a->shown);
	term_filter_feed(&a->filter, r->p, len, &a->shown);
	if (a->showing == PASSING)
		tty_put(a->tty, buf_str(&a->shown));
	else if (a->model)
		term_feed(a->model, a->shown.data, a->shown.len);
}

static void
on_lost(struct attach *a, struct shim_reader *r)
{
	(void)shim_get_u64(r);
	a->position = a->until = shim_get_u64(r);
	a->has_base = true;
	term_filter_deinit(&a->filter);
	term_filter_init(&a->filter, a->filter.flags);
	new_model(a, a->session_cols, a->session_rows);
}

static void
on_keyframe(struct attach *a, struct shim_reader *r)
{
	uint64_t position = shim_get_u64(r);
	uint16_t cols = shim_get_u16(r), rows = shim_get_u16(r);
	uint32_t total = shim_get_u32(r), offset = shim_get_u32(r);

	if (offset == 0)
		buf_clear(&a->keyframe);
	buf_put(&a->keyframe, r->p, (size_t)(r->end - r->p));
	if (r->bad || a->keyframe.len < total)
		return;
	term_filter_deinit(&a->filter);
	term_filter_init(&a->filter, a->filter.flags);
	new_model(a, cols, rows);
	term_feed(a->model, a->keyframe.data, a->keyframe.len);
	if (a->control)
		term_resize(a->model, a->session_cols, a->session_rows);
	a->position = position;
	a->has_base = true;
}

static void
on_resized(struct attach *a, struct shim_reader *r)
{
	uint16_t cols = shim_get_u16(r), rows = shim_get_u16(r);

	/* While we decide the size this only echoes, late, what we asked for. */
	if (r->bad || a->control)
		return;
	a->session_cols = cols;
	a->session_rows = rows;
	if (a->model)
		term_resize(a->model, cols, rows);
	else if (!fits(a)) {
		a->reopened = 0;
		a->leave = LEAVE_AGAIN;
	}
}

static void
on_viewers(struct attach *a, struct shim_reader *r)
{
	bool engine, control;

	(void)shim_get_u16(r);
	engine = shim_get_u8(r);
	control = shim_get_u8(r);
	if (r->bad)
		return;
	/* Nobody else answers what programs ask a terminal: let this one answer. */
	a->filter.flags =
	    TERM_FILTER_DEFAULT | (engine ? 0u : (unsigned)TERM_FILTER_QUERIES);
	/* Before the shim has seen our claim it speaks of the time before. */
	if (control)
		a->confirmed = true;
	else if (a->confirmed)
		a->control = a->confirmed = a->claim = false;
}

static void
on_exit_frame(struct attach *a, struct shim_reader *r)
{
	a->exit_code = (int32_t)shim_get_u32(r);
	a->exit_signal = (int32_t)shim_get_u32(r);
	a->end = shim_get_u64(r);
	a->exited = !r->bad;
}

static void
on_ignored(struct attach *a, struct shim_reader *r)
{
}

/* clang-format off */
static void (*const on_frame[UINT8_MAX + 1])(struct attach *, struct shim_reader *) = {
	[SHIM_WELCOME]       = on_welcome,
	[SHIM_OUTPUT]        = on_output,
	[SHIM_LOST]          = on_lost,
	[SHIM_KEYFRAME_DATA] = on_keyframe,
	[SHIM_RESIZED]       = on_resized,
	[SHIM_EXIT]          = on_exit_frame,
	[SHIM_INPUT_DONE]    = on_ignored,
	[SHIM_STATUS]        = on_ignored,
	[SHIM_VIEWERS]       = on_viewers,
	[SHIM_ERROR]         = on_ignored,
};

/* clang-format on */

/* Takes in what is there; `r` is what reading it gave. */
static void
take_frames(struct attach *a, int r)
{
	struct shim_header h;
	struct shim_reader payload;
	int got;

	while ((got = viewer_next(&a->viewer, &h, &payload)) == 1 && a->leave == STAY)
		if (on_frame[h.type])
			on_frame[h.type](a, &payload);
	if (a->leave != STAY)
		return;
	settle(a);
	if (a->exited && (a->position >= a->end || r != 0))
		a->leave = LEAVE_ENDED;
	else if (r != 0 || got < 0)
		a->leave = LEAVE_AGAIN;
}

/* --- The person
 * ------------------------------------------------------------------------------------ */

static void
send_typed(struct attach *a)
{
	if (a->typed.len > 0 && !a->target->read_only) {
		if (!a->control)
			take_size(a);
		viewer_send_input(&a->viewer, buf_str(&a->typed));
	}
	buf_clear(&a->typed);
}

static void
read_keys(struct attach *a)
{
	char bytes[INPUT_BYTES / 2];
	ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		a->signal = SIGHUP; /* the terminal is gone */
		a->leave = LEAVE_SIGNAL;
		return;
	}
	if (keys_feed(a->target->keys, bytes, (size_t)n, &a->typed))
		a->leave = LEAVE_DETACH;
	if (keys_holding(a->target->keys))
		a->held_since = os_mono();
	send_typed(a);
}

static void
on_window(struct attach *a)
{
	tty_size(STDOUT_FILENO, &a->cols, &a->rows);
	take_size(a);
	if (a->target->read_only && a->showing == PASSING)
		a->leave = LEAVE_AGAIN;
	a->mark = 0;
	if (a->showing == MIRRORING)
		draw_all(a);
}

/* --- The loop
 * ----------------------------------------------------------------------------------------
 */

static const struct timespec *
patience(const struct attach *a, struct timespec *ret)
{
	int64_t left;

	if (!keys_holding(a->target->keys))
		return NULL;
	left = KEYS_HOLD_MS - mono_ms_between(a->held_since, os_mono());
	left = left > 0 ? left : 0;
	*ret =
	    (struct timespec){ .tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000 };
	return ret;
}

static void
serve_signals(struct attach *a)
{
	if (got_end) {
		a->signal = got_end;
		a->leave = LEAVE_SIGNAL;
	}
	if (got_winch && a->leave == STAY) {
		got_winch = 0;
		on_window(a);
	}
}

enum { FD_KEYS, FD_SHIM, FD_TTY, FD_COUNT };

static void
turn(struct attach *a, const sigset_t *waiting)
{
	struct pollfd fds[FD_COUNT] = {
		[FD_KEYS] = { .fd =
				  a->viewer.out.len < OUT_QUEUE_MOST ? STDIN_FILENO : -1,
		    .events = POLLIN },
		[FD_SHIM] = { .fd = a->viewer.fd },
		[FD_TTY] = { .fd = tty_pending(a->tty) ? tty_fd(a->tty) : -1,
		    .events = POLLOUT },
	};
	struct timespec ts;
	int n;

	if (tty_pending(a->tty) < TTY_QUEUE_MOST)
		fds[FD_SHIM].events |= POLLIN;
	if (a->viewer.out.len > 0)
		fds[FD_SHIM].events |= POLLOUT;
	n = ppoll(fds, FD_COUNT, patience(a, &ts), waiting);
	if (n < 0 && errno != EINTR) {
		a->leave = LEAVE_LOST;
		return;
	}
	serve_signals(a);
	if (n == 0 && keys_holding(a->target->keys)) {
		keys_give_up(a->target->keys, &a->typed);
		send_typed(a);
	}
	if (n > 0 && fds[FD_KEYS].revents && a->leave == STAY)
		read_keys(a);
	/* Keys go out before anything else is done. */
	if (a->viewer.out.len > 0 && viewer_flush(&a->viewer) != 0 && a->leave == STAY &&
	    !fds[FD_SHIM].revents)
		a->leave = LEAVE_AGAIN;
	if (n > 0 && fds[FD_SHIM].revents & (POLLIN | POLLHUP | POLLERR) &&
	    a->leave == STAY)
		take_frames(a, viewer_fill(&a->viewer));
	if (a->leave != LEAVE_SIGNAL && tty_pending(a->tty) > 0 &&
	    tty_flush(a->tty) < 0) {
		a->signal = SIGHUP;
		a->leave = LEAVE_SIGNAL;
	}
}

/* --- Coming and going
 * ---------------------------------------------------------------------------------- */

static int
open_viewer(struct attach *a)
{
	unsigned flags = a->target->read_only ? SHIM_VIEWER_READ_ONLY : 0;

	viewer_close(&a->viewer);
	a->has_base = false;
	return viewer_open(a->target->dir, flags, SHIM_FROM_KEYFRAME, &a->viewer);
}

/* What the shim left in its record, when it does not say it itself. */
static bool
read_record(struct attach *a)
{
	struct shim_status status;

	if (!locate_status(a->target->dir, &status) || status.state != SHIM_GONE)
		return false;
	a->exit_code = status.exit_code;
	a->exit_signal = status.exit_signal;
	return true;
}

/* The connection ended without a word: we were too slow, or the shim ended. */
static void
come_again(struct attach *a)
{
	a->leave = STAY;
	if (++a->reopened <= REOPEN_MOST && open_viewer(a) == 0)
		return;
	a->leave = read_record(a) ? LEAVE_ENDED : LEAVE_LOST;
}

/* Waits for the WELCOME: before it nothing is done to the terminal. */
static int
greet(struct attach *a)
{
	struct shim_header h;
	struct shim_reader payload;
	int r = viewer_flush(&a->viewer), got = 0;

	while (r == 0 && got == 0) {
		struct pollfd fd = { .fd = a->viewer.fd, .events = POLLIN };
		int n = poll(&fd, 1, CLI_TIMEOUT_MS);
		if (n == 0)
			return -ETIMEDOUT;
		if (n > 0)
			r = viewer_fill(&a->viewer);
		got = viewer_next(&a->viewer, &h, &payload);
	}
	if (got != 1 || h.type != SHIM_WELCOME)
		return -EPROTO;
	on_welcome(a, &payload);
	return a->leave == STAY ? 0 : -EPROTO;
}

static int
say_end(const struct attach *a)
{
	cleanup_buf struct buf name = BUF_UNLIMITED;
	const char *signal_name;

	face_put_text(str_of(a->target->name), &name);
	switch (a->leave) {
	case LEAVE_ENDED:
		if (a->exit_signal == 0) {
			(void)printf("[session %s ended: exit status %d]\n",
			    buf_text(&name), (int)a->exit_code);
			return a->exit_code;
		}
		signal_name = sigabbrev_np(a->exit_signal);
		(void)printf("[session %s ended: killed by SIG%s]\n", buf_text(&name),
		    signal_name ? signal_name : "?");
		return 128 + a->exit_signal;
	case LEAVE_DETACH:
	case LEAVE_SIGNAL:
		(void)printf("[detached from %s]\n", buf_text(&name));
		return a->leave == LEAVE_SIGNAL ? 128 + a->signal : 0;
	case STAY:
	case LEAVE_AGAIN:
	case LEAVE_LOST:
		break;
	}
	cli_say("the host of session %s is gone; see belay get %s", a->target->name,
	    a->target->name);
	return outcomes[OUTCOME_HOST_UNREACHABLE].exit;
}

/* The last words of a session that ended. */
static void
show_rest(struct attach *a)
{
	struct pollfd fd = { .fd = tty_fd(a->tty), .events = POLLOUT };

	while (
	    tty_pending(a->tty) > 0 && tty_flush(a->tty) == 0 && tty_pending(a->tty) > 0)
		if (poll(&fd, 1, REST_MS) <= 0)
			return;
}

static void
show(struct attach *a)
{
	sigset_t waiting;

	uint16_t cols = a->cols, rows = a->rows;

	signals_take(&waiting);
	take_frames(a, 0);
	/* A change of size from before we listened for it. */
	tty_size(STDOUT_FILENO, &a->cols, &a->rows);
	if (a->leave == STAY && (a->cols != cols || a->rows != rows))
		on_window(a);
	while (a->leave == STAY) {
		turn(a, &waiting);
		if (a->leave == LEAVE_AGAIN)
			come_again(a);
	}
	if (a->leave == LEAVE_ENDED)
		show_rest(a);
	a->tty = tty_close(a->tty);
}

static int
begin(struct attach *a)
{
	int r = open_viewer(a);

	if (r == 0)
		r = greet(a);
	if ((r != 0 || (a->over && !isatty(STDIN_FILENO))) && read_record(a)) {
		cli_say("session %s has ended (%s %d); belay restart %s starts it anew",
		    a->target->name, a->exit_signal ? "signal" : "exit status",
		    a->exit_signal ? a->exit_signal : a->exit_code, a->target->name);
		return outcomes[OUTCOME_WRONG_STATE].exit;
	}
	if (r != 0) {
		cli_say("the host of session %s does not answer: %s", a->target->name,
		    strerror(-r));
		return outcomes[OUTCOME_HOST_UNREACHABLE].exit;
	}
	if (a->pipe) {
		cli_say("session %s has no terminal; use belay tail -f %s",
		    a->target->name, a->target->name);
		return outcomes[OUTCOME_WRONG_STATE].exit;
	}
	r = tty_open(STDIN_FILENO, STDOUT_FILENO, &a->tty);
	if (r == TTY_E_NOT) {
		cli_say("attach needs a terminal; use belay screen or belay tail -f");
		return outcomes[OUTCOME_BAD_REQUEST].exit;
	}
	if (r < 0) {
		cli_say("the terminal can not be used: %s", strerror(-r));
		return 1;
	}
	return 0;
}

int
attach_run(struct cli *cli, const struct attach_target *target)
{
	struct attach a = { .target = target,
		.viewer = VIEWER_NONE,
		.keyframe = BUF_UNLIMITED,
		.typed = BUF_UNLIMITED,
		.shown = BUF_UNLIMITED,
		.claim = !target->read_only };
	int status;

	term_filter_init(&a.filter, TERM_FILTER_DEFAULT);
	tty_size(STDOUT_FILENO, &a.cols, &a.rows);
	status = begin(&a);
	if (status == 0) {
		show(&a);
		status = say_end(&a);
	}
	viewer_close(&a.viewer);
	term_filter_deinit(&a.filter);
	(void)term_free(a.model);
	buf_deinit(&a.keyframe);
	buf_deinit(&a.typed);
	buf_deinit(&a.shown);
	return status;
}

/* --- The command
 * ----------------------------------------------------------------------------------------
 */

/* From the command line, the environment, or belay.conf. */
static int
read_keys_wish(struct cli *cli, const struct args *args, struct keys *ret)
{
	const char *spec = json_get_text(args->options, "detach_keys"),
		   *from = "--detach-keys";
	cleanup_buf struct buf list = BUF_UNLIMITED;
	struct settings settings;

	if (!spec) {
		spec = getenv("BELAY_DETACH_KEYS");
		from = "BELAY_DETACH_KEYS";
	}
	if (!spec || !*spec) {
		from = "detach_keys in belay.conf";
		conf_read(cli, &settings);
		for (char **key = settings.detach_keys; key && *key; key++)
			buf_printf(&list, "%s%s", list.len ? ", " : "", *key);
		settings_deinit(&settings);
		spec = list.len ? buf_text(&list) : "none";
	}
	if (keys_init(ret, str_of(spec)))
		return 0;
	cli_say("%s \"%s\" is not understood; write keys such as \"" KEYS_DEFAULT
		"\", or none",
	    from, spec);
	return outcomes[OUTCOME_BAD_REQUEST].exit;
}

int
cli_cmd_attach(struct cli *cli, struct args *args)
{
	struct located where = { 0 };
	struct problem p = { 0 };
	struct keys keys;
	int status = read_keys_wish(cli, args, &keys);

	if (status != 0)
		return status;
	if (locate_session(cli, json_get_text(args->request, "session"), &where, &p) !=
	    0) {
		status = cli_fail(&p);
	} else {
		struct attach_target target = { .name = where.name,
			.dir = where.dir,
			.read_only = args_flag(args, "read_only"),
			.keys = &keys };
		status = attach_run(cli, &target);
	}
	locate_deinit(&where);
	keys_deinit(&keys);
	return status;
}
