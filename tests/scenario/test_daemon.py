"""The daemon's own life: start on demand, restart, stop, adoption, what is deleted under it."""
import json
import os
import shutil
import signal
import sqlite3
import subprocess

from lib import LIMIT, Terminal, program, start_of, wait_gone


def test_starts_itself_on_demand(belay):
    assert belay.daemon_pid() is None
    belay.new('--name', 'first', '--', 'cat')
    assert belay.daemon_pid() is not None


def test_status(started):
    status = started.json('daemon', 'status')
    assert status['pid'] == started.daemon_pid()
    assert status['home'] == started.home
    assert status['socket'] == started.socket
    assert status['sessions'] == 0
    for key in ('version', 'uptime_s'):
        assert key in status


def test_two_at_once(belay):
    """Many commands find no daemon: one is started, all succeed."""
    many = [belay.popen('ls', '-q') for _ in range(8)]
    results = [p.communicate(timeout=LIMIT) + (p.returncode,) for p in many]
    assert all(r[2] == 0 for r in results), results
    second = subprocess.run([program('belayd'), '--foreground'], env=belay.env, capture_output=True,
                            text=True, timeout=LIMIT, check=False)
    assert 'already running' in second.stderr, second


def test_stop_leaves_sessions_running(started):
    s = started.new('--name', 'on', '--', 'cat')
    started.run('daemon', 'stop')
    assert started.daemon_pid() is None
    assert start_of(s['pid']) is not None
    assert started.get('on')['pid'] == s['pid']


def test_restart_keeps_the_pid_of_everything(started):
    s = started.new('--name', 'on', '--', 'sh', '-c', 'echo before; cat')
    started.wait_text('on', 'before')
    pid = started.daemon_pid()
    started.run('daemon', 'restart')
    assert started.daemon_pid() == pid, 'an upgrade is an exec in place'
    after = started.get('on')
    assert (after['pid'], after['generation']) == (s['pid'], s['generation'])
    assert 'before' in started.screen('on')


def test_upgrade_to_another_binary(belay):
    """The programs are replaced while sessions run; the restarted daemon is the new one."""
    copy = os.path.join(belay.home, 'bin')
    os.makedirs(copy)
    for name in ('belay', 'belayd', 'belay-shim'):
        shutil.copy(program(name), copy)
    started = subprocess.run([os.path.join(copy, 'belayd'), '--daemonize'], env=belay.env,
                             capture_output=True, text=True, timeout=LIMIT, check=False)
    assert started.returncode == 0, started
    s = belay.new('--name', 'on', '--', 'cat')
    for name in ('belayd', 'belay-shim'):
        os.unlink(os.path.join(copy, name))
        shutil.copy(program(name), copy)
    belay.run('daemon', 'restart')
    exe = os.readlink('/proc/%d/exe' % belay.daemon_pid())
    assert exe == os.path.join(copy, 'belayd'), exe
    assert belay.get('on')['pid'] == s['pid']
    # A binary that does not run is refused; the old daemon goes on.
    os.unlink(os.path.join(copy, 'belayd'))
    with open(os.path.join(copy, 'belayd'), 'w', encoding='utf-8') as f:
        f.write('#!/bin/false\n')
    os.chmod(os.path.join(copy, 'belayd'), 0o755)
    err = belay.error('daemon', 'restart', status=1)
    assert 'belayd' in err, err
    assert belay.get('on')['pid'] == s['pid']


def test_sigterm_is_orderly(started):
    s = started.new('--name', 'on', '--', 'cat')
    started.kill_daemon(signal.SIGTERM)
    assert start_of(s['pid']) is not None
    assert not os.path.exists(started.socket)


def test_adopts_after_kill(started):
    made = [started.new('--name', 'n%d' % i, '--', 'sh', '-c', 'echo screen-%d; cat' % i) for i in range(10)]
    for i in range(10):
        started.wait_text('n%d' % i, 'screen-%d' % i)
    started.kill_daemon()
    for i, s in enumerate(made):
        now = started.get('n%d' % i)
        assert (now['id'], now['pid'], now['generation'], now['lifecycle']) == (
            s['id'], s['pid'], s['generation'], 'running')
        assert 'screen-%d' % i in started.screen('n%d' % i)


