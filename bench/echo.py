"""echo: from a keystroke to its echo, through attach.  Goal: p50 and p99 <= 1.2 x dtach's, below tmux's."""
import os
import select
import time

from common import QUICK, Bench, figure, percentile, program, ratio
from lib import Terminal

KEYS = 300 if QUICK else 2000


def measure(t):
    """Seconds of each keystroke; the key is a letter that is not elsewhere on the screen."""
    times = []
    for n in range(KEYS):
        key = b'abcdefghijklmnopqrstuvwxyz'[n % 26:n % 26 + 1]
        t0 = time.perf_counter()
        os.write(t.fd, key)
        while True:
            select.select([t.fd], [], [])
            if key in os.read(t.fd, 65536):
                break
        times.append(time.perf_counter() - t0)
        if n % 60 == 59:
            os.write(t.fd, b'\x15')   # clear the line, so that nothing wraps
            while select.select([t.fd], [], [], 0.02)[0]:
                os.read(t.fd, 65536)
    return times


def settle(t):
    while select.select([t.fd], [], [], 0.3)[0]:
        os.read(t.fd, 65536)


def main():
    with Bench() as b:
        b.belay.start()
        b.belay.new('--name', 'e', '--', 'cat')
        pid = b.dtach('e', 'exec cat')
        assert pid
        b.tmux('new-session', '-d', '-s', 'e', 'cat')
        b.tmux('set', '-g', 'status', 'off')
        terminals = {
            'belay': Terminal([program('belay'), 'attach', 'e'], b.env, b.belay.home),
            'dtach': Terminal(['/usr/bin/dtach', '-a', b.path('e'), '-E', '-r', 'none'], b.env, b.dir),
            'tmux': Terminal(['/usr/bin/tmux', '-S', b.tmux_socket, 'attach', '-t', 'e'], b.env, b.dir),
        }
        results = {who: [] for who in terminals}
        for t in terminals.values():
            settle(t)
        for _ in range(3):
            for who, t in terminals.items():
                results[who] += measure(t)
        for t in terminals.values():
            t.kill()
            t.wait()
            t.close()
        for who, times in results.items():
            figure('echo_%s_p50' % who, percentile(times, 50) * 1e6, 'us')
            figure('echo_%s_p99' % who, percentile(times, 99) * 1e6, 'us')
        for p in (50, 99):
            ours = percentile(results['belay'], p)
            for peer in ('dtach', 'tmux'):
                ratio('echo_p%d' % p, ours, percentile(results[peer], p), peer)


main()
