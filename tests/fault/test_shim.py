"""What belay-shim must survive: each test drives the real program through its
protocol, and ends with the proof that no process is left."""
import errno
import os
import random
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

from shimlib import *

FLOOD = 'i=0; while [ $i -lt 3000 ]; do printf "%s" "$L"; i=$((i+1)); done; printf END'
LINE = 'x' * 9998 + '\n'     # 30 MB with FLOOD


def flood_env():
    return {'PATH': '/usr/bin:/bin', 'TERM': 'xterm', 'L': LINE}


def asleep(pid):
    """True when the process is in ppoll() without a time limit."""
    with open(f'/proc/{pid}/syscall') as f:
        words = f.read().split()
    return len(words) > 3 and words[0] in ('271', '73') and words[3] == '0x0'


def until_asleep(s, v):
    """A QUERY's answer is written before the poll() of the same turn, so one look may be early; on a
    busy machine by much."""
    limit = time.monotonic() + 20
    while time.monotonic() < limit:
        if asleep(s.pid):
            return
        os.sched_yield()
    raise AssertionError('an idle shim must wait without a time limit')


def memory_kb(pid):
    if 'asan' in os.environ.get('BELAY_TEST_BUILD', ''):
        return 0        # says nothing about ours
    with open(f'/proc/{pid}/smaps_rollup') as f:
        return sum(int(x.split()[1]) for x in f if x.startswith('Private_Dirty'))


# --- Start ------------------------------------------------------------------


def test_start_echo_exit():
    with Shim(sh='echo hello; cat; exit 7') as s:
        assert s.record()['state'] == 1 and s.record()['child_pid'] == s.child
        v = s.viewer()
        assert (v.version, v.generation, v.child, v.child_start) == (1, 1, s.child, s.child_start)
        v.until(b'hello')
        assert v.done(v.input(b'abc\n')) == 0
        v.until(b'abc\r\nabc\r\n')
        v.input(b'\4')
        code, signo, end, wall = v.exit()
        assert (code, signo) == (7, 0) and end == v.position and wall > 0
        r = s.record()
        assert (r['state'], r['exit_code'], r['exit_signal'], r['leftover']) == (2, 7, 0, 0)


def test_exit_by_signal():
    with Shim(sh='kill -9 $$') as s:
        v = s.viewer()
        assert v.exit()[:2] == (-1, 9)
        assert (s.record()['exit_code'], s.record()['exit_signal']) == (-1, 9)


def test_child_is_clean():
    look = 'ls /proc/self/fd | tr "\\n" " "; grep -E "Sig(Blk|Ign)" /proc/self/status; umask; ' \
           'ps -o sid=,pgid=,tpgid= -p $$; cat /proc/self/oom_score_adj; tty; pwd; env; echo END; cat'
    with Shim(sh=look, cwd='/tmp', env={'PATH': '/usr/bin:/bin', 'A': 'b c'},
              before=lambda: os.umask(0o27)) as s:
        v = s.viewer()
        text = v.until(b'END\r\n').decode()
        assert text.startswith('0 1 2 3 ')     # 3 is ls's own
        assert 'SigBlk:\t0000000000000000' in text
        # 32 and 33 belong to the C library: no program can reset them (make starts its own so).
        ignored = int(text.split('SigIgn:\t')[1].split()[0], 16)
        assert ignored & ~(3 << 31) == 0, hex(ignored)
        assert f'{s.child}' in text and '0027' in text and '/dev/pts/' in text
        assert '\r\n/tmp\r\n' in text and 'A=b c\r\n' in text
        assert os.getsid(s.pid) != os.getsid(0) and os.getsid(s.pid) != s.pid
        assert os.getsid(s.child) == s.child
        fds = {os.readlink(f'/proc/{s.pid}/fd/{n}') for n in '012'}
        assert fds == {'/dev/null'}


