import pytest

from tests import tiny_export


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    """An exported model folder; a test that changes it takes a copy."""
    return tiny_export.exported(tmp_path_factory.mktemp("exported"))
