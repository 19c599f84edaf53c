"""What `make install` puts somewhere works from there, without the build directory."""
import os
import subprocess

import lib

PREFIX_PARTS = ('share/man/man1/belay.1', 'share/man/man8/belayd.8',
                'share/bash-completion/completions/belay', 'share/zsh/site-functions/_belay',
                'share/fish/vendor_completions.d/belay.fish', 'lib/systemd/user/belayd.service',
                'lib/systemd/user/belayd.socket', 'libexec/belay/belay-shim',
                'libexec/belay/belay-draw')


def test_installed_tree_works(home, monkeypatch):
    dest = os.path.join(home, 'dest')
    subprocess.run(['meson', 'install', '-C', lib.BUILD, '--no-rebuild', '--quiet',
                    '--destdir', dest], check=True, stdout=subprocess.DEVNULL)
    prefix = os.path.join(dest, 'usr/local')
    for part in PREFIX_PARTS:
        assert os.path.getsize(os.path.join(prefix, part)) > 0, part
    with open(os.path.join(prefix, 'lib/systemd/user/belayd.service'), encoding='utf-8') as f:
        assert 'ExecStart=/usr/local/bin/belayd --foreground\n' in f.read()
    monkeypatch.setattr(lib, 'program', lambda name: os.path.join(prefix, 'bin', name))
    b = lib.Belay(os.path.join(home, 'h'))
    try:
        b.new('--name', 'a', '--', 'sh', '-c', 'echo hello; exec cat')
        b.new('--name', 'd', '-a', 'demo')
        b.wait_text('a', 'hello')
        assert {s['name'] for s in b.sessions()} == {'a', 'd'}
        assert os.readlink('/proc/%d/exe' % b.daemon_pid()) == os.path.join(prefix, 'bin/belayd')
        b.run('screen', 'a', '--png', os.path.join(home, 'a.png'))
        with open(os.path.join(home, 'a.png'), 'rb') as f:
            assert f.read(8) == b'\x89PNG\r\n\x1a\n'
    finally:
        b.end()
