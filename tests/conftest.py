"""What all tests share: models that are brought once, and the order of the files."""

from pathlib import Path

import pytest

from tests import tiny_models

WAITING = ("jobs", "browser", "cli", "services", "serve", "tasks")  # folders whose tests take the longest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first: none of them is left for one processor at the end."""
    here = Path(__file__).parent

    def place(item: pytest.Item) -> int:
        folder = item.path.relative_to(here).parts[0]
        return WAITING.index(folder) if folder in WAITING else len(WAITING)

    items.sort(key=place)


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory) -> Path:
    """A model folder with a randomly initialised BERT; tests read it only."""
    return tiny_models.encoder_into(tmp_path_factory.mktemp("models") / "tiny-bert")


@pytest.fixture(scope="session")
def minilm() -> Path:
    """The real starter model for texts, brought by the pack mechanism; skipped where it cannot be had."""
    return _starter("starter/minilm-l6")


@pytest.fixture(scope="session")
def efficientnet() -> Path:
    """The real starter model for images, brought and converted; skipped where it cannot be had."""
    return _starter("starter/efficientnet-lite0")


def _starter(model_id: str) -> Path:
    from workbench import settings
    from workbench.artefacts import packs
    from workbench.errors import PackError
    from workbench.models import starters

    starter = starters.by_id(model_id)
    home = settings.read().home  # once fetched it stays, as for a user
    try:
        return packs.fetch(settings.Settings(home), starter.pack)
    except PackError as error:
        pytest.skip(f"the starter model is not here: {error}")
