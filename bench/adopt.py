"""adopt: from the start of a new daemon to all of 200 sessions known, after kill -9.  Goal: <= 1 s."""
import subprocess
import time

from common import QUICK, Bench, figure, median, program

SESSIONS = 50 if QUICK else 200


def main():
    with Bench() as b:
        b.belay.start()
        for n in range(SESSIONS):
            b.belay.new('--name', 'a%d' % n, '--', 'sh', '-c', 'echo screen %d; cat' % n)
        times, screens = [], []
        for _ in range(3):
            b.belay.kill_daemon()
            t = time.perf_counter()
            subprocess.run([program('belayd'), '--daemonize'], env=b.env, check=True)
            listed = b.belay.json('ls')['sessions']
            times.append(time.perf_counter() - t)
            assert len(listed) == SESSIONS and all(s['lifecycle'] == 'running' for s in listed)
            for n in range(SESSIONS):
                status, screen = b.belay.http('GET', '/v1/sessions/a%d/screen' % n)
                assert status == 200 and 'screen %d' % n in screen['content'], screen
            screens.append(time.perf_counter() - t)
        figure('adopt_known', median(times) * 1e3, 'ms')
        figure('adopt_all_screens_read', median(screens) * 1e3, 'ms')


main()