def test_bad_specs_name_the_field():
    good = spec(['/bin/true'])
    words = good.split(b'\0')
    bad = {0: (b'belay-shim-spec 2', 'version'), 1: (b'me', 'session'), 2: (b'-1', 'generation'),
           3: (b'0', 'cols'), 4: (b'100000', 'rows'), 5: (b'1', 'ring'), 6: (b'x', 'linger'),
           7: (b'tty', 'mode'), 8: (b'tmp', 'cwd'), 9: (b'true', 'program'), 10: (b'0', 'argv'),
           12: (b'99', 'env'), 13: (b'noequals', 'env')}
    for at, (word, field) in bad.items():
        w = list(words)
        w[at] = word
        with tempfile.TemporaryDirectory() as d:
            assert launch(d, b'\0'.join(w)) == ['err', f'spec.{field}', '22']
            assert os.listdir(d) == []
    with tempfile.TemporaryDirectory() as d:
        assert launch(d, good + b'more\0') == ['err', 'spec.end', '22']
        assert launch(d, good[:-1]) == ['err', 'spec.env', '22']
        assert launch(d, b'') == ['err', 'spec.version', '22']
        assert launch(d, b'x' * ((1 << 20) + 1)) == ['err', 'spec', str(errno.E2BIG)]


def test_start_failures_name_the_stage():
    with tempfile.TemporaryDirectory() as d:
        s = Shim(['/no/such/program'], directory=d)
        assert s.answer == ['err', 'exec', str(errno.ENOENT)]
        r = s.record()
        assert (r['state'], r['exec_errno'], r['child_pid']) == (3, errno.ENOENT, 0)
        wait_pid_gone(r['shim_pid'])
        assert not os.path.exists(d + '/shim.sock')
        assert Shim(['/etc/passwd'], directory=d).answer == ['err', 'exec', str(errno.EACCES)]
        assert Shim(['/bin/true'], cwd='/no', directory=d).answer == ['err', 'cwd', '2']
        assert Shim(['/bin/true'], directory=d + '/no').answer == ['err', 'dir', '2']
        os.chmod(d, 0o755)
        assert Shim(['/bin/true'], directory=d).answer == ['err', 'dir', str(errno.EPERM)]
        os.chmod(d, 0o700)


def test_one_shim_a_session():
    with Shim(sh='cat') as s:
        assert launch(s.dir, spec(['/bin/true'])) == ['err', 'lock', str(errno.EAGAIN)]
        assert s.viewer().status()['child_pid'] == s.child


def test_next_generation_goes_on_in_the_record():
    with tempfile.TemporaryDirectory() as d:
        with Shim(sh='true', directory=d) as s:
            s.viewer().exit()
            s.finish()
            first = s.record()
        with Shim(sh='cat', directory=d, generation=2) as s:
            assert s.record()['generation'] == 2 and s.record()['seq'] > first['seq']
            assert s.viewer().end == 0


# --- Output and viewers ------------------------------------------------------


def test_flood_with_nobody_there():
    with Shim(sh=FLOOD, env=flood_env()) as s:
        v = s.viewer(NO_OUTPUT)
        code, _, end, _ = v.exit()
        assert code == 0 and end == 3000 * 9999 + 3000 + 3     # \n becomes \r\n
        late = s.viewer(start=0)
        lost = struct.unpack('<QQ', late.expect(LOST))
        assert lost == (0, end - 65536)
        late.exit()
        line = LINE.encode().replace(b'\n', b'\r\n')
        assert late.data == (line * 7 + b'END')[-65536:]
        assert memory_kb(s.pid) < 1024


def test_viewer_that_never_reads():
    with Shim(sh='read go;' + FLOOD, env=flood_env()) as s:
        stuck = [s.viewer(rcvbuf=4096) for _ in range(8)]
        good = s.viewer()
        before = memory_kb(s.pid)
        good.input(b'\n')
        assert good.exit()[0] == 0
        assert good.data.endswith(b'END')
        assert memory_kb(s.pid) - before < 8 * 64 + 512
        # It wakes up: told what it lost, then served.
        assert stuck[0].exit()[0] == 0 and stuck[0].data.endswith(b'END')
        assert any(k == LOST for k, _ in stuck[0].frames)


