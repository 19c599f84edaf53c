"""make run: the first minute of a newcomer."""
import os
import subprocess

from lib import BUILD, LIMIT, Terminal

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RUN = os.path.join(ROOT, 'tools', 'run')


def clean(belay):
    """No real agent is in PATH, so the demo agent is taken."""
    return dict(belay.env, PATH='/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin')


def test_without_a_terminal(belay):
    p = subprocess.run([RUN, BUILD], env=clean(belay), stdin=subprocess.DEVNULL, capture_output=True,
                       text=True, timeout=LIMIT, check=False)
    assert p.returncode == 0, p
    assert 'belay attach' in p.stdout
    sessions = belay.sessions()
    assert len(sessions) == 1 and sessions[0]['lifecycle'] == 'running'
    belay.wait_text(sessions[0]['name'], 'belay demo agent')
    again = subprocess.run([RUN, BUILD], env=clean(belay), stdin=subprocess.DEVNULL, capture_output=True,
                           text=True, timeout=LIMIT, check=False)
    assert again.returncode == 0, again


def test_on_a_terminal(belay):
    t = Terminal([RUN, BUILD], clean(belay))
    t.expect('belay attach')
    assert t.wait() == 0
    t.close()


def test_demo_agent_does_its_job(belay):
    belay.start()
    belay.new('--name', 'demo', '--dir', belay.home, '--', os.path.join(BUILD, 'belay-demo-agent'))
    belay.wait_text('demo', '/exit to leave')
    belay.run('send', 'demo', 'write a greeting')
    belay.wait_text('demo', 'Do you want to create')
    belay.run('keys', 'demo', '1')
    belay.wait_text('demo', 'wrote the file')
    with open(os.path.join(belay.home, 'hello-from-belay.txt'), encoding='utf-8') as f:
        assert f.read() == 'The task was: write a greeting\n'
    belay.run('send', 'demo', '/exit')
    assert belay.wait_exit('demo')['exit_status'] == 0
