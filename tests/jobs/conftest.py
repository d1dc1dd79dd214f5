import pytest

from tests import toy_store
from workbench.jobs import supervisor


@pytest.fixture
def store(tmp_path, monkeypatch):
    with toy_store.opened(tmp_path / "store", monkeypatch) as opened:
        yield opened


@pytest.fixture
def unattended(monkeypatch):
    """No supervisor is woken by whoever looks: the test itself is the worker."""
    monkeypatch.setattr(supervisor, "ensure", lambda settings: None)
