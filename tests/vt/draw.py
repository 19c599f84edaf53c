#!/usr/bin/env python3
"""belay-draw: the picture has the size of the grid, colours stand in their cells,
text leaves marks only in its own cells, and bad input is refused.

    draw.py BELAY-DRAW"""
import json
import os
import struct
import subprocess
import sys
import tempfile
import zlib

PAD = 8


def draw(screen, *words):
    data = screen if isinstance(screen, bytes) else json.dumps(screen).encode()
    return subprocess.run([sys.argv[1], *words], input=data, capture_output=True)


def pixels(png):
    """(width, height, rows of RGB triples); what cairo writes: 8 bits, RGB, not interlaced."""
    assert png[:8] == b'\x89PNG\r\n\x1a\n'
    at, data = 8, b''
    while at < len(png):
        length, kind = struct.unpack('>I4s', png[at:at + 8])
        body = png[at + 8:at + 8 + length]
        if kind == b'IHDR':
            width, height, depth, colour = struct.unpack('>IIBB', body[:10])
            assert (depth, colour) == (8, 2)
        elif kind == b'IDAT':
            data += body
        at += 12 + length
    data = zlib.decompress(data)
    stride, before, rows = 3 * width, bytes(3 * width), []
    for y in range(height):
        kind = data[y * (stride + 1)]
        line = bytearray(data[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for i in range(stride):
            a = line[i - 3] if i >= 3 else 0
            b = before[i]
            c = before[i - 3] if i >= 3 else 0
            nearest = min((a, b, c), key=lambda v: (abs(a + b - c - v), (a, b, c).index(v)))
            line[i] = (line[i] + (0, a, b, (a + b) // 2, nearest)[kind]) & 255
        rows.append([tuple(line[i:i + 3]) for i in range(0, stride, 3)])
        before = bytes(line)
    return width, height, rows


def screen(lines, cols=6, rows=3, **cursor):
    return {'cols': cols, 'rows': rows, 'lines': lines, 'modes': {},
            'cursor': {'row': 0, 'col': 0, 'visible': False, 'shape': 0, **cursor}}


class Picture:
    def __init__(self, value, cols=6, rows=3):
        done = draw(value)
        assert done.returncode == 0, done.stderr
        self.width, self.height, self.rows = pixels(done.stdout)
        self.w, self.h = (self.width - 2 * PAD) / cols, (self.height - 2 * PAD) / rows

    def cell(self, row, col):
        """The set of colours in a cell."""
        top, left = int(PAD + row * self.h), int(PAD + col * self.w)
        return {self.rows[y][x] for y in range(top, int(top + self.h))
                for x in range(left, int(left + self.w))}


BG, CURSOR = (0x1e, 0x1e, 0x1e), (0xae, 0xaf, 0xad)


def size_follows_the_grid():
    small, large = Picture(screen([])), Picture(screen([], cols=120, rows=30), 120, 30)
    assert (small.w, small.h) == (large.w, large.h) and small.w >= 5 and small.h > small.w


def backgrounds_fill_their_cells():
    p = Picture(screen([[{'text': ' '}, {'text': '  ', 'bg': '#ff0000'}, {'text': 'x', 'bg': 4}]]))
    assert p.cell(0, 0) == {BG} and p.cell(0, 1) == p.cell(0, 2) == {(255, 0, 0)}
    assert p.cell(0, 4) == {BG} and p.cell(1, 1) == {BG}


def text_stays_in_its_cells():
    # A wide character, then ASCII: the fourth cell is the x, the fifth is empty.
    p = Picture(screen([], cols=6), 6)
    p = Picture(screen([[{'text': 'a\u4e2dx'}]]))
    marked = [p.cell(0, col) != {BG} for col in range(6)]
    assert marked[0] and marked[1] and marked[2] and marked[3] and not marked[4] and not marked[5]


def reverse_and_concealed():
    p = Picture(screen([[{'text': ' ', 'reverse': True, 'fg': '#00ff00'},
                         {'text': 'x', 'conceal': True, 'bg': '#0000ff'}]]))
    assert p.cell(0, 0) == {(0, 255, 0)} and p.cell(0, 1) == {(0, 0, 255)}


def lines_are_drawn():
    for key, value in (('underline', 'single'), ('underline', 'double'), ('underline', 'curly'),
                       ('underline', 'dotted'), ('underline', 'dashed'), ('strike', True),
                       ('overline', True)):
        p = Picture(screen([[{'text': '   ', 'fg': '#ffffff', key: value}]]))
        assert p.cell(0, 1) != {BG}, (key, value)


def cursor_is_drawn():
    p = Picture(screen([], row=1, col=2, visible=True))
    assert p.cell(1, 2) == {CURSOR} and p.cell(1, 3) == {BG} and p.cell(0, 2) == {BG}
    p = Picture(screen([], row=1, col=2, visible=True, shape=5))
    assert p.cell(1, 2) == {CURSOR, BG}


def file_is_written():
    with tempfile.TemporaryDirectory() as where:
        path = os.path.join(where, 'a.png')
        assert draw(screen([]), path).returncode == 0
        with open(path, 'rb') as f:
            assert f.read(4) == b'\x89PNG'
        done = draw(screen([]), os.path.join(where, 'no', 'a.png'))
        assert done.returncode == 1 and b'No such file' in done.stderr


def bad_input_is_refused():
    for bad in (b'', b'{', b'[]', b'{}', b'{"cols":0,"rows":3,"lines":[]}',
                b'{"cols":100000,"rows":3,"lines":[]}', b'{"cols":3,"rows":1,"lines":[[],[]]}',
                b'{"cols":3,"rows":1}'):
        done = draw(bad)
        assert done.returncode == 1 and done.stderr.startswith(b'belay-draw: ') and not done.stdout, bad
    assert draw(screen([]), 'a', 'b').returncode == 2


TESTS = [size_follows_the_grid, backgrounds_fill_their_cells, text_stays_in_its_cells,
         reverse_and_concealed, lines_are_drawn, cursor_is_drawn, file_is_written,
         bad_input_is_refused]
failed = 0
for number, test in enumerate(TESTS, 1):
    try:
        test()
        print(f'ok {number} - {test.__name__}')
    except AssertionError as error:
        failed += 1
        print(f'not ok {number} - {test.__name__}\n# {error!r} line {error.__traceback__.tb_next.tb_lineno}')
print(f'1..{len(TESTS)}')
sys.exit(bool(failed))