def test_output_while_the_daemon_was_gone(started):
    started.new('--name', 'f', '--', 'sh', '-c',
                'echo ready; read x; seq 1 20000; echo ALL; while read -r y; do echo "<$y>"; done')
    started.wait_text('f', 'ready')
    s = started.get('f')
    started.kill_daemon()
    # Typed through the shim, with no daemon: the flood is far longer than the screen.
    t = Terminal([program('belay'), 'attach', 'f'], started.env, started.home)
    t.expect('ready')
    t.send('go\r')
    t.expect('ALL')
    t.send(b'\x11')
    t.wait()
    t.close()
    assert started.daemon_pid() is None
    started.start()
    started.wait_text('f', 'ALL')
    assert started.get('f')['pid'] == s['pid']
    started.run('send', 'f', 'alive')
    started.wait_text('f', '<alive>')


def test_ended_while_the_daemon_was_gone(started):
    s = started.new('--name', 'gone', '--', 'sh', '-c', 'echo ready; read x; exit 9')
    started.wait_text('gone', 'ready')
    started.kill_daemon()
    t = Terminal([program('belay'), 'attach', 'gone'], started.env, started.home)
    t.expect('ready')
    t.send('\r')
    assert t.wait() == 9
    t.close()
    wait_gone(s['pid'])
    started.start()
    after = started.get('gone')
    assert (after['lifecycle'], after['stop_cause'], after['exit_status']) == ('stopped', 'exited', 9)


def test_database_deleted_while_down(started):
    a = started.new('--name', 'lives', '--label', 'k=v', '--task', 'the task', '--', 'cat')
    started.new('--name', 'ended', '--', 'sh', '-c', 'exit 4')
    started.wait_exit('ended')
    seq = started.seq()
    started.kill_daemon()
    for name in os.listdir(os.path.join(started.home, 'data')):
        if name.startswith('belay.db'):
            os.unlink(os.path.join(started.home, 'data', name))
    started.start()
    lives, ended = started.get('lives'), started.get('ended')
    for key in ('id', 'pid', 'generation', 'labels', 'task', 'created_at', 'command'):
        assert lives[key] == a[key], key
    assert (ended['lifecycle'], ended['exit_status']) == ('stopped', 4)
    assert started.seq() > seq, 'numbers of events never go back'
    assert any(e['kind'] == 'store.rebuilt' for e in started.events())


def test_database_deleted_while_up(started):
    started.new('--name', 'a', '--', 'cat')
    events = started.events()
    for name in ('belay.db', 'belay.db-wal', 'belay.db-shm'):
        path = os.path.join(started.home, 'data', name)
        if os.path.exists(path):
            os.unlink(path)
    started.new('--name', 'b', '--', 'cat')
    started.kill_daemon()
    started.start()
    assert sorted(s['name'] for s in started.sessions()) == ['a', 'b']
    after = started.events()
    assert after[:len(events)] == events, 'the journal was lost'
    assert [e['seq'] for e in after] == list(range(1, len(after) + 1))


def test_damaged_database(started):
    a = started.new('--name', 'a', '--', 'cat')
    started.run('daemon', 'stop')         # all pages are in the file then, none in the log beside it
    path = os.path.join(started.home, 'data', 'belay.db')
    with open(path, 'r+b') as f:
        f.write(b'\xde\xad\xbe\xef' * 4096)
    started.start()
    assert started.get('a')['pid'] == a['pid']
    kept = [n for n in os.listdir(os.path.dirname(path)) if '.damaged-' in n]
    assert kept, 'the damaged file is moved aside, never dropped'
    assert 'damaged' in started.log()


def test_socket_deleted(started):
    started.new('--name', 'a', '--', 'cat')
    pid = started.daemon_pid()
    follower = started.popen('events', '--follow', '--json')
    os.unlink(started.socket)
    # The daemon notices (inotify) and listens anew; the command waits for it.
    assert started.run('ls', '-q').split() == ['a']
    assert started.daemon_pid() == pid
    follower.kill()
    follower.communicate()


def test_shim_socket_deleted(started):
    s = started.new('--name', 'a', '--', 'cat')
    os.unlink(os.path.join(started.dir(s), 'shim.sock'))
    started.kill_daemon()
    started.start()
    started.run('send', 'a', 'still here')
    started.wait_text('a', 'still here')


def test_killed_shim_is_told_apart(started):
    s = started.new('--name', 'a', '--', 'cat')
    with open(os.path.join(started.dir(s), 'status'), 'rb') as f:
        record = dict(line.split(' ', 1) for line in f.read().decode(errors='replace').splitlines()
                      if ' ' in line and not line.startswith('belay'))
    os.kill(int(record['shim_pid']), signal.SIGKILL)
    after = started.wait_exit('a')
    assert (after['lifecycle'], after['stop_cause']) == ('stopped', 'host_died')


