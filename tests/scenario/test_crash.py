"""The crash matrix: rounds of random damage.  After each, every living agent is known, no agent
died, no record vanished, the journal has no gap, and the doctor is content.

SEED chooses the damage; BELAY_TORTURE makes it longer with a fresh seed.
"""
import os
import random
import shutil
import signal
import subprocess

import pytest

from lib import LIMIT, Belay, Terminal, program, start_of

SEED = int(os.environ.get('SEED', '20261121'))
ROUNDS = int(os.environ.get('BELAY_CRASH_ROUNDS', '400' if 'BELAY_TORTURE' in os.environ else '50'))
TALKER = 'i=0; while read -r line; do i=$((i+1)); echo "$i <$line>"; done'


class Fleet:
    """Sessions we know the truth about, because we asked for each and saw the answer."""

    def __init__(self, belay, rng):
        self.belay = belay
        self.rng = rng
        self.alive = {}      # name -> record as it was answered
        self.ended = {}      # name -> exit status
        self.said = {}       # name -> last line that was answered for
        self.count = 0
        self.last = 0        # highest event number seen

    def new(self):
        name = 's%d' % self.count
        self.count += 1
        code, out, err = self.belay.try_run('new', '-d', '--name', name, '--', 'sh', '-c', TALKER)
        if code == 0:
            self.alive[name] = self.belay.get(name)
        return code, err

    def end_one(self):
        name = self.rng.choice(sorted(self.alive))
        self.belay.run('keys', name, 'C-d')
        record = self.belay.wait_exit(name)
        assert record['exit_status'] == 0, record
        del self.alive[name]
        self.said.pop(name, None)
        self.ended[name] = 0

    def talk(self):
        name = self.rng.choice(sorted(self.alive))
        word = 'w%d' % self.rng.randrange(10**6)
        self.belay.run('send', name, word)
        self.belay.wait_text(name, '<%s>' % word)
        self.said[name] = word

    def check(self):
        b = self.belay
        known = {s['name']: s for s in b.sessions('--all')}
        for name, was in self.alive.items():
            assert start_of(was['pid']) is not None, 'agent %s died' % name
            now = known.get(name)
            assert now is not None, 'record of %s vanished' % name
            for key in ('id', 'pid', 'generation', 'created_at', 'command', 'cwd'):
                assert now[key] == was[key], (name, key, now[key], was[key])
            assert now['lifecycle'] == 'running', now
        for name, status in self.ended.items():
            assert known[name]['lifecycle'] == 'stopped', known[name]
            assert known[name]['exit_status'] == status
        for name, word in self.said.items():
            assert '<%s>' % word in b.screen(name), name
        events = b.events()
        seqs = [e['seq'] for e in events]
        assert seqs == list(range(seqs[0], seqs[0] + len(seqs))), 'a gap in the journal'
        assert seqs[-1] >= self.last, 'event numbers went back'
        self.last = seqs[-1]
        report = b.json('doctor')
        assert report['ok'] is True, report


def kill_daemon(fleet):
    fleet.belay.kill_daemon(signal.SIGKILL)


def kill_in_transaction(fleet):
    """Commands are under way, each with durable writes, while the daemon dies."""
    b = fleet.belay
    names = ['t%d-%d' % (fleet.count, i) for i in range(4)]
    fleet.count += 1
    under_way = [b.popen('new', '-d', '--name', n, '--', 'sh', '-c', TALKER) for n in names]
    under_way += [b.popen('label', n, 'x=%d' % fleet.count) for n in sorted(fleet.alive)]
    # The moment is random, but an event: some number of the commands have ended.
    for p in under_way[:fleet.rng.randrange(3)]:
        p.wait(LIMIT)
    fleet.belay.kill_daemon(signal.SIGKILL)
    for p in under_way:
        p.communicate(timeout=LIMIT)
    known = {s['name']: s for s in b.sessions('--all')}
    for n, p in zip(names, under_way):
        if p.returncode == 0:
            assert n in known, 'a session that was answered for vanished: ' + n
        if n in known and known[n]['lifecycle'] == 'running':
            fleet.alive[n] = known[n]


def kill_attached_client(fleet):
    name = fleet.rng.choice(sorted(fleet.alive))
    t = Terminal([program('belay'), 'attach', name], fleet.belay.env, fleet.belay.home)
    t.send('\r')
    t.expect('<')
    t.kill(signal.SIGKILL)
    t.wait()
    t.close()


