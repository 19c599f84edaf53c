"""shim: what one session costs while nothing happens: the program's size, and private memory with an
empty and with a full ring.  Peer in the same run: dtach, which keeps no output.

Memory is what a further session adds: pages of files that all share are not counted.  Goals: 200 KB
with an empty ring, 1.3 MB with a full one of 1 MiB.
"""
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get('BELAY_BUILD', os.path.join(os.path.dirname(HERE), 'build'))
os.environ.setdefault('BELAY_SHIM', os.path.join(BUILD, 'belay-shim'))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'tests', 'fault'))

from shimlib import ENGINE, FROM_END, SHIM, Shim, alive, wait_pid_gone  # noqa: E402

ROUNDS = 3 if os.environ.get('BENCH_QUICK') else 9
RING = 1 << 20


def figure(name, value, unit):
    print(name, value, unit, flush=True)


def private_kb(pid):
    """Pages that only this process has: written ones, and none that back onto the program's file."""
    with open(f'/proc/{pid}/smaps_rollup') as f:
        return sum(int(line.split()[1]) for line in f if line.startswith(('Private_Dirty', 'Swap:')))


def stripped_size(path, directory):
    copy = os.path.join(directory, 'stripped')
    subprocess.check_call(['strip', '-o', copy, path])
    os.sync()       # a page not yet on the disk would count as private memory
    return copy, os.path.getsize(copy)


def ours():
    with Shim(sh=f'read go; head -c {2 * RING} /dev/zero | tr "\\0" x; exec cat', ring=RING) as s:
        empty = private_kb(s.pid)
        v = s.viewer(ENGINE, FROM_END)
        v.input(b'\n')
        v.until_position(2 * RING)
        v.close()
        return empty, private_kb(s.pid)


def dtach(directory):
    path = os.path.join(directory, 'dtach')
    subprocess.check_call(['dtach', '-n', path, 'cat'], stdin=subprocess.DEVNULL)
    pid = next(int(p) for p in os.listdir('/proc') if p.isdigit() and path.encode() in cmdline(p))
    kb = private_kb(pid)
    child = int(open(f'/proc/{pid}/task/{pid}/children').read().split()[0])
    os.kill(child, 9)
    wait_pid_gone(pid)
    assert not alive(child)
    return kb


def cmdline(pid):
    try:
        with open(f'/proc/{pid}/cmdline', 'rb') as f:
            return f.read()
    except OSError:
        return b''


def main():
    import shimlib
    directory = tempfile.mkdtemp(prefix='belay-bench-')
    try:
        shimlib.SHIM, size = stripped_size(SHIM, directory)
        runs = [ours() for _ in range(ROUNDS)]
        figure('shim_stripped_size', size, 'bytes')
        figure('shim_private_memory_empty', statistics.median(r[0] for r in runs), 'KB')
        figure('shim_private_memory_full', statistics.median(r[1] for r in runs), 'KB')
        if shutil.which('dtach'):
            figure('dtach_private_memory', statistics.median(dtach(directory) for _ in range(ROUNDS)), 'KB')
            figure('dtach_stripped_size', os.path.getsize(shutil.which('dtach')), 'bytes')
    finally:
        shutil.rmtree(directory)


if __name__ == '__main__':
    main()
