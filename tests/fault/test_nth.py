"""Fail the nth call: for n = 1, 2, … a daemon whose nth fallible call fails is asked for the life
of two sessions.  Every verb may fail with a clear error; nothing may crash or hang; and a daemon
started after it knows all that was answered for, has a journal without a gap and a content doctor.

Until a run passes untouched.  BELAY_TORTURE tries every n, else every n up to ALL and then every
STEPth, beginning at an offset that SEED chooses; NTH=7,12 tries these alone.
"""
import os
import select
import signal
import subprocess

from lib import LIMIT, Belay, program

ALL = 60
STEP = 23
SEED = int(os.environ.get('SEED', '20261121'))
ERRNOS = (5, 28, 24, 12)  # EIO, ENOSPC, EMFILE, ENOMEM
MARK = 'fault: a call was made to fail'


class Run:
    """One daemon with its nth call failing, and what it answered."""

    def __init__(self, home, n):
        self.belay = Belay(home)
        self.n = n
        self.there = {}  # id -> name: sessions that must be known
        self.gone = set()
        self.err = os.path.join(str(home), 'stderr')
        self.daemon = None

    def start(self):
        """The daemon under fault; it serves, or it ended with a reason."""
        ready, theirs = os.pipe()
        env = dict(self.belay.env, FAULT_AT=str(self.n), FAULT_ERRNO=str(ERRNOS[self.n % 4]))
        with open(self.err, 'wb') as err:
            self.daemon = subprocess.Popen(
                [program('belayd'), '--foreground', '--ready-fd', str(theirs)], env=env,
                cwd=self.belay.home, pass_fds=[theirs], stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=err)
        os.close(theirs)
        came, _, _ = select.select([ready], [], [], LIMIT)
        assert came, 'the daemon neither serves nor ends; ' + self.said()
        told = os.read(ready, 16)
        os.close(ready)
        if told:
            return
        status = self.daemon.wait(LIMIT)
        assert 0 < status < 10, 'ended with %d before it served; %s' % (status, self.said())
        assert 'belayd: ' in self.said(), 'ended without a reason; ' + self.said()

    def said(self):
        with open(self.err, encoding='utf-8', errors='replace') as f:
            return f.read()

    def touched(self):
        return MARK in self.said()

    def ask(self, *args):
        """A verb that works, or fails with a clear error (2: a profile could not be read, so the word
        for it is wrong); whether it worked, and its output."""
        code, out, err = self.belay.try_run(*args)
        assert code in (0, 1, 2, 3, 4, 5), (args, code, out, err, self.said()[-2000:])
        if code:
            assert err.startswith('belay: '), (args, code, out, err)
        return code == 0, out

    def new(self, name):
        # Its name tells one that was not answered for from one that was.
        worked, out = self.ask('new', '-d', '-q', '--name', name, '--', 'cat')
        if worked:
            assert out.strip() == name, out
            self.there[name] = True
        return worked

    def script(self):
        for name in ('one', 'two'):
            self.new(name)
        if 'one' in self.there:
            self.ask('send', 'one', 'hello')
            worked, _ = self.ask('rename', 'one', 'uno')
            del self.there['one']
            if worked:
                self.there['uno'] = True
        if 'two' in self.there:
            stopped, _ = self.ask('stop', 'two')
            if stopped:
                worked, _ = self.ask('rm', '-y', 'two')
                del self.there['two']
                if worked:
                    self.gone.add('two')

    def stop(self):
        """The daemon ends in order, unless the fault ended it; never by a signal."""
        if self.daemon.poll() is None:
            self.daemon.send_signal(signal.SIGTERM)
        try:
            status = self.daemon.wait(LIMIT)
        except subprocess.TimeoutExpired:
            raise AssertionError('the daemon does not end; ' + self.said()[-3000:]) from None
        assert 0 <= status < 10, 'the daemon ended with %d; %s' % (status, self.said()[-3000:])
        self.belay.kill_daemon(signal.SIGTERM)  # one that a verb has started instead

    def check(self):
        b = self.belay
        known = {s['name']: s for s in b.sessions('--all')}
        for name in self.there:
            assert name in known, '%s was answered for and is not known: %s' % (name, known)
        for name in self.gone:
            assert name not in known, '%s was removed and is still known' % name
        events = b.events()
        seqs = [e['seq'] for e in events]
        assert not seqs or seqs == list(range(seqs[0], seqs[0] + len(seqs))), 'a gap: %s' % seqs
        code, out, _ = b.try_run('doctor')
        assert code == 0, out

    def close(self):
        if self.daemon and self.daemon.poll() is None:
            self.daemon.kill()
            self.daemon.wait()
        self.belay.end()


def one(home, n):
    """Whether the fault was reached."""
    run = Run(home, n)
    try:
        run.start()
        run.script()
        run.stop()
        run.check()
    except AssertionError as e:
        raise AssertionError('n=%d: %s\n%s' % (n, e, run.said()[-3000:])) from e
    finally:
        run.close()
    return run.touched()


def numbers():
    if 'NTH' in os.environ:
        return [int(n) for n in os.environ['NTH'].split(',')]

    def endless():
        n = 1
        while True:
            yield n
            if 'BELAY_TORTURE' in os.environ or n < ALL:
                n += 1
            else:
                n += STEP if n > ALL else 1 + SEED % STEP

    return endless()


def test_nth(tmp_path):
    failures = []
    tried = 0
    for n in numbers():
        try:
            touched = one(tmp_path / str(n), n)
        except AssertionError as e:
            failures.append(str(e))
            touched = True
            if len(failures) >= 10:
                break
        tried += 1
        if not touched:
            break
    assert not failures, '\n\n'.join(failures)
    print('tried %d, the last n was %d' % (tried, n))
    if 'NTH' not in os.environ:
        assert tried > ALL, 'the daemon makes fewer calls than there can be: %d' % tried
