"""Scenario library: real programs under a private BELAY_HOME.

Nothing here sleeps.  A scenario waits for an event: a line of the journal
(server-sent events), the end of a process (pidfd), a byte on a descriptor, an
answer of a verb that waits on the server.  Every wait has a limit that only a
hang can reach.
"""
import http.client
import json
import os
import pty
import select
import signal
import socket
import struct
import subprocess
import fcntl
import termios
import time

LIMIT = float(os.environ.get('BELAY_TEST_LIMIT', '60'))
BUILD = os.environ['BELAY_BUILD']


def program(name):
    return os.path.join(BUILD, name)


class Failed(AssertionError):
    """A command ended with another status than expected."""


class UnixConnection(http.client.HTTPConnection):
    """HTTP over the daemon's Unix socket, whose path may be longer than sun_path."""

    def __init__(self, path, timeout=LIMIT):
        super().__init__('localhost', timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = connect_unix(self.path, self.timeout)


def connect_unix(path, timeout=LIMIT):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.settimeout(timeout)
    fd = os.open(os.path.dirname(path), os.O_PATH | os.O_DIRECTORY)
    try:
        sock.connect('/proc/self/fd/%d/%s' % (fd, os.path.basename(path)))
    except OSError:
        sock.close()
        raise
    finally:
        os.close(fd)
    return sock


def start_of(pid):
    """Start time of a process (field 22 of stat), None when it is gone or a zombie."""
    try:
        with open('/proc/%d/stat' % pid, encoding='utf-8', errors='replace') as f:
            rest = f.read().rpartition(')')[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if rest[0] in 'ZX' else int(rest[19])


def wait_gone(pid, limit=LIMIT):
    """Waits for the end of any process, ours or not."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        ready, _, _ = select.select([fd], [], [], limit)
        assert ready, 'process %d did not end within %s s' % (pid, limit)
    finally:
        os.close(fd)


class Terminal:
    """A program on a terminal of its own; reads until a text has come."""

    def __init__(self, argv, env, cwd=None, cols=100, rows=30):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                if cwd:
                    os.chdir(cwd)
                os.execve(argv[0], argv, env)
            finally:
                os._exit(127)
        self.seen = b''
        self.status = None
        self.resize(cols, rows)

    def resize(self, cols, rows):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, cols, 0, 0))

    def send(self, data):
        os.write(self.fd, data if isinstance(data, bytes) else data.encode())

    def read(self, limit=LIMIT):
        """What comes next; b'' at the end of the terminal."""
        ready, _, _ = select.select([self.fd], [], [], limit)
        assert ready, 'nothing came within %s s; so far: %r' % (limit, self.seen[-2000:])
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b''
        self.seen += data
        return data

    def expect(self, text, start=0):
        """Reads until `text` stands in what came since `start`; its end position."""
        text = text if isinstance(text, bytes) else text.encode()
        while True:
            at = self.seen.find(text, start)
            if at >= 0:
                return at + len(text)
            assert self.read(), 'the terminal ended without %r; %r' % (text, self.seen[-2000:])

    def wait(self):
        """Reads to the end; the exit status (negative: signal)."""
        while self.status is None and self.read():
            pass
        if self.status is None:
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.status

    def kill(self, signo=signal.SIGKILL):
        os.kill(self.pid, signo)

    def modes(self):
        return termios.tcgetattr(self.fd)

    def close(self):
        if self.status is None:
            if start_of(self.pid) is not None:
                os.kill(self.pid, signal.SIGKILL)
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.fd)


class Belay:
    """One private belay: its home, its environment, its daemon."""

    def __init__(self, home, env=None):
        self.home = str(home)
        os.makedirs(self.home, mode=0o700, exist_ok=True)
        self.env = {
            'PATH': os.environ['PATH'], 'HOME': self.home, 'TERM': 'xterm-256color',
            'LANG': 'C.UTF-8', 'LC_ALL': 'C.UTF-8', 'SHELL': '/bin/sh', 'BELAY_HOME': self.home,
            'BELAY_DEMO_MS': '0', 'BELAY_TEST': '1',
        }
        for key in ('ASAN_OPTIONS', 'UBSAN_OPTIONS', 'LSAN_OPTIONS', 'TSAN_OPTIONS'):
            if key in os.environ:
                self.env[key] = os.environ[key]
        self.env.update(env or {})
        self.socket = os.path.join(self.home, 'run', 'belayd.sock')

    # --- the command -------------------------------------------------------

    def popen(self, *args, **kw):
        kw.setdefault('env', self.env)
        kw.setdefault('cwd', self.home)
        kw.setdefault('stdin', subprocess.DEVNULL)
        return subprocess.Popen([program('belay'), *map(str, args)], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, **kw)

    def try_run(self, *args, **kw):
        """(status, stdout, stderr) of `belay ARGS`."""
        limit = kw.pop('limit', LIMIT)
        p = self.popen(*args, **kw)
        try:
            out, err = p.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            p.kill()
            out, err = p.communicate()
            raise Failed('belay %s hung; stdout %r stderr %r' % (args, out, err)) from None
        return p.returncode, out, err

    def run(self, *args, status=0, **kw):
        code, out, err = self.try_run(*args, **kw)
        if code != status:
            raise Failed('belay %s: exit %d, expected %d\nstdout: %s\nstderr: %s\nlog: %s'
                         % (' '.join(map(str, args)), code, status, out, err, self.log()[-3000:]))
        return out

    def json(self, *args, **kw):
        at = 2 if args[0] == 'daemon' else 1
        return json.loads(self.run(*args[:at], '--json', *args[at:], **kw))

    def error(self, *args, status, **kw):
        """The message of a command that must fail with `status` and print nothing else."""
        code, out, err = self.try_run(*args, **kw)
        assert code == status, (code, out, err)
        assert out == '', out
        return err.rstrip('\n')

    # --- sessions ------------------------------------------------------------

    def new(self, *args, **kw):
        """A detached session; its record."""
        return self.json('new', '-d', *args, **kw)

    def get(self, name):
        return self.json('get', name)

    def sessions(self, *args):
        return self.json('ls', *args)['sessions']

    def screen(self, name):
        return self.run('screen', name)

    def wait_text(self, name, text, limit=LIMIT):
        self.run('wait', name, '--until', 'text=' + text, '--timeout', int(limit), limit=limit + 10)

    def wait_exit(self, name, limit=LIMIT):
        self.run('wait', name, '--until', 'exited', '--timeout', int(limit), limit=limit + 10)
        return self.get(name)

    def dir(self, session):
        return os.path.join(self.home, 'state', 'sessions', session['id'])

    # --- HTTP ------------------------------------------------------------------

    def http(self, method, path, body=None, headers=None, raw=False):
        """(status, JSON of the answer)."""
        c = UnixConnection(self.socket)
        try:
            if body is not None and not raw:
                body = json.dumps(body)
            head = {'Content-Type': 'application/json'} if body is not None else {}
            head.update(headers or {})
            c.request(method, path, body, head)
            r = c.getresponse()
            data = r.read()
            return r.status, json.loads(data) if data else None
        finally:
            c.close()

    def events(self, since=0):
        """All events of the journal after `since`."""
        got = []
        while True:
            status, page = self.http('GET', '/v1/events?since=%d' % since)
            assert status == 200, page
            if not page['events']:
                return got
            got += page['events']
            since = got[-1]['seq']

    def seq(self):
        return self.json('ls')['seq']

    # --- the daemon ---------------------------------------------------------------

    def start(self):
        self.run('daemon', 'start')
        return self.daemon_pid()

    def daemon_pid(self):
        """The daemon's pid, from its lock file; None when none holds the lock."""
        try:
            fd = os.open(os.path.join(self.home, 'run', 'belayd.lock'), os.O_RDONLY)
        except FileNotFoundError:
            return None
        try:
            text = os.read(fd, 64).decode().split()
            try:
                fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
                return None
            except BlockingIOError:
                return int(text[0])
        finally:
            os.close(fd)

    def kill_daemon(self, signo=signal.SIGKILL):
        """Ends the daemon and waits for its end."""
        pid = self.daemon_pid()
        if pid is None:
            return None
        fd = os.pidfd_open(pid)
        os.kill(pid, signo)
        ready, _, _ = select.select([fd], [], [], LIMIT)
        os.close(fd)
        assert ready, 'the daemon did not end on signal %d' % signo
        return pid

    def log(self):
        try:
            with open(os.path.join(self.home, 'state', 'belayd.log'), encoding='utf-8',
                      errors='replace') as f:
                return f.read()
        except FileNotFoundError:
            return ''

    # --- the end -------------------------------------------------------------------

    def processes(self):
        """pids of all that live and carry this home in their environment or arguments."""
        found = []
        mark = self.home.encode()
        for name in os.listdir('/proc'):
            if not name.isdigit() or int(name) == os.getpid():
                continue
            pid = int(name)
            try:
                with open('/proc/%d/environ' % pid, 'rb') as f:
                    text = f.read()
                with open('/proc/%d/cmdline' % pid, 'rb') as f:
                    text += f.read()
            except (FileNotFoundError, PermissionError, ProcessLookupError):
                continue
            if mark in text and start_of(pid) is not None:
                found.append(pid)
        return found

    def end(self):
        """Ends everything in the ordinary way, then proves that nothing is left."""
        errors = []
        pid = self.daemon_pid()
        if pid is not None:
            os.kill(pid, signal.SIGCONT)
        if os.path.isdir(os.path.join(self.home, 'state', 'sessions')):
            code, _, err = self.try_run('kill', '--all', '-y')
            if code:
                errors.append('kill --all: %d %s' % (code, err))
            code, _, err = self.try_run('daemon', 'stop')
            if code:
                errors.append('daemon stop: %d %s' % (code, err))
        left = self.processes()
        deadline = time.monotonic() + 20
        for pid in left:
            try:
                wait_gone(pid, max(0.1, deadline - time.monotonic()))
            except AssertionError:
                pass
        left = self.processes()
        for pid in left:
            with open('/proc/%d/cmdline' % pid, 'rb') as f:
                errors.append('left behind: %d %s' % (pid, f.read().replace(b'\0', b' ').decode()))
            os.kill(pid, signal.SIGKILL)
        log = self.log()
        for word in ('ERROR: AddressSanitizer', 'runtime error:', 'assertion', 'LeakSanitizer'):
            if word in log:
                errors.append('in the log: ' + log[log.index(word):][:2000])
        assert not errors, '\n'.join(errors)
