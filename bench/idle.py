"""idle: what 100 quiet sessions cost, beside a tmux server with as many.

Goals: CPU < 0.1 % of a core, no wake-ups, no forks; PSS <= 12 MB for the daemon + 200 KB a session
with an empty ring, 1.3 MB with a full one.
"""
import subprocess

from common import QUICK, Bench, cpu_ns, figure, forks, pss_kb, ratio, switches

SESSIONS = 20 if QUICK else 100
SECONDS = 5 if QUICK else 30


def quiet():
    """Lets time pass: what is measured is that nothing happens in it."""
    with subprocess.Popen(['timeout', str(SECONDS), 'cat'], stdin=subprocess.PIPE) as clock:
        clock.wait()


def measure(name, pids):
    cpu, wakes, forked = cpu_ns(pids), switches(pids), forks(pids)
    quiet()
    figure(name + '_cpu', 100 * (cpu_ns(pids) - cpu) / (SECONDS * 1e9), '%')
    figure(name + '_wakeups', switches(pids) - wakes, 'per_%ds' % SECONDS)
    (was, ended), (now, ended_now) = forked, forks(pids)
    figure(name + '_forks', len(now - was) + (ended_now > ended), 'per_%ds' % SECONDS)


def main():
    with Bench() as b:
        b.belay.start()
        for n in range(SESSIONS):
            b.belay.new('--name', 'i%d' % n, '--', 'cat')
        daemon = b.belay.daemon_pid()
        shims = b.pids_of('belay-shim')
        assert len(shims) == SESSIONS, len(shims)
        measure('idle_belay', [daemon] + shims)
        d0, s0 = pss_kb(daemon), sum(map(pss_kb, shims)) / SESSIONS
        figure('idle_daemon_pss', d0, 'KB')
        figure('idle_shim_pss_empty', s0, 'KB')
        figure('idle_total_pss_empty', (d0 + s0 * SESSIONS) / 1024, 'MB')
        figure('idle_goal_empty', 12 + 0.2 * SESSIONS, 'MB')

        for n in range(SESSIONS):
            b.tmux('new-session', '-d', '-s', 't%d' % n, 'cat')
        server = b.pids_of('tmux: server')
        measure('idle_tmux', server)
        tmux = sum(map(pss_kb, server))
        figure('idle_tmux_pss', tmux, 'KB')
        ratio('idle_pss', d0 + s0 * SESSIONS, tmux, 'tmux')

        b.belay.run('kill', '--all', '-y')
        b.belay.run('rm', '--all', '-y')
        for n in range(SESSIONS):
            b.belay.new('--name', 'f%d' % n, '--', 'sh', '-c', 'seq 1 250000; echo FULL; cat')
        for n in range(SESSIONS):
            b.belay.wait_text('f%d' % n, 'FULL')
        quiet()
        shims = b.pids_of('belay-shim')
        d1, s1 = pss_kb(daemon), sum(map(pss_kb, shims)) / SESSIONS
        figure('idle_daemon_pss_full', d1, 'KB')
        figure('idle_shim_pss_full', s1, 'KB')
        figure('idle_total_pss_full', (d1 + s1 * SESSIONS) / 1024, 'MB')
        figure('idle_goal_full', 12 + 1.3 * SESSIONS, 'MB')


main()
