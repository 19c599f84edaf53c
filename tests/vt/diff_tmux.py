#!/usr/bin/env python3
"""Our engine and tmux on the same generated streams: text and cursor.

    diff_tmux.py ENGINE FIRST COUNT

ENGINE is the program vt-engine.  Seeds are streams; TAP, a line per hundred.  A
difference is made small and printed.  What is known to differ, and why, is in
doc/terminal.md; here it is left out of the streams or normalised, with the number
of its row in that table.

A private tmux server has one pane.  The program in the pane is this file again
(--pane SOCKET): it writes what comes over the socket to its terminal, then asks
the terminal for its status, and says "done" when the answer is there: tmux has
then read everything.  Nobody sleeps."""
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import termios
import tty

NAMES = ('TEXT GOTO MOVE ERASE EDIT LINES SCROLL REGION SGR NARROW WIDE MARKS TABS REP ALT WRAP '
         'INSERT ORIGIN SAVE CHARSET STRINGS BROKEN CAREFUL SAVED').split()
F = {name: 1 << bit for bit, name in enumerate(NAMES)}


def features(names):
    return sum(F[name] for name in names.split())


# Without REP (T2), CHARSET (T4), ORIGIN (T7), INSERT (T8); LINES and REGION not
# together (T6); WIDE where nothing is overwritten (T9).
COMMON = 'TEXT SCROLL SGR NARROW STRINGS '
USUAL = COMMON + 'GOTO MOVE ERASE EDIT CAREFUL SAVED '
SETS = [features(names) for names in (
    USUAL + 'REGION SAVE TABS WRAP',
    USUAL + 'LINES ALT',
    COMMON + 'WIDE',
    USUAL + 'LINES MARKS',
)]


def pane(path):
    """The program in the pane."""
    tty.setraw(0)
    link = socket.socket(socket.AF_UNIX)
    link.connect(path)
    stream = link.makefile('rwb')
    while line := stream.readline():
        os.write(1, bytes.fromhex(line.decode().strip()))
        os.write(1, b'\033[5n')
        answer = b''
        while not answer.endswith(b'\033[0n'):
            answer += os.read(0, 100)
        stream.write(b'done\n')
        stream.flush()


class Tmux:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix='belay-vt-')
        path = os.path.join(self.dir, 'pane')
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen(1)
        # Only a guard against a tmux that does not start.
        listener.settimeout(60)
        self.env = {'PATH': os.environ['PATH'], 'LC_ALL': 'C.UTF-8', 'TMUX_TMPDIR': self.dir,
                    'TERM': 'xterm-256color', 'HOME': self.dir}
        conf = os.path.join(self.dir, 'conf')
        with open(conf, 'w') as f:
            f.write('set -g history-limit 0\nset -g status off\n'
                    'set -g default-terminal xterm-256color\n')
        self.base = ['tmux', '-u', '-L', 'vt', '-f', conf]
        self.run('new-session', '-d', '-s', 's', '-x', '80', '-y', '24',
                 f'exec {sys.executable} {os.path.abspath(__file__)} --pane {path}')
        link, _ = listener.accept()
        link.settimeout(60)
        self.stream = link.makefile('rwb')
        listener.close()
        self.size = (80, 24)

    def run(self, *words):
        return subprocess.run(self.base + list(words), env=self.env, check=True,
                              capture_output=True).stdout.decode()

    def feed(self, data):
        self.stream.write(data.hex().encode() + b'\n')
        self.stream.flush()
        if self.stream.readline() != b'done\n':
            raise RuntimeError('the pane has died')

    def screen(self, cols, rows, data):
        reset = b'\033[?1049l\033[?2026l\033[m\033c\033(B\033)B\017'
        if self.size != (cols, rows):
            self.feed(reset)
            self.run('resize-window', '-t', 's', '-x', str(cols), '-y', str(rows))
            self.size = (cols, rows)
        self.feed(reset + data)
        out = self.run('capture-pane', '-p', '-t', 's', ';',
                       'display-message', '-p', '-t', 's', '#{cursor_y},#{cursor_x}')
        lines = out.split('\n')
        row, col = map(int, lines[rows].split(','))
        return [line.rstrip(' ') for line in lines[:rows]], (row, min(col, cols - 1))

    def close(self):
        self.run('kill-server')
        shutil.rmtree(self.dir, ignore_errors=True)


