"""The project store as the web process holds it: opened once for a folder, shared by pages and routes."""

from functools import lru_cache

from workbench import settings
from workbench.services.workbench import Store, open_workbench
from workbench.settings import Settings


def store() -> Store:
    """The store that the settings name. Raises StoreError when it cannot be opened."""
    return _opened(settings.read())


@lru_cache(maxsize=4)
def _opened(chosen: Settings) -> Store:
    return open_workbench(chosen)
