"""One trained bot for all tests of conversations."""

from __future__ import annotations

import pytest

from tests.assistant.runtime.models import RulesAndStories, the_bot


@pytest.fixture(scope="session")
def bot() -> RulesAndStories:
    return the_bot()
