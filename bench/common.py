"""What the bench programs share: a private belay, tmux and dtach, and how figures are printed."""
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'tests', 'scenario'))
os.environ.setdefault('BELAY_BUILD', os.path.join(os.path.dirname(HERE), 'build', 'test'))

from lib import Belay, program, start_of, wait_gone  # noqa: E402,F401

QUICK = bool(os.environ.get('BENCH_QUICK'))


def figure(name, value, unit):
    text = '%.3f' % value if isinstance(value, float) else str(value)
    print(name, text, unit, flush=True)


def ratio(name, ours, theirs, peer):
    figure('%s_vs_%s' % (name, peer), ours / theirs if theirs else float('inf'), 'ratio')


def median(values):
    return statistics.median(values)


def percentile(values, p):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * p / 100))]


class Bench:
    """A temporary folder with a belay, a tmux server and dtach sockets; ends all of them."""

    def __enter__(self):
        self.dir = tempfile.mkdtemp(prefix='belay-bench-')
        self.belay = Belay(os.path.join(self.dir, 'h'))
        self.env = dict(self.belay.env)
        self.tmux_socket = os.path.join(self.dir, 'tmux')
        self.dtach_pids = []
        return self

    def __exit__(self, *exc):
        subprocess.run(self.tmux_argv('kill-server'), env=self.env, stderr=subprocess.DEVNULL, check=False)
        for pid in self.dtach_pids:
            if start_of(pid) is not None:
                os.kill(pid, 15)
                wait_gone(pid)
        self.belay.end()
        shutil.rmtree(self.dir, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.dir, name)

    def tmux_argv(self, *args):
        return ['tmux', '-S', self.tmux_socket, '-f', '/dev/null', *map(str, args)]

    def tmux(self, *args):
        return subprocess.run(self.tmux_argv(*args), env=self.env, check=True, capture_output=True,
                              text=True).stdout

    def dtach(self, name, command):
        before = self.pids_of('dtach')
        subprocess.run(['dtach', '-n', self.path(name), '-E', 'sh', '-c', command], env=self.env, check=True,
                       stdin=subprocess.DEVNULL)
        new = [p for p in self.pids_of('dtach') if p not in before]
        self.dtach_pids += new
        return new[0]

    def pids_of(self, comm):
        found = []
        for pid in self.belay.processes():
            try:
                with open('/proc/%d/comm' % pid, encoding='utf-8') as f:
                    if f.read().strip() == comm:
                        found.append(pid)
            except FileNotFoundError:
                pass
        return found

    def fifo(self, name):
        path = self.path(name)
        os.mkfifo(path)
        return path


def cpu_ns(pids):
    """CPU time that these processes have had, all threads."""
    total = 0
    for pid in pids:
        for task in os.listdir('/proc/%d/task' % pid):
            with open('/proc/%d/task/%s/schedstat' % (pid, task), encoding='utf-8') as f:
                total += int(f.read().split()[0])
    return total


def pss_kb(pid):
    with open('/proc/%d/smaps_rollup' % pid, encoding='utf-8') as f:
        for line in f:
            if line.startswith('Pss:'):
                return int(line.split()[1])
    return 0


def switches(pids):
    total = 0
    for pid in pids:
        for task in os.listdir('/proc/%d/task' % pid):
            with open('/proc/%d/task/%s/status' % (pid, task), encoding='utf-8') as f:
                for line in f:
                    if line.startswith('voluntary_ctxt_switches'):
                        total += int(line.split()[1])
    return total


def forks(pids):
    """Children that these have now, and page faults of those they have waited for: both stay the same
    when none of them forks.  The system's own count would have everybody's forks in it."""
    now, ended = set(), 0
    for pid in pids:
        for task in os.listdir('/proc/%d/task' % pid):
            with open('/proc/%d/task/%s/children' % (pid, task), encoding='utf-8') as f:
                now.update(f.read().split())
        with open('/proc/%d/stat' % pid, encoding='utf-8', errors='replace') as f:
            ended += int(f.read().rpartition(')')[2].split()[8])
    return now, ended
