"""Bad input: a clear error that names the field and what was expected; nothing changes."""
import json
import os
import socket
import sqlite3
import subprocess

import pytest

from lib import connect_unix, program


@pytest.fixture
def unchanged(started):
    """Runs the test, then proves that the journal and the list did not change."""
    started.new('--name', 'here', '--', 'cat')
    before = (started.seq(), started.sessions('--all'))
    yield started
    assert (started.seq(), started.sessions('--all')) == before


def test_unknown_session(unchanged):
    assert unchanged.error('get', 'nobody', status=3) == \
        'belay: no session named or with id "nobody"; belay ls shows them'


def test_ambiguous_prefix(started):
    ids = [started.new('--', 'cat')['id'] for _ in range(2)]
    prefix = os.path.commonprefix(ids)
    assert len(prefix) >= 4
    err = started.error('get', prefix, status=3)
    assert err.startswith('belay: "%s" fits 2 sessions: ' % prefix), err


def test_command_not_found(unchanged):
    err = unchanged.error('new', '-d', '--', 'no-such-program', status=1)
    assert err.startswith('belay: command not found: no-such-program'), err


def test_cwd_missing(unchanged):
    assert unchanged.error('new', '-d', '--dir', '/no/such/dir', '--', 'cat', status=1) == \
        'belay: cwd: directory does not exist: /no/such/dir'


def test_name_taken(unchanged):
    assert unchanged.error('new', '-d', '--name', 'here', '--', 'cat', status=4) == \
        'belay: name: "here" is taken by a session that is running; choose another or remove it'


@pytest.mark.parametrize('size', ['0x0', '100000x10', '10x100000', 'axb', '80'])
def test_size_out_of_range(unchanged, size):
    assert unchanged.error('new', '-d', '--size', size, '--', 'cat', status=2) == \
        'belay: size: expected COLUMNSxROWS between 2x1 and 1000x1000, got "%s"' % size


def test_size_by_http(unchanged):
    status, problem = unchanged.http('POST', '/v1/sessions', {'command': ['cat'], 'size': {'cols': 0, 'rows': 24}})
    assert status == 400
    assert problem['code'] == 'bad_request'
    assert problem['field'].startswith('size')


def test_unknown_agent(unchanged):
    err = unchanged.error('new', '-d', '--agent', 'hal9000', status=2)
    assert err.startswith('belay: agent: no profile named "hal9000"'), err


def test_body_too_large(unchanged):
    body = json.dumps({'command': ['cat'], 'task': 'x' * (5 << 20)})
    status, problem = unchanged.http('POST', '/v1/sessions', body, raw=True)
    assert (status, problem['code']) == (413, 'too_large')


def test_invalid_json(unchanged):
    status, problem = unchanged.http('POST', '/v1/sessions', '{"command": [}', raw=True)
    assert (status, problem['code']) == (400, 'bad_json')
    assert '13' in problem['detail'], problem


def test_unknown_key(unchanged):
    status, problem = unchanged.http('POST', '/v1/sessions', {'command': ['cat'], 'colour': 'red'})
    assert (status, problem['code'], problem['field']) == (400, 'bad_request', 'colour')
    assert problem['detail'].startswith('unknown key "colour"')


def test_wrong_type(unchanged):
    status, problem = unchanged.http('POST', '/v1/sessions', {'command': 'cat'})
    assert (status, problem['field']) == (400, 'command')
    assert 'array' in problem['detail'] and 'string' in problem['detail']


def test_unknown_route_and_method(unchanged):
    assert unchanged.http('GET', '/v1/nothing')[0] == 404
    assert unchanged.http('PUT', '/v1/sessions')[0] == 405


def test_not_http(unchanged):
    s = connect_unix(unchanged.socket)
    s.sendall(b'\0\xff\x01garbage\r\n\r\n')
    s.settimeout(30)
    while s.recv(4096):
        pass
    s.close()


def test_unknown_command_and_option(belay):
    err = belay.error('lst', status=2)
    assert 'ls' in err
    err = belay.error('ls', '--colour', status=2)
    assert '--colour' in err


def test_socket_of_another_user(belay):
    """A socket in our place that another user owns is not talked to."""
    if os.getuid() != 0:
        pytest.skip('needs root to make a socket of another user')
    run = os.path.dirname(belay.socket)
    os.makedirs(run, mode=0o700)
    s = socket.socket(socket.AF_UNIX)
    s.bind(belay.socket)
    s.listen()
    os.chown(belay.socket, 65534, 65534)
    err = belay.error('ls', status=5)
    s.close()
    os.unlink(belay.socket)
    assert err == 'belay: socket %s belongs to uid 65534, not to you; refusing to talk to it' % belay.socket


