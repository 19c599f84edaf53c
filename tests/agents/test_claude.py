"""Claude Code, the real one, in a session of belay."""
import json
import os
import signal
import subprocess

KEY = 'sk-ant-dummy-0000000000000000000000000000000000'
VERSION = '2.1.329'


def scratch_repository(path):
    os.makedirs(path)
    env = {'PATH': os.environ['PATH'], 'HOME': path, 'GIT_CONFIG_NOSYSTEM': '1',
           'GIT_AUTHOR_NAME': 't', 'GIT_AUTHOR_EMAIL': 't@example.org',
           'GIT_COMMITTER_NAME': 't', 'GIT_COMMITTER_EMAIL': 't@example.org'}
    for args in (['init', '-q', '-b', 'main'], ['commit', '-q', '--allow-empty', '-m', 'begin']):
        subprocess.run(['git', *args], cwd=path, env=env, check=True)
    return path


def settings(folder, cwd):
    """A configuration that goes straight to the prompt: no first-run dialogs."""
    os.makedirs(folder)
    with open(os.path.join(folder, '.claude.json'), 'w', encoding='utf-8') as f:
        json.dump({
            'hasCompletedOnboarding': True, 'theme': 'dark', 'lastOnboardingVersion': VERSION,
            'lastReleaseNotesSeen': VERSION, 'numStartups': 5, 'hasSeenAutoDefaultNotice': True,
            'hasSeenAutoDefaultNudge': True, 'officialMarketplaceAutoInstallAttempted': True,
            'officialMarketplaceAutoInstalled': True,
            'customApiKeyResponses': {'approved': [KEY[-20:]], 'rejected': []},
            'projects': {cwd: {'hasTrustDialogAccepted': True, 'hasCompletedProjectOnboarding': True,
                               'allowedTools': []}},
        }, f)
    with open(os.path.join(folder, 'settings.json'), 'w', encoding='utf-8') as f:
        json.dump({'permissions': {'defaultMode': 'default'}}, f)


def claude_env(model, config):
    return {
        'ANTHROPIC_BASE_URL': model.url, 'ANTHROPIC_API_KEY': KEY, 'CLAUDE_CONFIG_DIR': config,
        'DISABLE_TELEMETRY': '1', 'CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC': '1',
        'DISABLE_AUTOUPDATER': '1', 'CLAUDE_CODE_MAX_RETRIES': '2',
    }


def new_claude(belay, model, home, agent_dir):
    cwd = scratch_repository(os.path.join(home, 'repo'))
    config = os.path.join(home, 'claude')
    settings(config, cwd)
    path = os.path.join(agent_dir, 'node_modules', '.bin') + ':' + os.environ['PATH']
    belay.env['PATH'] = path
    args = ['new', '-d', '--name', 'one', '--agent', 'claude', '--dir', cwd, '--size', '120x30', '--json']
    for key, value in claude_env(model, config).items():
        args += ['--env', '%s=%s' % (key, value)]
    return json.loads(belay.run(*args))


SCRIPT = {
    'rules': [
        {'prompt': 'first question', 'turns': [{'parts': [
            {'text': 'The first half of the answer.\n\n'}, {'gate': 'half'},
            {'text': 'And the second half, after the fall.'}]}]},
        {'prompt': 'second question', 'turns': [{'parts': [{'text': 'Still on the rope.'}]}]},
    ],
    'otherwise': [{'parts': [{'text': 'Untitled'}]}],
}


def test_claude_outlives_the_daemon(belay, model_of, home, agent_dir):
    model = model_of(SCRIPT)
    session = new_claude(belay, model, home, agent_dir)
    assert session['agent'] == 'claude'
    belay.wait_text('one', 'manual mode on')

    belay.run('send', 'one', 'first question')
    model.wait_at('half')
    belay.wait_text('one', 'The first half of the answer.')
    before = belay.get('one')

    # The fall: the daemon dies while the agent is answering.
    belay.kill_daemon(signal.SIGKILL)
    model.open('half')
    belay.start()
    after = belay.get('one')
    for key in ('id', 'name', 'generation', 'pid', 'lifecycle', 'created_at'):
        assert after[key] == before[key], key
    belay.wait_text('one', 'And the second half, after the fall.')
    screen = belay.screen('one')
    assert 'The first half of the answer.' in screen
    assert 'first question' in screen

    belay.run('send', 'one', 'second question')
    belay.wait_text('one', 'Still on the rope.')
    prompts = [r['prompt'] for r in model.requests()]
    assert sum('first question' in p for p in prompts) >= 1
    assert any('second question' in p for p in prompts)

    belay.run('stop', 'one')
    ended = belay.get('one')
    assert ended['lifecycle'] == 'stopped'
    assert ended['stop_cause'] == 'deliberate'
    # Claude Code ends with 143 on TERM (it handles the signal and exits).
    assert (ended['exit_status'], ended['exit_signal']) in ((143, None), (None, 'SIGTERM'), (0, None))
    assert ended['generation'] == before['generation']
