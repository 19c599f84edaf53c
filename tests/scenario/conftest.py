"""The fixtures of conftest_scenario, for the tests of this folder."""
from conftest_scenario import belay, home, started  # noqa: F401
