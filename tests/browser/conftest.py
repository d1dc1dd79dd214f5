import shutil

import pytest
from playwright.sync_api import sync_playwright

from tests import toy_store
from tests.browser.screen import Screen
from tests.serving import serving
from workbench.jobs import supervisor
from workbench.services import models
from workbench.services.workbench import open_workbench
from workbench.settings import Settings

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PACKS = ("sample/sms-spam", "starter/minilm-l6")


@pytest.fixture(scope="session")
def chromium():
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    assert path, "the browser tests need Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def store(tmp_path_factory):
    """A store of its own with the base packs in it; fetched once, they stay in the usual store, as for a user."""
    usual = open_workbench()
    store = open_workbench(Settings(tmp_path_factory.mktemp("browser") / "store"))
    for pack in PACKS:
        shutil.copytree(models.fetch_pack(usual, pack), store.settings.packs / pack)
    usual.close()
    yield store
    for module in (supervisor.__name__, "workbench.jobs", "workbench.serve"):
        for process in toy_store.processes(store, module):
            process.kill()
    store.close()


@pytest.fixture(scope="session")
def web(store):
    with serving(store.settings.home) as served:
        yield served


@pytest.fixture
def screen(chromium, web):
    """A fresh window at 1280 px in light colours, at an address with the token."""
    screens = []

    def opened(path="/", **look):
        screens.append(Screen.open(chromium, web, path, **look))
        return screens[-1]

    yield opened
    for screen in screens:
        screen.close()