def stop_and_continue(fleet):
    b = fleet.belay
    pid = b.daemon_pid() or b.start()
    os.kill(pid, signal.SIGSTOP)
    p = b.popen('ls', '-q')
    os.kill(pid, signal.SIGCONT)
    out, err = p.communicate(timeout=LIMIT)
    assert p.returncode == 0, err


def delete_socket(fleet):
    if os.path.exists(fleet.belay.socket):
        os.unlink(fleet.belay.socket)


def delete_socket_and_kill(fleet):
    delete_socket(fleet)
    fleet.belay.kill_daemon(signal.SIGKILL)


def delete_database(fleet):
    fleet.belay.kill_daemon(signal.SIGKILL)
    data = os.path.join(fleet.belay.home, 'data')
    for name in os.listdir(data):
        if name.startswith('belay.db'):
            os.unlink(os.path.join(data, name))


def two_daemons(fleet):
    b = fleet.belay
    b.kill_daemon(signal.SIGKILL)
    two = [subprocess.Popen([program('belayd'), '--daemonize'], env=b.env, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for p in two:
        p.communicate(timeout=LIMIT)
    assert b.daemon_pid() is not None


def restart(fleet):
    fleet.belay.run('daemon', 'restart')


DAMAGE = [kill_daemon, kill_in_transaction, kill_attached_client, stop_and_continue, delete_socket,
          delete_socket_and_kill, delete_database, two_daemons, restart]


@pytest.mark.parametrize('part', range(5))
def test_crash_matrix(belay, part):
    seed = SEED * 10 + part
    rng = random.Random(seed)
    print('seed', seed)
    belay.start()
    fleet = Fleet(belay, rng)
    for _ in range(3):
        assert fleet.new()[0] == 0
    # Every kind of damage comes up in each part, in random order, then at random.
    plan = DAMAGE[:]
    rng.shuffle(plan)
    while len(plan) < ROUNDS // 5:
        plan.append(rng.choice(DAMAGE))
    for damage in plan[:max(ROUNDS // 5, len(DAMAGE))]:
        rng.choice([fleet.talk, fleet.talk, fleet.new])()
        damage(fleet)
        try:
            fleet.check()
            if len(fleet.alive) > 8:
                fleet.end_one()
        except Exception as e:
            raise AssertionError('seed %d after %s: %s' % (seed, damage.__name__, e)) from e


@pytest.fixture
def small_disk(home):
    """A file system of a few megabytes that can be filled."""
    if os.getuid() != 0:
        pytest.skip('needs root to mount a small tmpfs')
    path = os.path.join(home, 'disk')
    os.mkdir(path)
    made = subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=16m', 'belay-test', path], check=False,
                          capture_output=True, text=True)
    if made.returncode:
        pytest.skip('no mount allowed here: ' + made.stderr)
    yield path
    subprocess.run(['umount', '-l', path], check=True)


def test_full_disk(small_disk):
    """No space: agents go on, nothing that was answered for is lost, and all is well when space is back."""
    b = Belay(os.path.join(small_disk, 'h'))
    try:
        b.start()
        fleet = Fleet(b, random.Random(SEED))
        for _ in range(3):
            fleet.new()
        fleet.talk()
        filler = os.path.join(small_disk, 'filler')
        with open(filler, 'wb') as f:
            try:
                while True:
                    f.write(b'\0' * 65536)
                    f.flush()
            except OSError:
                pass
        # The agents talk on, though nothing can be stored.
        for _ in range(5):
            fleet.talk()
        code, err = fleet.new()
        if code:
            assert err.startswith('belay: '), err
        code, out, err = b.try_run('rename', 's0', 'other')
        assert code == 0 or 'store' in err or 'space' in err or 'No space' in err, (code, out, err)
        if code == 0:
            fleet.alive['other'] = fleet.alive.pop('s0')
            if 's0' in fleet.said:
                fleet.said['other'] = fleet.said.pop('s0')
        b.kill_daemon(signal.SIGKILL)
        os.unlink(filler)
        known = {s['name'] for s in b.sessions('--all')}
        if 'other' in fleet.alive and 'other' not in known:
            raise AssertionError('a rename that was answered for is lost')
        fleet.check()
        assert fleet.new()[0] == 0
        fleet.check()
    finally:
        if os.path.exists(os.path.join(small_disk, 'filler')):
            os.unlink(os.path.join(small_disk, 'filler'))
        b.end()
        shutil.rmtree(b.home, ignore_errors=True)
