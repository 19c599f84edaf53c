"""Fixtures: every test gets a belay of its own, and leaves no process behind."""
import os
import shutil
import tempfile

import pytest

from lib import Belay


@pytest.fixture
def home():
    """A short private directory; removed only when the test passed."""
    path = tempfile.mkdtemp(prefix='belay-test-')
    yield path
    if not os.environ.get('BELAY_KEEP'):
        shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def belay(home):
    b = Belay(os.path.join(home, 'h'))
    yield b
    b.end()


@pytest.fixture
def started(belay):
    belay.start()
    return belay