def test_another_user_is_refused(started):
    """The daemon answers its own user and root only."""
    if os.getuid() != 0:
        pytest.skip('needs root to become another user')
    code = ('import os, socket, sys\n'
            'os.setgid(65534); os.setuid(65534)\n'
            's = socket.socket(fileno=int(sys.argv[1]))\n'
            's.connect("/proc/self/fd/%s/belayd.sock" % sys.argv[2])\n'
            'try: s.sendall(b"GET /v1/sessions HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")\n'
            'except BrokenPipeError: pass  # refused and closed before it was asked\n'
            'print(s.recv(4096).decode())')
    # The directory and the socket keep others out already; open both, so that the daemon itself must refuse.
    started.run('ls')
    os.chmod(started.home, 0o755)
    os.chmod(os.path.dirname(started.home), 0o755)
    os.chmod(os.path.dirname(started.socket), 0o755)
    os.chmod(started.socket, 0o777)
    d = os.open(os.path.dirname(started.socket), os.O_PATH)
    s = socket.socket(socket.AF_UNIX)
    out = subprocess.run(['/usr/bin/python3', '-c', code, str(s.fileno()), str(d)],
                         pass_fds=(s.fileno(), d), capture_output=True, text=True, timeout=60, check=False)
    os.chmod(os.path.dirname(started.socket), 0o700)
    os.close(d)
    s.close()
    assert ' 403 ' in out.stdout, out
    assert 'forbidden' in out.stdout


def test_home_not_writable(belay, home):
    path = os.path.join(home, 'file')
    with open(path, 'w', encoding='utf-8'):
        pass
    env = dict(belay.env, BELAY_HOME=os.path.join(path, 'h'))
    err = belay.error('ls', status=5, env=env)
    assert os.path.join(path, 'h') in err, err
    assert 'Not a directory' in err or 'can not be made' in err, err


def test_home_not_absolute(belay):
    err = belay.error('ls', status=2, env=dict(belay.env, BELAY_HOME='relative'))
    assert err == 'belay: BELAY_HOME must be an absolute path, not "relative"'


def test_home_open_to_others(belay):
    belay.start()
    belay.run('daemon', 'stop')
    os.chmod(os.path.join(belay.home, 'data'), 0o777)
    err = belay.error('ls', status=5)
    os.chmod(os.path.join(belay.home, 'data'), 0o700)
    assert os.path.join(belay.home, 'data') in err, err


def test_database_of_a_newer_version(belay):
    belay.start()
    belay.run('daemon', 'stop')
    path = os.path.join(belay.home, 'data', 'belay.db')
    db = sqlite3.connect(path)
    db.execute('PRAGMA user_version = 999')
    db.commit()
    db.close()
    with open(path, 'rb') as f:
        before = f.read()
    err = belay.error('ls', status=5)
    assert 'version 999' in err, err
    assert path in err, err
    with open(path, 'rb') as f:
        assert f.read() == before, 'the database was touched'
    os.unlink(path)


def test_broken_configuration(belay):
    os.makedirs(os.path.join(belay.home, 'config'), mode=0o700)
    with open(os.path.join(belay.home, 'config', 'belay.conf'), 'w', encoding='utf-8') as f:
        f.write('size: 120x30\nfoo: 1\n')
    err = belay.error('ls', status=5)
    assert 'belay.conf:2:1' in err and 'foo' in err, err
    out = subprocess.run([program('belayd'), '--check-config'], env=belay.env, capture_output=True,
                         text=True, timeout=60, check=False)
    assert out.returncode != 0 and 'belay.conf:2:1' in out.stderr
    os.unlink(os.path.join(belay.home, 'config', 'belay.conf'))


def test_not_enough_and_too_much(unchanged):
    assert 'session' in unchanged.error('get', status=2)
    assert unchanged.error('rename', 'here', 'bad/name', status=2).startswith('belay: name: ')
    assert 'TEXT' in unchanged.error('send', 'here', status=2).upper()


def test_destroying_needs_a_yes(unchanged):
    err = unchanged.error('kill', '--all', status=2)
    assert '-y' in err, err
