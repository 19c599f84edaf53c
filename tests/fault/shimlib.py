"""What the shim's fault tests share: a shim in its own directory, a viewer that
speaks the protocol, and the proof that nothing is left behind.

Nothing here sleeps: every wait is a blocking read with a deadline, or a pidfd."""
import ctypes
import fcntl
import os
import select
import signal
import socket
import struct
import tempfile
import shutil
import time

SHIM = os.environ.get('BELAY_SHIM') or os.path.join(
    os.path.dirname(__file__), '../../build/belay-shim')
DEADLINE = float(os.environ.get('BELAY_TEST_DEADLINE', '30'))

HELLO, INPUT, RESIZE, CONTROL, SIGNAL, KEYFRAME, ACK, QUERY, CLOSE_INPUT = range(1, 10)
(WELCOME, OUTPUT, LOST, KEYFRAME_DATA, RESIZED, EXIT, INPUT_DONE, STATUS, VIEWERS,
 ERROR) = range(64, 74)
ENGINE, LAZY, READ_ONLY, NO_OUTPUT = 1, 2, 4, 8
FROM_KEYFRAME, FROM_END = 2**64 - 1, 2**64 - 2
FOREGROUND, CHILD, TREE = range(3)
SESSION = '01900000-0000-7000-8000-000000000001'


class Timeout(Exception):
    pass


def spec(argv, cwd='/', cols=80, rows=24, ring=65536, linger=600, mode='pty', env=None,
         program=None, session=SESSION, generation=1, version='belay-shim-spec 1'):
    env = {'PATH': '/usr/bin:/bin', 'TERM': 'xterm'} if env is None else env
    words = [version, session, generation, cols, rows, ring, linger, mode, cwd,
             program or argv[0], len(argv), *argv, len(env),
             *(f'{k}={v}' for k, v in env.items())]
    return b''.join(str(w).encode() + b'\0' for w in words)


def launch(directory, blob, before=None):
    """Runs belay-shim; returns its answer, e.g. ['ok', '12', ...]."""
    r, w = os.pipe()
    s = os.memfd_create('spec')
    os.write(s, blob)
    os.lseek(s, 0, 0)
    pid = os.fork()
    if pid == 0:
        try:
            if before:
                before()
            os.dup2(s, 0)
            keep = fcntl.fcntl(w, fcntl.F_DUPFD, 10)
            os.dup2(keep, 3)
            os.closerange(4, 64)
            os.execv(SHIM, [SHIM, directory])
        finally:
            os._exit(126)
    os.close(w)
    os.close(s)
    answer = b''
    end = time.monotonic() + DEADLINE
    while not answer.endswith(b'\n'):
        if not select.select([r], [], [], max(0, end - time.monotonic()))[0]:
            raise Timeout('no answer on fd 3')
        part = os.read(r, 4096)
        if not part:
            break
        answer += part
    os.close(r)
    os.waitpid(pid, 0)
    return answer.decode().split()