def test_viewer_that_sends_garbage():
    with Shim(sh='cat') as s:
        good = s.viewer()
        rnd = random.Random(1)
        cases = [b'GET / HTTP/1.1\r\n\r\n', struct.pack('<IBBH', 1 << 30, 1, 0, 0),
                 struct.pack('<IBBH', 0, 200, 0, 0), struct.pack('<IBBH', 0, 0, 0, 0),
                 struct.pack('<IBBH', 3, HELLO, 0, 0), struct.pack('<IBBH', 0, QUERY, 0, 7),
                 struct.pack('<IBBH', 0, QUERY, 0, 0), rnd.randbytes(100000)]
        for case in cases:
            v = s.viewer(hello=False)
            try:
                v.s.sendall(case)
            except (BrokenPipeError, ConnectionResetError):
                pass
            v.expect(ERROR)
            v.at_end()
            v.close()
        v = s.viewer()
        v.send(HELLO, struct.pack('<IIQ', 1, 0, 0))
        assert v.error() == (errno.EPROTO, 'second HELLO') and v.at_end()
        good.input(b'still\n')
        good.until(b'still\r\nstill')
        assert s.record()['state'] == 1


def test_frames_in_single_bytes():
    with Shim(sh='cat') as s:
        v = s.viewer()
        frame = struct.pack('<IBBHI', 4 + 6, INPUT, 0, 0, 9) + b'bytes\n'
        for i in range(len(frame)):
            v.s.sendall(frame[i:i + 1])
        assert v.done(9) == 0
        v.until(b'bytes\r\nbytes')


def test_no_file_left_for_viewers():
    few = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))
    with Shim(sh='cat', before=few) as s:
        first = s.viewer()
        waiting = [s.viewer(hello=False) for _ in range(12)]
        assert first.status()['state'] == 1
        before = cpu_ticks(s.pid)
        first.input(b'still\n')
        first.until(b'still\r\nstill')
        for v in waiting:
            v.close()
        assert s.viewer().status()['state'] == 1    # after the next look
        assert cpu_ticks(s.pid) - before < 5        # it did not spin meanwhile


def cpu_ticks(pid):
    with open(f'/proc/{pid}/stat') as f:
        return sum(int(x) for x in f.read().rsplit(')', 1)[1].split()[11:13])


def test_too_many_viewers():
    with Shim(sh='cat') as s:
        many = [s.viewer() for _ in range(63)]
        silent = s.viewer(hello=False)
        many.append(s.viewer())            # the silent one makes room
        assert silent.at_end()
        over = s.viewer(hello=False)
        assert over.error() == (errno.EUSERS, 'too many viewers') and over.at_end()
        many[0].close()
        assert s.viewer().status()['state'] == 1


def test_positions():
    with Shim(sh='printf 0123456789; cat') as s:
        v = s.viewer(start=0)
        v.until(b'0123456789')
        again = s.viewer(start=4)
        again.until(b'456789')
        assert again.data == b'456789'
        end = s.viewer(start=FROM_END)
        v.input(b'q\n')
        end.until(b'q\r\nq')
        assert b'9' not in end.data
        past = s.viewer(start=10 ** 9)     # a position of another life
        past.until(b'0123456789')
        lazy = s.viewer(LAZY, 0)
        lazy.until(b'q\r\nq')
        until_asleep(s, lazy)


def test_read_only_viewer():
    with Shim(sh='cat') as s:
        v = s.viewer(READ_ONLY)
        for send in (lambda: v.input(b'x'), lambda: v.signal(9), lambda: v.send(CONTROL, b'\1'),
                     lambda: v.send(RESIZE, struct.pack('<HH', 90, 30)),
                     lambda: v.send(CLOSE_INPUT)):
            send()
            assert v.error() == (errno.EPERM, 'read-only viewer')
        assert v.status()['state'] == 1


def test_other_users_are_refused():
    if os.geteuid() != 0:
        return 'needs root'
    with Shim(sh='cat') as s:
        os.chmod(s.dir, 0o711)
        os.chmod(s.dir + '/shim.sock', 0o666)
        pid = os.fork()
        if pid == 0:
            os._exit(other_user(s))
        assert os.waitpid(pid, 0)[1] == 0
        os.chmod(s.dir, 0o700)


def other_user(s):
    try:
        os.setuid(65534)
        v = s.viewer(hello=False)
        return 0 if v.error() == (errno.EACCES, 'not your session') and v.at_end() else 1
    except BaseException:
        return 2


# --- Size and keyframes ------------------------------------------------------


