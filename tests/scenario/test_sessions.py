"""Sessions as a user handles them: every verb once through, with what it changes."""
import json
import os
import signal

from lib import program, start_of, wait_gone

ECHO = ['--', 'sh', '-c', 'while read -r line; do echo "got <$line>"; done']


def test_create_list_get(started):
    s = started.new('--name', 'one', '--label', 'team=red', '--size', '100x40', '--', 'cat')
    assert s['name'] == 'one'
    assert s['lifecycle'] == 'running'
    assert s['generation'] == 1
    assert s['size'] == {'cols': 100, 'rows': 40}
    assert s['labels'] == {'team': 'red'}
    assert s['host'] == 'shim'
    assert s['command'] == ['cat']
    assert start_of(s['pid']) is not None
    assert os.readlink('/proc/%d/exe' % s['pid']).endswith('cat')
    for key in ('id name generation lifecycle stop_cause activity attention since agent host pid cwd '
                'workspace branch project labels created_at size exit_status exit_signal pressure '
                'tokens').split():
        assert key in s, key
    listed = started.json('ls')
    assert [x['id'] for x in listed['sessions']] == [s['id']]
    assert listed['seq'] > 0
    assert started.get(s['id'])['id'] == s['id']
    assert started.get(s['id'][:13])['id'] == s['id']
    assert started.sessions('--label', 'team=red') != []
    assert started.sessions('--label', 'team=blue') == []
    assert started.run('ls', '-q').split() == ['one']


def test_send_keys_screen_tail(started):
    started.new('--name', 'e', *ECHO)
    started.run('send', 'e', 'hello', 'world')
    started.wait_text('e', 'got <hello world>')
    started.run('keys', 'e', 'x', 'y', 'Space', 'z', 'Enter')
    started.wait_text('e', 'got <xy z>')
    screen = started.screen('e')
    assert screen.splitlines()[1] == 'got <hello world>'
    assert 'got <hello world>' in started.run('tail', 'e')
    shown = started.json('screen', 'e')
    assert shown['cursor']['row'] == 4
    svg = started.run('screen', 'e', '--format', 'svg')
    assert svg.startswith('<svg') and 'got' in svg


def test_send_is_idempotent(started):
    started.new('--name', 'e', *ECHO)
    first = started.json('send', 'e', '--key', 'k1', 'once')
    again = started.json('send', 'e', '--key', 'k1', 'once')
    assert (first['duplicate'], again['duplicate']) == (False, True)
    started.run('send', 'e', '--key', 'k2', 'twice')
    started.wait_text('e', 'got <twice>')
    assert started.screen('e').count('got <once>') == 1


def test_text_can_not_end_the_paste_early(started):
    """A program in bracketed paste mode must see the text as one paste, whatever is in it."""
    code = ("import os,sys,tty; tty.setraw(0); sys.stdout.write('\\x1b[?2004hready'); sys.stdout.flush()\n"
            "b=b''\nwhile not b.endswith(b'\\r'): b+=os.read(0,100)\n"
            "print(repr(b)); sys.stdout.flush(); os.read(0,1)")
    started.new('--name', 'p', '--size', '150x20', '--', '/usr/bin/python3', '-c', code)
    started.wait_text('p', 'ready')
    sent = started.json('send', 'p', 'a\x1b[201~rm -rf b')
    assert sent['bracketed'] is True
    started.wait_text('p', '\\x1b[201~\\r')
    line = [x for x in started.screen('p').splitlines() if '200~' in x][0]
    assert line.count('\\x1b[201~') == 1
    assert line.index('200~') < line.index('rm -rf') < line.index('\\x1b[201~')


def test_exit_status_is_recorded(started):
    started.new('--name', 'seven', '--', 'sh', '-c', 'exit 7')
    s = started.wait_exit('seven')
    assert (s['lifecycle'], s['stop_cause'], s['exit_status'], s['exit_signal']) == (
        'stopped', 'exited', 7, None)
    assert s['pid'] is None
    assert s['activity'] == 'exited'