def wait_pid_gone(pid, start=None):
    """Waits until that process is gone (not just a zombie)."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        if not select.select([fd], [], [], DEADLINE)[0]:
            raise Timeout(f'process {pid} does not end')
    finally:
        os.close(fd)


def alive(pid):
    try:
        with open(f'/proc/{pid}/stat') as f:
            return f.read().rsplit(')', 1)[1].split()[0] not in 'ZX'
    except (FileNotFoundError, ProcessLookupError):
        return False


class Viewer:
    def __init__(self, directory, flags=0, start=FROM_KEYFRAME, hello=True, rcvbuf=None):
        self.s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        if rcvbuf:
            self.s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
        here = os.getcwd()
        os.chdir(directory)     # a path may be longer than a socket's name
        try:
            self.s.connect('shim.sock')
        finally:
            os.chdir(here)
        self.buf = b''
        self.data = b''         # output so far, LOST leaves a hole
        self.err = b''
        self.frames = []        # all that came, but output
        self.position = None
        self.ids = 0
        if hello:
            self.send(HELLO, struct.pack('<IIQ', 1, flags, start))
            self.welcome = self.expect(WELCOME)
            (self.version, self.flags, self.start, self.end, self.cols, self.rows,
             self.generation, self.child, self.child_start) = struct.unpack('<IIQQHHIiQ',
                                                                            self.welcome)

    def send(self, kind, payload=b'', flags=0):
        self.s.settimeout(DEADLINE)
        self.s.sendall(struct.pack('<IBBH', len(payload), kind, flags, 0) + payload)

    def input(self, data, more=False):
        self.ids += 1
        self.send(INPUT, struct.pack('<I', self.ids) + data, 1 if more else 0)
        return self.ids

    def signal(self, signo, scope=FOREGROUND):
        self.send(SIGNAL, struct.pack('<BB', signo, scope))

    def keyframe(self, position, data, cols=80, rows=24, part=200000):
        for at in range(0, len(data), part):
            self.send(KEYFRAME, struct.pack('<QHHII', position, cols, rows, len(data), at) +
                      data[at:at + part])

    def frame(self, deadline=None):
        """The next frame (type, flags, payload); None at the end of the connection."""
        end = time.monotonic() + (DEADLINE if deadline is None else deadline)
        while True:
            if len(self.buf) >= 8:
                length, kind, flags, zero = struct.unpack('<IBBH', self.buf[:8])
                assert zero == 0 and length <= 256 << 10
                if len(self.buf) >= 8 + length:
                    payload = self.buf[8:8 + length]
                    self.buf = self.buf[8 + length:]
                    self.note(kind, flags, payload)
                    return kind, flags, payload
            left = end - time.monotonic()
            if left <= 0:
                raise Timeout(f'no frame; had {self.frames[-5:]} {self.data[-200:]!r}')
            self.s.settimeout(left)
            try:
                part = self.s.recv(1 << 20)
            except socket.timeout:
                continue
            except ConnectionResetError:
                return None
            if not part:
                return None
            self.buf += part

    def note(self, kind, flags, payload):
        if kind == OUTPUT:
            position, = struct.unpack('<Q', payload[:8])
            assert self.position is None or position == self.position, \
                f'output at {position}, expected {self.position}'
            self.position = position + len(payload) - 8
            if flags & 1:
                self.err += payload[8:]
            else:
                self.data += payload[8:]
            return
        if kind == LOST:
            was, to = struct.unpack('<QQ', payload)
            assert was <= to
            self.position = to
        elif kind == KEYFRAME_DATA:
            self.position = struct.unpack('<Q', payload[:8])[0]
        self.frames.append((kind, payload))

    def expect(self, kind, deadline=None):
        """Reads on until a frame of this type; returns its payload."""
        while True:
            f = self.frame(deadline)
            assert f is not None, f'connection ended before frame {kind}'
            if f[0] == kind:
                return f[2]

    def until(self, text, deadline=None):
        """Reads on until the output holds the text."""
        while text not in self.data:
            f = self.frame(deadline)
            assert f is not None, f'connection ended before {text!r}: {self.data[-300:]!r}'
        return self.data

    def until_position(self, position):
        while (self.position or 0) < position:
            assert self.frame() is not None

    def done(self, ident):
        while True:
            i, result = struct.unpack('<IB', self.expect(INPUT_DONE))
            if i == ident:
                return result

    def error(self):
        payload = self.expect(ERROR)
        return struct.unpack('<I', payload[:4])[0], payload[4:].decode()

    def exit(self):
        return struct.unpack('<iiQq', self.expect(EXIT))

    def status(self):
        self.send(QUERY)
        return parse_status(self.expect(STATUS))

    def at_end(self):
        while self.frame() is not None:
            pass
        return True

    def close(self):
        self.s.close()


def parse_status(slot):
    lines = slot.decode().rstrip('\n').split('\n')
    assert lines[0].startswith('belay-shim-status 1 ')
    status = dict(line.split(' ', 1) for line in lines[1:])
    status = {k: v if k == 'session' else int(v) for k, v in status.items()}
    status['seq'] = int(lines[0].split()[2])
    return status


class Shim:
    """A running shim; a context manager that proves that it left nothing."""

    def __init__(self, argv=None, sh=None, directory=None, before=None, **more):
        self.own = directory is None
        self.dir = directory or tempfile.mkdtemp(prefix='belay-shim-')
        self.pid = None
        argv = argv or ['/bin/sh', '-c', sh]
        self.answer = launch(self.dir, spec(argv, **more), before)
        if self.answer[:1] == ['ok']:
            self.pid, self.start, self.child, self.child_start = map(int, self.answer[1:])
            self.tracked = {self.pid, self.child}

    def viewer(self, *a, **k):
        return Viewer(self.dir, *a, **k)

    def record(self):
        with open(os.path.join(self.dir, 'status'), 'rb') as f:
            image = f.read()
        slots = [image[:1024], image[1024:2048]]
        return max((parse_status(s) for s in slots if s.startswith(b'belay-shim-status')),
                   key=lambda s: s['seq'])

    def descendants(self):
        found, todo = [], [self.pid]
        while todo:
            pid = todo.pop()
            try:
                for tid in os.listdir(f'/proc/{pid}/task'):
                    with open(f'/proc/{pid}/task/{tid}/children') as f:
                        more = [int(x) for x in f.read().split()]
                    found += more
                    todo += more
            except (FileNotFoundError, ProcessLookupError):
                pass
        return found

    def finish(self):
        """As the daemon does it: kill the tree, take the exit, let the shim go."""
        v = self.viewer(ENGINE, FROM_END)
        v.signal(signal.SIGKILL, TREE)
        result = v.exit()
        v.send(ACK, struct.pack('<QB', 0, 1))
        v.at_end()
        v.close()
        self.gone()
        return result

    def gone(self):
        wait_pid_gone(self.pid)
        self.pid = None

    def __enter__(self):
        assert self.pid, f'shim did not start: {self.answer}'
        return self

    def __exit__(self, kind, *rest):
        left = []
        if self.pid and alive(self.pid):
            left = self.descendants()
            self.tracked |= set(left)
            if kind is None and os.path.exists(os.path.join(self.dir, 'shim.sock')):
                self.finish()
            else:
                for pid in [self.pid] + left:
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except ProcessLookupError:
                        pass
        for pid in self.tracked:
            wait_pid_gone(pid)
        if self.own:
            shutil.rmtree(self.dir, ignore_errors=True)
