/* Order of the beginning: directories, settings, lock and socket, then (in the
 * background, if wanted) the log, the loop, the domain, the face.  Clients that
 * connect before the face is there wait in the socket's queue.
 *
 * Order of the end: the face first, so that nothing new is asked; then the
 * domain with its last keyframes; the lock last, by the end of the process. */
#include "main/daemon.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "api/api.h"
#include "base/fault.h"
#include "base/limits.h"
#include "core/core.h"
#include "http/http.h"
#include "loop/loop.h"
#include "main/detach.h"
#include "main/listen.h"
#include "main/logging.h"
#include "main/settings_files.h"
#include "main/upgrade.h"
#include "os/os.h"

#define LOG_MODULE "daemon"

enum { END_OK = 0, END_FAILED = 1, END_CONFIG = 2, END_PLACE = 3, END_NEWER = 4 };

/* Time for the answer to the one who asked for the end to leave us. */
enum { LAST_ANSWER_MS = 50 };

/* A socket that was deleted gets a successor; who is connected through the old
 * one stays.  After so many we start anew in place. */
enum { FACES = 8 };

struct daemon {
	const struct options *options;
	struct os_home home;
	struct listen listen;
	struct logging logging;
	struct loop *loop;
	struct core *core;
	struct api *api;
	struct http *faces[FACES]; /* one a listening socket; the last one is current */
	unsigned nfaces;
	struct loop_signal term, interrupt, hangup;
	struct loop_timer last_answer;
	struct upgrade upgrade;
	core_done_fn restart_done;
	void *restart_ctx;
	bool again; /* exec when the loop has ended */
	int detach_fd;
};

/* --- Ends ----------------------------------------------------------------------- */

static void
on_last_answer(struct loop_timer *timer)
{
	loop_quit(container_of(timer, struct daemon, last_answer)->loop);
}

static void
stop(void *ctx)
{
	struct daemon *d = ctx;

	log_info("asked to end; sessions go on");
	loop_timer_start(d->loop, &d->last_answer, LAST_ANSWER_MS, on_last_answer);
}

static void
on_checked(struct upgrade *u, const struct problem *p)
{
	struct daemon *d = container_of(u, struct daemon, upgrade);

	d->restart_done(NULL, p, d->restart_ctx);
	if (p) {
		log_warn("restart refused: %s", p->detail);
		return;
	}
	d->again = true;
	log_info("starting anew in place; sessions go on");
	loop_timer_start(d->loop, &d->last_answer, LAST_ANSWER_MS, on_last_answer);
}

static void
restart(core_done_fn done, void *done_ctx, void *ctx)
{
	struct daemon *d = ctx;
	struct problem p;

	if (d->restart_done && (d->again || d->upgrade.running)) {
		(void)problem_set(
		    &p, OUTCOME_WRONG_STATE, "", "the daemon is just being restarted");
		done(NULL, &p, done_ctx);
		return;
	}
	d->restart_done = done;
	d->restart_ctx = done_ctx;
	upgrade_check(&d->upgrade, d->loop, on_checked);
}

static const struct core_ops ops = { .stop = stop, .restart = restart };

static void
on_term(struct loop_signal *s, int signo)
{
	struct daemon *d = container_of(s, struct daemon, term);

	log_info("ending on signal %d; sessions go on", signo);
	loop_quit(d->loop);
}

static void
on_interrupt(struct loop_signal *s, int signo)
{
	on_term(&container_of(s, struct daemon, interrupt)->term, signo);
}

static void
on_hangup(struct loop_signal *s, int signo)
{
	struct daemon *d = container_of(s, struct daemon, hangup);
	cleanup_buf struct buf error = BUF(4096), warnings = BUF(16384);
	struct settings settings;
	struct profiles profiles;

	(void)signo;
	if (settings_files_read(&d->home, &settings, &profiles, &error, &warnings)) {
		log_error("settings stay as they were: %s", buf_text(&error));
		return;
	}
	if (warnings.len)
		log_warn("%s", buf_text(&warnings));
	logging_set_level(&d->logging, (enum log_level)settings.log_level);
	core_configure(d->core, &settings, &profiles);
	log_info("settings read again");
}

/* --- Beginning -------------------------------------------------------------------- */

static int PRINTF(2, 3) say(int status, const char *fmt, ...)
{
	cleanup_buf struct buf b = BUF(4096);
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	(void)fprintf(stderr, "belayd: %s\n", buf_text(&b));
	return status;
}

static int
make_home(struct daemon *d)
{
	const char *path = NULL;
	int r = os_home_init(&d->home);

	if (r == -EINVAL)
		return say(END_PLACE, "BELAY_HOME must be an absolute path, not \"%s\"",
		    getenv("BELAY_HOME"));
	if (r < 0)
		return say(END_PLACE, "no home directory is known: %s", strerror(-r));
	r = os_home_make(&d->home, &path);
	if (r == -EPERM)
		return say(END_PLACE,
		    "%s belongs to another user, or others may write in it; refusing to "
		    "use it",
		    path);
	if (r < 0)
		return say(END_PLACE, "%s can not be made: %s", path, strerror(-r));
	return 0;
}

static int
take_place(struct daemon *d)
{
	cleanup_buf struct buf error = BUF(2 * LIMIT_PATH_BYTES);
	int r = listen_open(&d->listen, &d->home, &error);

	if (r == LISTEN_E_RUNNING)
		return say(-1, "%s", buf_text(&error));
	return r ? say(END_PLACE, "%s", buf_text(&error)) : 0;
}