def test_only_the_controller_resizes():
    with Shim(sh='trap "stty size" WINCH; stty size; while :; do read x; done') as s:
        a, b = s.viewer(), s.viewer()
        a.until(b'24 80')
        a.send(RESIZE, struct.pack('<HH', 100, 30))
        assert a.error()[0] == errno.EPERM
        a.send(CONTROL, b'\1')
        a.send(RESIZE, struct.pack('<HH', 100, 30))
        assert struct.unpack('<HH', b.expect(RESIZED)) == (100, 30)
        a.input(b'\n')
        a.until(b'30 100')
        b.send(CONTROL, b'\1')             # the last one wins
        b.send(RESIZE, struct.pack('<HH', 70, 20))
        assert struct.unpack('<HH', a.expect(RESIZED)) == (70, 20)
        a.send(RESIZE, struct.pack('<HH', 71, 20))
        assert a.error()[0] == errno.EPERM
        b.send(RESIZE, struct.pack('<HH', 1, 5000))
        assert b.error()[0] == errno.EINVAL
        b.close()                          # control ends with its holder
        a.expect(VIEWERS)
        a.send(RESIZE, struct.pack('<HH', 71, 20))
        assert a.error()[0] == errno.EPERM
        r = a.status()
        assert (r['cols'], r['rows']) == (70, 20)
        # A replay tells each size where it changed.
        late = s.viewer(start=0)
        sizes = [struct.unpack('<HH', late.expect(RESIZED)) for _ in range(3)]
        assert sizes == [(80, 24), (100, 30), (70, 20)]


def test_keyframe():
    with Shim(sh='printf 0123456789; cat') as s:
        engine = s.viewer(ENGINE, 0)
        engine.until(b'0123456789')
        plain = s.viewer()
        plain.keyframe(5, b'no')
        assert plain.error()[0] == errno.EPERM
        engine.keyframe(99, b'no')
        assert engine.error()[0] == errno.ESTALE
        engine.send(KEYFRAME, struct.pack('<QHHII', 5, 80, 24, 10, 3) + b'x')
        assert engine.error()[0] == errno.EINVAL
        engine.send(KEYFRAME, struct.pack('<QHHII', 5, 80, 24, 5 << 20, 0))
        assert engine.error()[0] == errno.ENOMEM
        drawing = random.Random(2).randbytes(700000)
        engine.keyframe(5, drawing, 90, 20)
        engine.status()
        late = s.viewer()
        assert late.flags & 8
        late.until(b'56789')
        parts = [p for k, p in late.frames if k == KEYFRAME_DATA]
        assert b''.join(p[20:] for p in parts) == drawing
        assert struct.unpack('<QHHII', parts[0][:20]) == (5, 90, 20, 700000, 0)
        # Drawn for 90x20, on in 80x24.
        assert (RESIZED, struct.pack('<HH', 80, 24)) in late.frames
        assert late.data == b'56789'
        with open(s.dir + '/keyframe', 'rb') as f:
            image = f.read()
        assert image[:16] == b'belay-keyframe 1' and image[40:] == drawing
        assert struct.unpack('<IIQHH', image[16:36]) == (1, 700000, 5, 90, 20)


def test_lost_without_keyframe_redraws():
    draw = 'trap "echo DRAWN" WINCH; read go;' + FLOOD + '; while :; do read x; done'
    with Shim(sh=draw, env=flood_env()) as s:
        v = s.viewer()
        v.input(b'\n')
        v.until(b'END')
        late = s.viewer()
        late.expect(LOST)
        assert struct.unpack('<HH', late.expect(RESIZED)) == (79, 24)
        assert struct.unpack('<HH', late.expect(RESIZED)) == (80, 24)
        v.input(b'\n')
        late.until(b'DRAWN')
        # With a keyframe no redraw is needed, and the stream begins there.
        engine = s.viewer(ENGINE, FROM_END)
        engine.keyframe(engine.end, b'the screen')
        engine.status()
        last = s.viewer()
        assert last.expect(KEYFRAME_DATA)[20:] == b'the screen'


# --- Input -------------------------------------------------------------------


