"""Fixtures of the tests with real agents: belay's own, and a model server."""
import json
import os
import subprocess
import sys
import urllib.request

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'scenario'))

from lib import LIMIT, Belay  # noqa: E402
from conftest_scenario import belay, home  # noqa: E402,F401


class Model:
    """A scripted model server; ends with the test."""

    def __init__(self, script, folder):
        self.path = os.path.join(folder, 'script.json')
        with open(self.path, 'w', encoding='utf-8') as f:
            json.dump(script, f)
        self.process = subprocess.Popen(
            ['node', os.path.join(HERE, 'model-server.mjs'), '--script', self.path],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = 'http://127.0.0.1:%d' % json.loads(self.process.stdout.readline())['port']

    def get(self, path, method='GET'):
        request = urllib.request.Request(self.url + path, method=method)
        with urllib.request.urlopen(request, timeout=LIMIT) as r:
            return json.load(r)

    def requests(self):
        return self.get('/requests')

    def wait_at(self, gate):
        """Until an answer has come to this gate and stands there."""
        self.get('/waiting/' + gate)

    def open(self, gate):
        self.get('/gate/' + gate, 'POST')

    def end(self):
        self.process.stdin.close()
        self.process.wait(LIMIT)
        self.process.stdout.close()


@pytest.fixture
def model_of(home):  # noqa: F811
    started = []

    def start(script):
        started.append(Model(script, home))
        return started[-1]
    yield start
    for m in started:
        m.end()


@pytest.fixture
def agent_dir():
    return os.environ['AGENTS_DIR']
