"""belay attach on a real terminal: the true screen, two ways out, and a sane prompt after every end."""
import os
import signal
import termios

import pytest

from lib import Terminal, program

ECHO = ['--', 'sh', '-c', 'echo welcome; while read -r line; do echo "got <$line>"; done; exit 5']


@pytest.fixture
def attach(started):
    terminals = []

    def begin(*args, **kw):
        t = Terminal([program('belay'), 'attach', *args], started.env, started.home, **kw)
        terminals.append(t)
        return t
    yield begin
    for t in terminals:
        t.close()


def sane(modes):
    """Echo and line editing are on."""
    return bool(modes[3] & termios.ECHO) and bool(modes[3] & termios.ICANON)


def test_shows_the_screen_and_types(started, attach):
    started.new('--name', 's', *ECHO)
    started.wait_text('s', 'welcome')
    t = attach('s')
    t.expect('welcome')
    t.send('hello\r')
    at = t.expect('got <hello>')
    started.wait_text('s', 'got <hello>')
    t.send(b'\x11')                      # Ctrl+Q
    t.expect('detached', at)
    assert t.wait() == 0
    assert started.get('s')['lifecycle'] == 'running'


def test_detaches_with_prefix(started, attach):
    started.new('--name', 's', *ECHO)
    t = attach('s')
    t.expect('welcome')
    t.send(b'\x02d')                     # Ctrl+B d
    t.expect('detached')
    assert t.wait() == 0


def test_size_follows_the_terminal(started, attach):
    started.new('--name', 's', '--size', '80x24', '--', 'sh', '-c',
                "trap 'stty size' WINCH; echo up; while :; do read x; done")
    started.wait_text('s', 'up')
    t = attach('s', cols=101, rows=31)
    t.expect('31 101')
    t.resize(90, 25)
    t.expect('25 90')
    t.send(b'\x11')
    assert t.wait() == 0


def test_read_only(started, attach):
    started.new('--name', 's', '--size', '80x24', *ECHO)
    started.wait_text('s', 'welcome')
    t = attach('s', '--read-only', cols=100, rows=30)
    t.expect('welcome')
    t.send('typed by a viewer\r')
    started.run('send', 's', 'typed by the owner')
    t.expect('got <typed by the owner>')
    assert 'viewer' not in started.screen('s')
    assert started.get('s')['size'] == {'cols': 80, 'rows': 24}
    t.send(b'\x11')
    assert t.wait() == 0


def test_end_of_the_session(started, attach):
    started.new('--name', 's', *ECHO)
    t = attach('s')
    t.expect('welcome')
    t.send(b'\x04')                      # end of file: the shell exits with 5
    t.expect('ended')
    assert t.wait() == 5


@pytest.mark.parametrize('signo', [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_terminal_is_sane_after_every_end(started, attach, signo):
    started.new('--name', 's', '--', 'sh', '-c',
                "printf '\\033[?1049h\\033[?1000h\\033[?2004h\\033[?25l\\033[>1u'; echo inside; cat")
    started.wait_text('s', 'inside')
    t = attach('s')
    at = t.expect('inside')
    t.send('x')
    at = t.expect('x', at)
    assert not sane(t.modes()), 'attach must be in raw mode'
    t.kill(signo)
    for reset in ('\x1b[?1049l', '\x1b[?1000l', '\x1b[?2004l', '\x1b[?25h'):
        t.expect(reset, at)
    t.wait()
    assert sane(t.modes()), 'the prompt after it must be sane'
    assert started.get('s')['lifecycle'] == 'running'


def test_outlives_the_daemon(started, attach):
    started.new('--name', 's', *ECHO)
    t = attach('s')
    t.expect('welcome')
    started.kill_daemon()
    t.send('no daemon\r')
    t.expect('got <no daemon>')
    second = attach('s')                 # a new one, still without a daemon
    second.expect('got <no daemon>')
    started.start()
    t.send('again\r')
    second.expect('got <again>')
    started.wait_text('s', 'got <again>')


def test_two_viewers(started, attach):
    started.new('--name', 's', *ECHO)
    a, b = attach('s'), attach('s')
    a.expect('welcome')
    b.expect('welcome')
    a.send('from a\r')
    b.expect('got <from a>')
    b.send('from b\r')
    a.expect('got <from b>')


def test_a_killed_viewer_harms_nobody(started, attach):
    started.new('--name', 's', *ECHO)
    a, b = attach('s'), attach('s')
    a.expect('welcome')
    b.expect('welcome')
    a.kill(signal.SIGKILL)
    b.send('alone\r')
    b.expect('got <alone>')


def test_a_stopped_viewer_slows_nobody(started, attach):
    """A viewer that never reads: the program writes on, and another viewer sees its end."""
    started.new('--name', 'f', '--', 'sh', '-c', 'echo begin; read x; yes | head -c 20000000; echo END; cat')
    started.wait_text('f', 'begin')
    slow = attach('f')
    slow.expect('begin')
    os.kill(slow.pid, signal.SIGSTOP)
    started.run('send', 'f', 'go')
    started.wait_text('f', 'END')
    os.kill(slow.pid, signal.SIGCONT)
    slow.expect('END')


def test_queries_are_answered_once(started, attach):
    """The engine answers; the person's terminal is never asked."""
    code = ("import os,sys,tty; tty.setraw(0); sys.stdout.write('\\x1b[c\\x1b[6n'); sys.stdout.flush()\n"
            "b=b''\nwhile b.count(b'c')<1 or b.count(b'R')<1: b+=os.read(0,100)\n"
            "sys.stdout.write('answers %d %d ' % (b.count(b'c'), b.count(b'R'))); sys.stdout.flush()\n"
            "b=os.read(0,1); sys.stdout.write('more %r' % b); sys.stdout.flush(); os.read(0,1)")
    started.new('--name', 'q', '--', 'sh', '-c', 'echo wait; read x; exec /usr/bin/python3 -c "%s"' % code)
    started.wait_text('q', 'wait')
    t = attach('q')
    t.expect('wait')
    t.send('\r')
    t.expect('answers 1 1')
    assert b'\x1b[c' not in t.seen and b'\x1b[6n' not in t.seen
    t.send('Z')
    t.expect("more b'Z'")


def test_new_attaches_on_a_terminal(started):
    t = Terminal([program('belay'), 'new', '--name', 'direct', *ECHO], started.env, started.home)
    t.expect('welcome')
    t.send(b'\x11')
    t.expect('detached')
    assert t.wait() == 0
    t.close()
    assert started.get('direct')['lifecycle'] == 'running'


def test_a_dead_session(started):
    started.new('--name', 'dead', '--', 'true')
    started.wait_exit('dead')
    err = started.error('attach', 'dead', status=4)
    assert 'dead' in err
