import pytest

from tests import toy_store


@pytest.fixture
def store(tmp_path, monkeypatch):
    with toy_store.opened(tmp_path / "store", monkeypatch) as opened:
        yield opened