def test_input_more_keeps_others_out():
    with Shim(sh='stty raw -echo; echo READY; exec cat') as s:
        a, b = s.viewer(), s.viewer()
        a.until(b'READY')
        assert a.done(a.input(b'[one', True)) == 0
        wait = b.input(b'<other>')
        b.status()                          # it was read, and waits
        assert a.done(a.input(b' two]')) == 0
        assert b.done(wait) == 0
        a.until(b'[one two]<other>')
        assert a.done(a.input(b'{', True)) == 0
        wait = b.input(b'free')
        a.close()                           # the owner is gone
        assert b.done(wait) == 0
        b.until(b'{free')


def test_input_owner_has_a_time_limit():
    with Shim(sh='stty raw -echo; echo READY; exec cat') as s:
        a, b = s.viewer(), s.viewer()
        a.until(b'READY')
        a.done(a.input(b'a', True))
        assert b.done(b.input(b'b')) == 0   # after five seconds
        b.until(b'ab')


def test_child_that_never_reads():
    with Shim(sh='stty raw -echo; echo READY; exec tail -f /dev/null') as s:
        v = s.viewer()
        v.until(b'READY')
        ids = [v.input(b'x' * 60000) for _ in range(40)]
        assert v.status()['state'] == 1     # all were read
        assert memory_kb(s.pid) < 2048
        v.signal(signal.SIGKILL, CHILD)
        v.exit()
        v.status()
        results = dict(struct.unpack('<IB', p) for k, p in v.frames if k == INPUT_DONE)
        assert set(results) == set(ids)
        assert {1, 2} <= set(results.values())
        assert v.done(v.input(b'x')) == 2


# --- Pipes -------------------------------------------------------------------


def test_pipe_mode():
    with Shim(sh='cat; echo problem >&2; echo done; exit 3', mode='pipe') as s:
        v = s.viewer()
        assert v.flags & 1
        v.done(v.input(b'{"a":1}\n' * 1000))
        v.send(RESIZE, struct.pack('<HH', 90, 30))
        assert v.error()[0] == errno.EPERM
        v.send(CLOSE_INPUT)
        assert v.exit()[0] == 3
        assert v.data == b'{"a":1}\n' * 1000 + b'done\n' and v.err == b'problem\n'
        again = s.viewer(start=0)           # a replay knows the streams too
        again.exit()
        assert (again.data, again.err) == (v.data, v.err)
        assert v.done(v.input(b'x')) == 2


def test_pipe_marks_are_bounded():
    loop = 'i=0; while [ $i -lt 6000 ]; do echo o; echo e >&2; i=$((i+1)); done'
    with Shim(sh='read go;' + loop, mode='pipe') as s:
        v = s.viewer()
        v.input(b'\n')
        assert v.exit()[0] == 0
        assert v.data == b'o\n' * 6000 and v.err == b'e\n' * 6000
        again = s.viewer(start=0)
        again.exit()
        assert set(again.data) <= set(b'o\n') and set(again.err) <= set(b'e\n')


def test_child_closes_its_input():
    with Shim(sh='exec <&-; echo closed; sleep 1000', mode='pipe') as s:
        v = s.viewer()
        v.until(b'closed')
        assert v.done(v.input(b'x')) == 2
        assert v.status()['state'] == 1


# --- Signals and ends --------------------------------------------------------


def test_signals_to_the_shim():
    with Shim(sh='trap "echo TERM" TERM; echo READY; while :; do read x; done') as s:
        v = s.viewer()
        v.until(b'READY')
        for signo in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGPIPE,
                      signal.SIGALRM, signal.SIGUSR2):
            os.kill(s.pid, signo)
        assert v.status()['state'] == 1
        os.kill(s.pid, signal.SIGTERM)      # passed on; this child does not mind
        v.input(b'\n')
        v.until(b'TERM\r\n')
        assert v.status()['state'] == 1 and alive(s.child)


def test_sigterm_ends_a_child_that_minds():
    with Shim(sh='echo READY; cat') as s:
        v = s.viewer(ENGINE)
        v.until(b'READY')
        os.kill(s.pid, signal.SIGTERM)
        assert v.exit()[:2] == (-1, signal.SIGTERM)
        v.send(ACK, struct.pack('<QB', 0, 1))
        assert v.at_end()
        s.gone()


def test_child_that_ignores_everything():
    with Shim(sh='trap "" TERM INT HUP QUIT; echo READY; while :; do read x; done') as s:
        v = s.viewer()
        v.until(b'READY')
        for scope in (FOREGROUND, CHILD, TREE):
            v.signal(signal.SIGTERM, scope)
        assert v.status()['state'] == 1 and alive(s.child)
        v.signal(signal.SIGKILL, TREE)
        assert v.exit()[:2] == (-1, 9)