class Engine:
    def __init__(self, path):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, line):
        self.process.stdin.write(line.encode() + b'\n')
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def screen(self, cols, rows, data):
        got = self.ask(f'run {cols} {rows} {data.hex()}')
        lines = [''.join(cell[0] or (' ' if cell[1] else '') for cell in row).rstrip(' ')
                 for row in got['rows']]
        return lines, tuple(got['cursor'][:2])

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def difference(engine, tmux, cols, rows, pieces):
    data = b''.join(pieces)
    ours, our_cursor = engine.screen(cols, rows, data)
    theirs, their_cursor = tmux.screen(cols, rows, data)
    for row, (a, b) in enumerate(zip(ours, theirs)):
        if a != b:
            return f'row {row}: ours "{a}", tmux "{b}"'
    if our_cursor != their_cursor:
        return f'cursor: ours {our_cursor}, tmux {their_cursor}'
    return None


def shrink(engine, tmux, cols, rows, pieces):
    again = True
    while again:
        again = False
        step = len(pieces)
        while step:
            at = 0
            while at < len(pieces):
                fewer = pieces[:at] + pieces[at + step:]
                if difference(engine, tmux, cols, rows, fewer):
                    pieces, again = fewer, True
                else:
                    at += step
            step //= 2
    return pieces


def agrees(engine, tmux, seed):
    made = engine.ask(f'gen {seed} {SETS[seed % len(SETS)]}')
    cols, rows = made['cols'], made['rows']
    pieces = [known(bytes.fromhex(piece)) for piece in made['pieces']]
    if not difference(engine, tmux, cols, rows, pieces):
        return True
    small = shrink(engine, tmux, cols, rows, pieces)
    why = difference(engine, tmux, cols, rows, small)
    print(f'# seed {seed}, {cols}x{rows}: {b"".join(small)!r}\n#   {why}', flush=True)
    return False


# T1: HPR and VPR are not known there: CUF and CUD instead.
# T3: ICH of all that is left of the line does nothing there: one instead.
# T5: CHT is not known there: tabs instead.
# T10: a pending wrap is a column of its own there for BS, LF and RI.
# T11: BS in the first column goes up to the end of a wrapped row there.
SAME = {b'a': b'C', b'e': b'B'}
PLAIN = {b'\b': b'', b'\b\b': b'', b'\n': b'\r\n', b'\v': b'\r\n', b'\033D': b'\r\n',
         b'\033M': b'\r\033M'}


def known(piece):
    def other(match):
        before, count, final = match.groups()
        if final == b'I':
            return before + b'\t' * (int(count or 1) or 1)
        if final == b'@':
            count = b''
        return before + b'\033[' + count + SAME.get(final, final)

    piece = PLAIN.get(piece, piece)
    return re.sub(rb'^((?:\033\[\d+G)?)\033\[(\d*)([ae@I])$', other, piece)


def main():
    if sys.argv[1] == '--pane':
        pane(sys.argv[2])
        return 0
    if not shutil.which('tmux'):
        print('1..0 # SKIP tmux is not installed')
        return 0
    first, count = int(sys.argv[2]), int(sys.argv[3])
    if os.environ.get('BELAY_TORTURE'):
        first, count = int(os.environ.get('SEED', first)), 30 * count
    engine, tmux = Engine(sys.argv[1]), Tmux()
    tests = failed = 0
    try:
        for start in range(first, first + count, 100):
            bad = 0
            for seed in range(start, min(start + 100, first + count)):
                bad += not agrees(engine, tmux, seed)
                if bad == 5:
                    break
            tests += 1
            print(f'{"not " if bad else ""}ok {tests} - tmux agrees on seeds from {start}', flush=True)
            failed += bad
        print(f'1..{tests}')
    finally:
        tmux.close()
        engine.close()
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
