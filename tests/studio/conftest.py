from __future__ import annotations

import pytest

from tests.engine.tiny import Drawer
from znak.studio.tools import Tools


@pytest.fixture(scope="session")
def tools() -> Tools:
    """A quick engine that draws plain shapes, and no judges."""
    return Tools(Drawer())


@pytest.fixture
def no_weights(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    """Pretend that the package has no weights of its own."""
    from znak.engine import flow, match, originality
    from znak.studio import tools

    for module in (flow, match, originality):
        monkeypatch.setattr(module, "shipped_path", lambda: tmp_path / "no-such-file")
    tools.open_tools.cache_clear()
    yield
    tools.open_tools.cache_clear()