def test_crash_is_recorded(started):
    s = started.new('--name', 'c', '--', 'sh', '-c', 'kill -SEGV $$')
    s = started.wait_exit('c')
    assert (s['lifecycle'], s['stop_cause'], s['exit_status'], s['exit_signal']) == (
        'stopped', 'crashed', None, 'SIGSEGV')
    assert s['attention'] == 'failed'


def test_last_output_stays_readable(started):
    started.new('--name', 'x', '--', 'sh', '-c', 'echo the last words')
    started.wait_exit('x')
    assert 'the last words' in started.screen('x')
    started.kill_daemon()
    started.start()
    assert 'the last words' in started.screen('x')


def test_stop_asks_then_kills(started):
    s = started.new('--name', 's', '--', 'sh', '-c', "trap '' TERM; echo deaf; while :; do read x; done")
    started.wait_text('s', 'deaf')
    started.run('stop', 's', '--grace', '200ms')
    s = started.get('s')
    assert (s['lifecycle'], s['stop_cause'], s['exit_signal']) == ('stopped', 'deliberate', 'SIGKILL')


def test_kill_takes_the_tree(started):
    s = started.new('--name', 'k', '--', 'sh', '-c',
                    "setsid sh -c 'echo $$ >pid.tmp; mv pid.tmp pid; exec cat /dev/zero >/dev/null' & "
                    "while [ ! -e pid ]; do read -t 0.1 x; done 2>/dev/null; echo up; cat",
                    cwd=started.home)
    started.wait_text('k', 'up')
    with open(os.path.join(started.home, 'pid'), encoding='utf-8') as f:
        stray = int(f.read())
    started.run('kill', 'k', '-y')
    wait_gone(stray)
    assert start_of(s['pid']) is None


def test_restart_is_a_new_generation(started):
    a = started.new('--name', 'r', '--env', 'COLOUR=teal', '--', 'sh', '-c',
                    'echo $COLOUR-$BELAY_GENERATION; cat')
    started.wait_text('r', 'teal-1')
    started.run('restart', 'r')
    started.wait_text('r', 'teal-2')
    b = started.get('r')
    assert (b['id'], b['generation'], b['lifecycle']) == (a['id'], 2, 'running')
    assert b['pid'] != a['pid']
    err = started.error('send', 'r', '--generation', '1', 'stale', status=4)
    assert 'generation' in err


def test_environment(started):
    started.new('--name', 'env', '--env', 'SECRET=hunter2', '--size', '200x50', '--', 'sh', '-c', 'env; cat')
    started.wait_text('env', 'BELAY_SESSION_NAME=env')
    screen = started.screen('env')
    for line in ('SECRET=hunter2', 'TERM=xterm-256color', 'BELAY_GENERATION=1',
                 'BELAY_SOCKET=' + started.socket):
        assert line in screen, line
    assert 'BELAY_HOME=' not in screen
    # The value is in no argv, no event and no log.
    for pid in started.processes():
        with open('/proc/%d/cmdline' % pid, 'rb') as f:
            assert b'hunter2' not in f.read()
    assert 'hunter2' not in json.dumps(started.events())
    assert 'hunter2' not in started.log()
    assert 'hunter2' not in started.run('get', 'env', '--json')


def test_rename_label_archive_remove(started):
    s = started.new('--name', 'a', '--', 'true')
    started.wait_exit('a')
    started.run('rename', 'a', 'b')
    started.run('label', 'b', 'x=1', 'y=2')
    started.run('label', 'b', '--remove', 'y')
    assert started.get('b')['labels'] == {'x': '1'}
    started.run('archive', 'b')
    assert started.sessions() == []
    assert [x['name'] for x in started.sessions('--all')] == ['b']
    assert started.get(s['id'])['lifecycle'] == 'archived'
    started.run('rm', s['id'], '-y')
    assert started.sessions('--all') == []
    assert not os.path.exists(started.dir(s))


