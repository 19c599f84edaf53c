"""ls: wall time of `belay ls` with 100 sessions beside `tmux ls`.  Goal: <= 1.5 x."""
import subprocess
import time

from common import QUICK, Bench, figure, median, program, ratio

SESSIONS = 20 if QUICK else 100
ROUNDS = 20 if QUICK else 100


def wall(argv, env):
    t = time.perf_counter()
    subprocess.run(argv, env=env, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - t


def main():
    with Bench() as b:
        b.belay.start()
        for n in range(SESSIONS):
            b.belay.new('--name', 'l%d' % n, '--', 'cat')
            b.tmux('new-session', '-d', '-s', 'l%d' % n, 'cat')
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(wall([program('belay'), 'ls'], b.env))
            theirs.append(wall(b.tmux_argv('ls'), b.env))
        figure('ls_belay', median(ours) * 1e3, 'ms')
        figure('ls_tmux', median(theirs) * 1e3, 'ms')
        ratio('ls', median(ours), median(theirs), 'tmux')


main()
