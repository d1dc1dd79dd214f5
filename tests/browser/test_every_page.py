"""Every page in a real browser: cold addresses, both themes, a telephone's width, the keyboard, and axe-core."""

import pytest

from tests.serving import serving
from workbench.services import datasets, opening, projects
from workbench.ui.navigation import ICONS, titles

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

HOSTILE = '<img src="http://evil.example/x.png" onerror="document.title=1"> ![x](http://evil.example/y.png) <b>bold</b>'
PRIMARY = {
    "home": "New project",
    "data": "Use this data",
    "prepare": "Apply preparation",
    "augment": "Apply augmentation",
    "model": "Choose this model",
    "train": "Start training",
    "settings": "Save settings",
}


@pytest.fixture(scope="module")
def project(store):
    """A project with names and cells that try to be markup."""
    made = projects.create(store, HOSTILE)
    rows = "".join(
        f'"{HOSTILE.replace(chr(34), chr(39))} {n} songs","{"<i>good</i>" if n % 2 else "bad"}"\n' for n in range(60)
    )
    version = datasets.import_text(store, made.id, "text,label\n" + rows, name="<b>songs</b>.csv")
    opening.use_data(store, projects.draft(store, made.id), version)
    return made.id


def address(name, project):
    return f"/{'' if name == 'home' else name}?project={project}"


@pytest.mark.parametrize("name", list(ICONS))
def test_case_76_a_cold_address_opens_a_page_that_fetches_nothing_and_fits(screen, project, name):
    window = screen(address(name, project))
    window.sees_title(titles()[name])
    assert window.page.title() == f"{titles()[name]} · AI Workbench"
    assert "token" not in window.page.url
    assert window.serious() == []
    if name in PRIMARY:
        reach(window, PRIMARY[name])
    window.page.set_viewport_size({"width": 390, "height": 844})
    window.page.wait_for_timeout(300)
    assert window.page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    assert window.page.locator("img[src*='evil'], a[href*='evil']").count() == 0
    assert window.complaints == []


@pytest.mark.parametrize("name", list(ICONS))
def test_dark_colours_can_be_read(screen, project, name):
    window = screen(address(name, project), scheme="dark")
    window.sees_title(titles()[name])
    assert window.serious() == []


def reach(window, name):
    """Press Tab until the button of that name has the focus."""
    window.page.get_by_role("button", name=name).first.wait_for()
    for _ in range(150):
        window.page.keyboard.press("Tab")
        if name in window.page.evaluate("document.activeElement.innerText || ''"):
            return
    pytest.fail(f"Tab never reached '{name}'")


def test_a_step_is_taken_with_the_keyboard_alone(screen, project):
    window = screen(address("augment", project))
    button = window.page.get_by_role("button", name="Apply augmentation")
    button.focus()
    window.page.keyboard.press("Enter")
    window.sees_title("4 Model")


def test_opening_every_page_loads_no_heavy_library(chromium, store, project):
    """Python itself writes down every import of the web process."""
    from tests.browser.screen import Screen

    with serving(store.settings.home, PYTHONPROFILEIMPORTTIME="1") as web:
        window = Screen.open(chromium, web, "/")
        for name in ICONS:
            window.page.goto(web.url(address(name, project)))
            window.sees_title(titles()[name])
        window.close()
        lines = web.log.read_text(errors="replace").splitlines()
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in lines if line.startswith("import time:")}
    assert "streamlit" in loaded and "workbench" in loaded
    heavy = {"torch", "transformers", "datasets", "sklearn", "scipy", "tokenizers", "safetensors", "accelerate"}
    assert loaded & heavy == set()