def test_interrupt_reaches_the_foreground_only():
    with Shim(sh='set -m; trap "echo NO" INT; (trap "echo YES; exit 5" INT; echo READY; '
                 'while :; do read x; done); echo $?; cat') as s:
        v = s.viewer()
        v.until(b'READY')
        v.signal(signal.SIGINT, FOREGROUND)
        v.input(b'\n')
        v.until(b'YES\r\n')
        v.until(b'5\r\n')      # the typed newline's echo may stand between
        assert b'NO' not in v.data
        v.signal(200)
        assert v.error()[0] == errno.EINVAL


def test_tree_reaches_those_that_left():
    away = 'setsid sh -c "trap \\"\\" TERM HUP; echo A \\$\\$; sleep 1000" & ' \
           '(setsid sh -c "(echo B; sleep 1000) & sleep 1000" &) ; echo C; cat'
    with Shim(sh=away) as s:
        v = s.viewer()
        for mark in (b'A ', b'B', b'C'):
            v.until(mark)
        found = s.descendants()
        assert len(found) >= 5
        s.tracked |= set(found)
        v.signal(signal.SIGKILL, TREE)
        # Children go first: the shell may see its cat die and leave before its turn comes.
        assert v.exit()[:2] in ((-1, 9), (137, 0))
        for pid in found:
            wait_pid_gone(pid)
        assert alive(s.pid)


def test_tree_that_forks_while_it_is_killed():
    fork = 'for i in 1 2 3 4; do (while :; do setsid sleep 1000 & done) & done; echo A; cat'
    with Shim(sh=fork) as s:
        v = s.viewer()
        v.until(b'A')
        while len(s.descendants()) < 60:
            v.status()
        v.signal(signal.SIGKILL, TREE)
        assert v.exit()[:2] in ((-1, 9), (137, 0))       # as above
        while True:             # those that were born meanwhile are killed when their parents have died
            left = s.descendants()
            if not left:
                break
            for pid in left:
                wait_pid_gone(pid)
            v.status()          # a turn: they are reaped


def test_grandchildren_hold_the_terminal():
    fifo = tempfile.mkdtemp() + '/f'
    os.mkfifo(fifo)
    sh = f'trap "" HUP; (read x <{fifo}; echo LATE) & echo EARLY; exit 4'
    with Shim(sh=sh) as s:
        v = s.viewer(ENGINE)
        code, _, end, _ = v.exit()          # without waiting for the grandchild
        assert code == 4 and v.data == b'EARLY\r\n' and end == v.position
        assert s.record()['leftover'] >= 1
        left = s.descendants()
        assert left
        s.tracked |= set(left)
        with open(fifo, 'w') as f:
            f.write('\n')
        v.until(b'LATE')
        v.send(ACK, struct.pack('<QB', 0, 1))
        assert v.at_end()
        s.gone()
    shutil.rmtree(os.path.dirname(fifo))


def test_child_that_closes_its_terminal():
    with Shim(sh='exec <&- >&- 2>&-; trap "" HUP; sleep 1000') as s:
        v = s.viewer()
        assert v.status()['state'] == 1
        until_asleep(s, v)


def test_terminal_is_hung_up_and_comes_back():
    if os.geteuid() != 0:
        return 'needs root'
    hang = """
import ctypes, os, signal, sys
signal.signal(signal.SIGHUP, signal.SIG_IGN)
name = os.ttyname(0)
print('READY', flush=True)
os.read(0, 10)      # a hang-up discards what was not read yet
for i in range(3):
    assert ctypes.CDLL(None).vhangup() == 0
    fd = os.open(name, os.O_RDWR | os.O_NOCTTY)
    os.write(fd, b'BACK%d' % i)
    os.read(fd, 10)
    os.close(fd)
signal.pause()
"""
    with Shim([sys.executable, '-c', hang]) as s:
        v = s.viewer()
        v.until(b'READY')
        for i in range(3):
            assert v.done(v.input(b'\n')) == 0
            v.until(b'BACK%d' % i)
        v.input(b'\n')
        assert v.status()['state'] == 1
        until_asleep(s, v)


