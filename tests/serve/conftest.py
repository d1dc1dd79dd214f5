import pytest

from tests import tiny


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    """An exported model folder; a test that changes it takes a copy."""
    return tiny.exported(tmp_path_factory.mktemp("exported"))