static int
add_face(struct daemon *d)
{
	const struct http_config config = { .loop = d->loop,
		.api = d->api,
		.listen_fd = d->listen.fd,
		.check_results = false }; /* api has checked them */
	int r = http_new(&config, &d->faces[d->nfaces]);

	if (!r)
		d->nfaces++;
	return fault(r);
}

static void
on_renewed(struct listen *n)
{
	struct daemon *d = container_of(n, struct daemon, listen);
	int r;

	http_stop_accepting(d->faces[d->nfaces - 1]);
	if (d->nfaces == FACES) {
		d->again = true;
		loop_quit(d->loop);
		return;
	}
	r = add_face(d);
	if (r < 0)
		log_error("can not serve on the new socket: %s", strerror(-r));
}

static int
open_core(struct daemon *d, struct settings *settings, struct profiles *profiles)
{
	const struct core_config config = {
		.loop = d->loop, .home = &d->home, .ops = &ops, .ops_ctx = d
	};
	int version = 0, r;

	r = core_open(&config, settings, profiles, &d->core, &version);
	if (r == CORE_E_NEWER)
		return say(END_NEWER,
		    "%s/belay.db is of schema version %d, this belayd (%s) knows "
		    "versions up to %d; "
		    "start the newer belayd, or move the file away",
		    d->home.data, version, BELAY_VERSION, STORE_SCHEMA);
	if (r < 0)
		return say(END_FAILED, "%s/belay.db: %s", d->home.data, strerror(-r));
	return 0;
}

static int
serve(struct daemon *d)
{
	int r;

	d->api = api_new(d->core);
	r = add_face(d);
	if (!r)
		r = listen_watch(&d->listen, d->loop, on_renewed);
	if (!r)
		r = loop_signal_start(d->loop, &d->term, SIGTERM, on_term);
	if (!r)
		r = loop_signal_start(d->loop, &d->interrupt, SIGINT, on_interrupt);
	if (!r)
		r = loop_signal_start(d->loop, &d->hangup, SIGHUP, on_hangup);
	return r < 0 ? say(END_FAILED, "%s: %s", d->home.socket, strerror(-r)) : 0;
}

static void
ready(struct daemon *d)
{
	int fd = d->options->ready_fd;

	if (fd >= 0) {
		(void)!write(fd, "ready\n", 6);
		(void)close(fd);
	}
	if (os_sd_notify("READY=1") < 0)
		log_warn("the service manager can not be told that we are ready");
	detach_ready(d->detach_fd);
	d->detach_fd = -1;
	log_info("ready: version=%s pid=%d sessions=%u socket=%s", BELAY_VERSION,
	    (int)getpid(), d->core->count, d->home.socket);
}

static int
run(struct daemon *d, struct settings *settings, struct profiles *profiles)
{
	int r = loop_new(&d->loop);

	if (r < 0)
		return say(
		    END_FAILED, "the event loop can not be made: %s", strerror(-r));
	r = open_core(d, settings, profiles);
	if (!r)
		r = serve(d);
	if (!r) {
		ready(d);
		r = loop_run(d->loop);
		if (r < 0) {
			log_error("the event loop failed: %s", strerror(-r));
			r = END_FAILED;
		}
	}
	upgrade_stop(&d->upgrade);
	while (d->nfaces)
		(void)http_free(d->faces[--d->nfaces]);
	d->core = core_close(d->core);
	d->api = api_free(d->api);
	listen_close(&d->listen, !d->again);
	d->loop = loop_free(d->loop);
	return r;
}

static void
daemon_free(struct daemon *d)
{
	listen_close(&d->listen, false);
	os_home_deinit(&d->home);
	free(d);
}

static int
run_logged(struct daemon *d, struct settings *settings, struct profiles *profiles,
    const char *warnings)
{
	int r;

	logging_start(&d->logging, &d->home, (enum log_level)settings->log_level,
	    !d->options->daemonize);
	if (*warnings)
		log_warn("%s", warnings);
	r = run(d, settings, profiles);
	log_info("ended: status=%d", r);
	if (d->again && r == END_OK) {
		r = upgrade_exec(d->listen.fd, d->listen.lock_fd);
		log_error("can not be started anew: %s", strerror(-r));
		r = END_FAILED;
	}
	logging_stop(&d->logging);
	return r;
}

int
daemon_run(const struct options *o)
{
	struct daemon *d = xnew(struct daemon);
	struct settings settings = { 0 };
	struct profiles profiles;
	cleanup_buf struct buf error = BUF(4096), warnings = BUF(16384);
	int r;

	d->options = o;
	d->detach_fd = -1;
	d->listen = LISTEN_NONE;
	d->upgrade.out = -1;
	(void)signal(SIGPIPE, SIG_IGN);
	os_raise_nofile();
	profiles_init(&profiles);
	r = make_home(d);
	if (!r && settings_files_read(&d->home, &settings, &profiles, &error, &warnings))
		r = say(END_CONFIG, "%s", buf_text(&error));
	if (!r && o->daemonize && detach_fork(&d->detach_fd) < 0)
		r = say(END_FAILED, "can not go to the background: %s", strerror(errno));
	if (!r)
		r = take_place(d); /* after the fork: the lock names our pid */
	if (!r)
		r = run_logged(d, &settings, &profiles, buf_text(&warnings));
	if (r < 0)
		r = END_OK; /* another daemon has the place */
	detach_failed(d->detach_fd, r);
	settings_deinit(&settings);
	profiles_deinit(&profiles);
	daemon_free(d);
	return r;
}