def test_caller_with_ignored_signals():
    def ignore():
        for signo in (signal.SIGCHLD, signal.SIGTERM, signal.SIGUSR1):
            signal.signal(signo, signal.SIG_IGN)
    with Shim(sh='echo READY; cat', before=ignore) as s:
        v = s.viewer()
        v.until(b'READY')
        os.unlink(s.dir + '/shim.sock')
        os.kill(s.pid, signal.SIGUSR1)
        v.status()
        s.viewer()
        os.kill(s.pid, signal.SIGTERM)
        assert v.exit()[:2] == (-1, signal.SIGTERM)


def test_lapped_lazy_viewer_does_not_spin():
    with Shim(sh='stty -echo; while read n; do head -c $n /dev/zero | tr "\\0" x; echo END; done') as s:
        engine, lazy = s.viewer(ENGINE | LAZY), s.viewer(LAZY, rcvbuf=4096)
        engine.input(b'2000000\n')
        engine.until(b'END')
        end = int(engine.position)
        engine.keyframe(end, b'screen')
        engine.status()
        assert lazy.expect(KEYFRAME_DATA)[20:] == b'screen'
        until_asleep(s, lazy)


def test_all_output_comes_before_the_exit():
    with Shim(sh='head -c 60000 /dev/zero | tr "\\0" x; printf END', ring=1 << 20) as s:
        for v in (s.viewer(), s.viewer(LAZY)):
            code, _, end, _ = v.exit()
            assert code == 0 and len(v.data) == 60003 == end


def test_exit_stays_until_acknowledged():
    with Shim(sh='echo bye; exit 1') as s:
        plain = s.viewer()
        plain.exit()
        plain.send(ACK, struct.pack('<QB', 0, 1))
        assert plain.error()[0] == errno.EPERM
        plain.close()
        v = s.viewer(ENGINE)
        assert v.flags & 2
        v.until(b'bye')
        assert v.exit()[0] == 1
        v.send(ACK, struct.pack('<QB', 5, 0))
        assert v.status()['state'] == 2
        stuck = s.viewer(rcvbuf=4096)
        v.send(ACK, struct.pack('<QB', 5, 1))
        assert v.at_end()
        s.gone()
        assert not os.path.exists(s.dir + '/shim.sock')
        assert stuck.exit()[0] == 1


def test_linger():
    with Shim(sh='exit 9', linger=0) as s:
        s.gone()
        r = s.record()
        assert (r['state'], r['exit_code']) == (2, 9)


def test_stopped_shim():
    with Shim(sh='cat') as s:
        v = s.viewer()
        os.kill(s.pid, signal.SIGSTOP)
        v.input(b'while stopped\n')
        os.kill(s.pid, signal.SIGCONT)
        v.until(b'while stopped\r\nwhile stopped')


def test_idle_shim_sleeps():
    with Shim(sh='echo x; exec sleep 1000') as s:
        v = s.viewer(LAZY)
        v.until(b'x')
        v.status()
        until_asleep(s, v)
        v.close()
        until_asleep(s, None)


# --- The disk and the directory ----------------------------------------------


def check_ring_survives(s, error):
    v = s.viewer()
    v.input(b'\n')
    code, _, end, _ = v.exit()
    assert code == 0 and v.data.endswith(b'END')
    r = v.status()
    assert r['ring_errno'] == error and r['lost_bytes'] > 0
    late = s.viewer(start=0)
    assert late.flags & 4
    late.exit()
    return late, end


def test_ring_file_has_no_space():
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100 << 10,) * 2)
    with Shim(sh='read go;' + FLOOD, env=flood_env(), ring=1 << 20, before=limit) as s:
        late, end = check_ring_survives(s, errno.EFBIG)
        line = LINE.encode().replace(b'\n', b'\r\n')
        assert late.data == (line * 120 + b'END')[-(1 << 20):]