def test_names_are_made_and_unique(started):
    made = [started.new('--', 'cat')['name'] for _ in range(3)]
    assert len(set(made)) == 3
    assert all(made)


def test_signal_reaches_the_foreground(started):
    started.new('--name', 'i', '--', 'sh', '-c', "trap 'echo caught' INT; echo ready; while :; do read x; done")
    started.wait_text('i', 'ready')
    started.run('interrupt', 'i')
    started.wait_text('i', 'caught')


def test_resize(started):
    started.new('--name', 'z', '--size', '80x24', '--', 'sh', '-c',
                "trap 'stty size' WINCH; stty size; while :; do read x; done")
    started.wait_text('z', '24 80')
    started.run('resize', 'z', '132x43')
    started.wait_text('z', '43 132')
    assert started.get('z')['size'] == {'cols': 132, 'rows': 43}


def test_pipe_host(started):
    started.new('--name', 'p', '--host', 'pipe', '--', 'sh', '-c',
                'test -t 0 || echo no terminal; read line; echo "got $line"; echo oops >&2; exit 3')
    started.wait_text('p', 'no terminal')
    started.run('send', 'p', 'by pipe')
    s = started.wait_exit('p')
    assert s['exit_status'] == 3
    assert s['size'] is None or s['host'] == 'pipe'
    tail = started.run('tail', 'p')
    assert 'got by pipe' in tail and 'oops' in tail


def test_wait_times_out(started):
    started.new('--name', 'w', '--', 'cat')
    code, out, err = started.try_run('wait', 'w', '--until', 'exited', '--timeout', '100ms')
    assert code == 124
    assert 'w' in err


def test_events_have_no_gap_and_follow(started):
    follower = started.popen('events', '--follow', '--since', '0', '--json')
    started.new('--name', 'ev', '--', 'true')
    started.wait_exit('ev')
    kinds = []
    while 'session.exited' not in kinds and 'session.stopped' not in kinds:
        kinds.append(json.loads(follower.stdout.readline())['kind'])
    follower.send_signal(signal.SIGTERM)
    follower.communicate()
    assert 'session.created' in kinds and 'session.started' in kinds
    events = started.events()
    assert [e['seq'] for e in events] == list(range(1, len(events) + 1))


def test_bulk_by_label(started):
    for n in range(3):
        started.new('--name', 'b%d' % n, '--label', 'batch', '--', 'cat')
    started.new('--name', 'other', '--', 'cat')
    started.run('kill', '--label', 'batch', '-y')
    assert [s['name'] for s in started.sessions() if s['lifecycle'] == 'running'] == ['other']
    started.run('rm', '--label', 'batch')        # they have ended: nothing is asked
    assert [s['name'] for s in started.sessions()] == ['other']


def test_many_viewers_of_one_truth(started):
    """CLI and HTTP give the same object."""
    started.new('--name', 't', '--', 'cat')
    cli = started.get('t')
    status, http = started.http('GET', '/v1/sessions/t')
    assert status == 200 and http == cli


def test_version_and_help(belay):
    assert belay.run('--version').startswith('belay ')
    text = belay.run('help')
    for command in 'new ls get screen tail send keys interrupt stop kill restart rename label archive ' \
                   'rm wait events attach daemon doctor version completion'.split():
        assert command in text, command
        assert belay.run(command, '--help' if command != 'daemon' else 'status', *(
            ['--help'] if command == 'daemon' else [])).strip()
    for shell in ('bash', 'zsh', 'fish'):
        assert 'belay' in belay.run('completion', shell)
    assert not os.path.exists(belay.socket), 'help must not start a daemon'


def test_doctor_is_clean(started):
    started.new('--name', 'd', '--', 'cat')
    report = started.json('doctor')
    assert report['ok'] is True, report


def test_tree_is_used_in_place():
    for name in ('belay', 'belayd', 'belay-shim', 'belay-demo-agent'):
        assert os.access(program(name), os.X_OK), name
