"""spawn: from the command to the child's first act, beside `tmux new-session -d`.  Goal: <= 1.5 x."""
import subprocess
import time

from common import QUICK, Bench, figure, median, program, ratio

ROUNDS = 10 if QUICK else 40


def until_child(argv, env, fifo):
    """Seconds until the child has opened the fifo; the command itself may end later."""
    t = time.perf_counter()
    with subprocess.Popen(argv, env=env, stdout=subprocess.DEVNULL) as p:
        with open(fifo, 'rb') as f:
            f.read(1)
        came = time.perf_counter() - t
        p.wait()
    return came


def main():
    with Bench() as b:
        b.belay.start()
        fifo = b.fifo('born')
        child = 'echo x >%s; exec cat' % fifo
        b.tmux('new-session', '-d', '-s', 'keep', 'cat')
        ours, api, theirs = [], [], []
        for n in range(ROUNDS):
            ours.append(until_child([program('belay'), 'new', '-d', '--name', 's%d' % n, '--', 'sh', '-c', child],
                                    b.env, fifo))
            theirs.append(until_child(b.tmux_argv('new-session', '-d', '-s', 's%d' % n, child), b.env, fifo))
            t = time.perf_counter()
            with subprocess.Popen(['cat', fifo], stdout=subprocess.DEVNULL) as reader:
                status, _ = b.belay.http('POST', '/v1/sessions', {
                    'name': 'h%d' % n, 'command': ['sh', '-c', child], 'cwd': b.dir})
                assert status == 200, status
                reader.wait()
            api.append(time.perf_counter() - t)
        figure('spawn_belay', median(ours) * 1e3, 'ms')
        figure('spawn_belay_api', median(api) * 1e3, 'ms')
        figure('spawn_tmux', median(theirs) * 1e3, 'ms')
        ratio('spawn', median(ours), median(theirs), 'tmux')


main()