def test_disk_full():
    if os.geteuid() != 0:
        return 'needs root'
    d = tempfile.mkdtemp()
    if subprocess.call(['mount', '-t', 'tmpfs', '-o', 'size=300k,mode=700', 'belay-test', d],
                       stderr=subprocess.DEVNULL):
        os.rmdir(d)
        return 'may not mount'
    try:
        with Shim(sh='read go;' + FLOOD, env=flood_env(), ring=1 << 20, directory=d) as s:
            late, end = check_ring_survives(s, errno.ENOSPC)
            assert len(late.data) == 1 << 20
            engine = s.viewer(ENGINE, FROM_END)
            engine.keyframe(end, b'k' * 400000)     # in memory only
            engine.status()
            assert s.viewer().expect(KEYFRAME_DATA)
            assert not os.path.exists(d + '/keyframe')
            assert s.record()['state'] == 2
            s.finish()
    finally:
        subprocess.check_call(['umount', d])
        os.rmdir(d)


def test_no_disk_and_no_memory():
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100 << 10,) * 2)
        resource.setrlimit(resource.RLIMIT_AS, (200 << 20,) * 2)
    if 'asan' in os.environ.get('BELAY_TEST_BUILD', ''):
        return 'the sanitizer needs the address space'
    with Shim(sh='read go;' + FLOOD, env=flood_env(), ring=1 << 30, before=limit) as s:
        late, end = check_ring_survives(s, errno.EFBIG)
        assert 0 < len(late.data) <= 65536 and late.data.endswith(b'END')


def test_deleted_socket():
    with Shim(sh='cat') as s:
        v = s.viewer()
        os.unlink(s.dir + '/shim.sock')
        os.kill(s.pid, signal.SIGUSR1)
        v.status()
        assert s.viewer().status()['child_pid'] == s.child


def test_deleted_directory():
    with Shim(sh='cat') as s:
        v = s.viewer()
        shutil.rmtree(s.dir)
        v.input(b'on\n')
        v.until(b'on\r\non')
        os.kill(s.pid, signal.SIGUSR1)      # nowhere to bind: no harm
        assert v.status()['state'] == 1
        os.mkdir(s.dir, 0o700)
        os.kill(s.pid, signal.SIGUSR1)
        v.status()
        assert s.viewer().status()['child_pid'] == s.child
        assert s.record()['child_pid'] == s.child


def test_ring_file_outlives_a_killed_shim():
    with Shim(sh='trap "" HUP; echo REMEMBERED; cat') as s:
        s.viewer().until(b'REMEMBERED')
        s.tracked |= set(s.descendants())
        os.kill(s.pid, signal.SIGKILL)
        wait_pid_gone(s.pid)
        with open(s.dir + '/ring', 'rb') as f:
            head = f.read(64)
            generation, pipe, capacity, start, end, marks = struct.unpack('<IIQQQQ', head[12:52])
            assert head[:12] == b'belay-ring 1' and (generation, pipe, start) == (1, 0, 0)
            f.seek(64 + 16 * 4096)
            assert f.read(end).startswith(b'REMEMBERED\r\n')
        assert s.record()['state'] == 1
        for pid in s.tracked:
            if alive(pid):
                os.kill(pid, signal.SIGKILL)


def sanitizer_log(directory):
    """The shim has no stderr: what a sanitizer has to say goes to a file."""
    for name in ('ASAN_OPTIONS', 'UBSAN_OPTIONS', 'LSAN_OPTIONS'):
        os.environ[name] = f'log_path={directory}/log:' + os.environ.get(name, '')


def main():
    logs = tempfile.mkdtemp()
    sanitizer_log(logs)
    failed = run(sys.argv[1:])
    for name in os.listdir(logs):
        failed += 1
        with open(os.path.join(logs, name)) as f:
            print(''.join('# ' + line for line in f))
    shutil.rmtree(logs)
    return failed > 0


def run(only):
    tests = [(n, f) for n, f in globals().items() if n.startswith('test_') and
             (not only or n in only)]
    print(f'1..{len(tests)}')
    failed = 0
    for i, (name, test) in enumerate(tests, 1):
        try:
            skip = test()
            print(f'ok {i} - {name}' + (f' # SKIP {skip}' if skip else ''), flush=True)
        except BaseException as e:
            failed += 1
            import traceback
            print(''.join('# ' + l + '\n' for l in traceback.format_exc().split('\n')), end='')
            print(f'not ok {i} - {name}', flush=True)
            if isinstance(e, KeyboardInterrupt):
                raise
    return failed


if __name__ == '__main__':
    sys.exit(main())
