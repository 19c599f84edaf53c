"""flood: wall time and our CPU for three streams through a session with the state kept.

Peers in the same run: dtach (keeps no state) and tmux.  Goals: at least 0.9 of dtach's throughput,
above tmux's on each; an attached viewer makes no difference.
"""
import os
import time

from common import QUICK, Bench, cpu_ns, figure, median, program, ratio
from lib import Terminal

ROUNDS = 2 if QUICK else 5
MB = 1 << 20


def log_stream(size):
    line = b'2026-11-21T03:00:00.000Z INFO  worker[%d] request served path=/api/v1/items/%d status=200 ms=%d\n'
    out = b''.join(line % (i % 17, i, i % 91) for i in range(size // 90))
    return out[:size]


def tui_stream(size):
    frames = []
    have = n = 0
    while have < size:
        rows = [b'\x1b[?2026h\x1b[H']
        for y in range(30):
            rows.append(b'\x1b[%d;1H\x1b[38;2;%d;%d;%dm%s\x1b[48;5;%dm item %d \x1b[0m%s' % (
                y + 1, (n * 7) % 256, (y * 8) % 256, 90, '│'.encode(), (n + y) % 256, n * 30 + y,
                'worker 世界 ─────'.encode() + b'x' * 60))
        rows.append(b'\x1b[?2026l')
        for s in '⠋⠙⠹⠸⠼⠴':
            rows.append(b'\x1b[28;3H\x1b[35m' + s.encode() + b'\x1b[0m Thinking\xe2\x80\xa6 (%ds)' % n)
        frame = b''.join(rows)
        frames.append(frame)
        have += len(frame)
        n += 1
    return b''.join(frames)


class Run:
    """One command that waits for `go`, writes the file to its terminal, and says when it is done."""

    count = 0

    def __init__(self, b, path):
        Run.count += 1
        self.go, self.end = b.fifo('go%d' % Run.count), b.fifo('end%d' % Run.count)
        self.command = 'read x <%s; cat %s; echo x >%s; read x <%s' % (self.go, path, self.end, self.go)

    def timed(self):
        with open(self.go, 'wb', buffering=0) as go:
            t = time.monotonic()
            go.write(b'\n')
        with open(self.end, 'rb') as end:
            end.read(1)
        return time.monotonic() - t

    def finish(self):
        with open(self.go, 'wb', buffering=0) as go:
            go.write(b'\n')


def belay_round(b, path, viewer):
    run = Run(b, path)
    name = 'r%d' % Run.count
    b.belay.new('--name', name, '--size', '120x30', '--', 'sh', '-c', run.command)
    shim = [p for p in b.pids_of('belay-shim') if p not in b.seen]
    b.seen.update(shim)
    t = Terminal([program('belay'), 'attach', name], b.env, b.belay.home, cols=120, rows=30) if viewer else None
    if t:
        pid = os.fork()
        if pid == 0:
            try:
                while t.read(600):
                    t.seen = b''
            finally:
                os._exit(0)
    pids = [b.belay.daemon_pid()] + shim
    cpu = cpu_ns(pids)
    wall = run.timed()
    used = cpu_ns(pids) - cpu
    run.finish()
    b.belay.wait_exit(name)
    if t:
        t.kill()
        t.wait()
        t.close()
        os.waitpid(pid, 0)
    return wall, used / 1e9


def dtach_round(b, path):
    run = Run(b, path)
    pid = b.dtach('d%d' % Run.count, run.command)
    cpu = cpu_ns([pid])
    wall = run.timed()
    used = cpu_ns([pid]) - cpu
    run.finish()
    return wall, used / 1e9


def tmux_round(b, path):
    run = Run(b, path)
    b.tmux('new-session', '-d', '-x', 120, '-y', 30, '-s', 't%d' % Run.count, run.command)
    server = b.pids_of('tmux: server')
    cpu = cpu_ns(server)
    wall = run.timed()
    used = cpu_ns(server) - cpu
    run.finish()
    return wall, used / 1e9


def main():
    scale = 4 if QUICK else 1
    with Bench() as b:
        b.seen = set()
        b.belay.start()
        b.tmux('new-session', '-d', '-s', 'keep', 'cat')
        for name, data in (('log', log_stream(32 * MB // scale)), ('tui', tui_stream(32 * MB // scale)),
                           ('yes', b'y\n' * (4 * MB // scale))):
            path = b.path(name + '.txt')
            with open(path, 'wb') as f:
                f.write(data)
            size = len(data) / 1e6
            walls = {'belay': [], 'belay_viewed': [], 'dtach': [], 'tmux': []}
            cpus = {key: [] for key in walls}
            for _ in range(ROUNDS):
                for who, result in (('belay', belay_round(b, path, False)),
                                    ('dtach', dtach_round(b, path)),
                                    ('tmux', tmux_round(b, path)),
                                    ('belay_viewed', belay_round(b, path, True))):
                    walls[who].append(result[0])
                    cpus[who].append(result[1])
            speed = {who: size / median(w) for who, w in walls.items()}
            for who in walls:
                figure('flood_%s_%s' % (name, who), speed[who], 'MB/s')
                figure('flood_%s_%s_cpu' % (name, who), median(cpus[who]), 's')
            ratio('flood_%s' % name, speed['belay'], speed['dtach'], 'dtach')
            ratio('flood_%s' % name, speed['belay'], speed['tmux'], 'tmux')
            ratio('flood_%s_viewed' % name, speed['belay_viewed'], speed['belay'], 'unviewed')


main()