def test_hung_daemon_does_not_hang_the_command(started):
    pid = started.daemon_pid()
    os.kill(pid, signal.SIGSTOP)
    err = started.error('ls', status=5, env=dict(started.env, BELAY_TIMEOUT='1'))
    os.kill(pid, signal.SIGCONT)
    assert 'does not answer' in err, err
    started.run('ls')


def test_idle_sessions_make_no_wakeups(started):
    """P7: nothing is polled.  A quiet fleet's processes do not run at all."""
    for i in range(5):
        started.new('--name', 'q%d' % i, '--', 'cat')
    pids = started.processes()
    assert len(pids) >= 11

    def switches():
        total = {}
        for pid in pids:
            for task in os.listdir('/proc/%d/task' % pid):
                with open('/proc/%d/task/%s/status' % (pid, task), encoding='utf-8') as f:
                    for line in f:
                        if line.startswith('voluntary_ctxt_switches'):
                            total[pid, task] = int(line.split()[1])
        return total
    # The end of what was started is over when a wait has timed out on the server.
    code, _, _ = started.try_run('wait', 'q0', '--until', 'exited', '--timeout', '1500ms')
    assert code == 124
    before = switches()
    # What is measured is that nothing happens for a while: `timeout` is the clock.
    with subprocess.Popen(['timeout', '3', 'cat'], stdin=subprocess.PIPE) as quiet:
        quiet.wait()
    after = switches()
    woken = {k: after[k] - before[k] for k in before if after.get(k, 0) > before[k]}
    assert not woken, {(k, open('/proc/%d/comm' % k[0], encoding='utf-8').read().strip()): v
                       for k, v in woken.items()}


def test_journal_survives_in_sqlite(started):
    started.new('--name', 'a', '--', 'true')
    started.wait_exit('a')
    started.run('daemon', 'stop')
    db = sqlite3.connect(os.path.join(started.home, 'data', 'belay.db'))
    assert db.execute('PRAGMA integrity_check').fetchone() == ('ok',)
    seqs = [r[0] for r in db.execute('SELECT seq FROM event ORDER BY seq')]
    db.close()
    assert seqs == list(range(1, len(seqs) + 1))
    started.start()


def test_hostile_names_do_not_reach_the_log_raw(started):
    task = 'evil \x1b]0;owned\x07 \x1b[2J\n\u009b31m task'
    started.new('--name', 'h', '--task', task, '--label', 'l=\x1b[31m', '--', 'sh', '-c', 'exit 3')
    started.wait_exit('h')
    listing = started.run('ls') + started.run('get', 'h') + started.run('events')
    for raw in ('\x1b]0;', '\x1b[2J', '\x1b[31m', '\u009b'):
        assert raw not in started.log()
        assert raw not in listing
    assert json.loads(started.run('get', 'h', '--json'))['task'] == task


def test_asking_a_falling_daemon(started):
    """A daemon that dies between the question and the answer is started again and asked again."""
    started.new('--name', 'a', '--', 'cat')
    pid = started.daemon_pid()
    os.kill(pid, signal.SIGSTOP)
    asking = started.popen('ls', '-q')
    # The question has been sent when the command waits for the answer.
    with open('/proc/%d/syscall' % asking.pid, encoding='utf-8') as f:
        while f.read().split()[0] != '7':          # poll
            f.seek(0)
    os.kill(pid, signal.SIGKILL)
    out, err = asking.communicate(timeout=LIMIT)
    assert (out.split(), asking.returncode) == (['a'], 0), err


def test_killing_a_session_that_started_the_daemon(belay):
    """An agent's own `belay` command starts the daemon: the daemon and the sessions it starts are
    descendants of that agent's shim, and must outlive the kill of that session."""
    belay.start()
    belay.new('--name', 'parent', '--env', 'PATH=' + os.environ['PATH'], '--env', 'BELAY_HOME=' + belay.home,
              '--size', '150x30', '--', 'sh', '-c',
              'echo ready; read x; %s new -d --name child -- cat; echo started; cat' % program('belay'))
    belay.wait_text('parent', 'ready')
    belay.kill_daemon()
    t = Terminal([program('belay'), 'attach', 'parent'], belay.env, belay.home)
    t.expect('ready')
    t.send('\r')                          # no daemon: the agent's command starts one
    t.expect('started')
    t.send(b'\x11')
    t.wait()
    t.close()
    daemon, child = belay.daemon_pid(), belay.get('child')
    belay.run('kill', 'parent', '-y')
    assert belay.daemon_pid() == daemon, 'the daemon was killed with the session'
    assert start_of(child['pid']) is not None, 'another session was killed with it'
    assert belay.get('child')['lifecycle'] == 'running'
