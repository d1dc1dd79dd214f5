"""The whole path in a real browser, on SMS spam with the real MiniLM: from nothing to a model in one's hands."""

import json
import zipfile

import pytest
from playwright.sync_api import expect

from tests.browser.screen import PATIENCE
from workbench.services import projects, runs
from workbench.store.views import State

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

TRAINING = 240_000
PLOT = ".live-plot"


@pytest.fixture(scope="module")
def place():
    """What the first test made, for those that follow: project and run."""
    return {}


def points(screen):
    return int(screen.page.locator(PLOT).get_attribute("data-points") or 0)


def wait_for_points(screen, more_than):
    screen.page.wait_for_function(
        f"count => Number(document.querySelector('{PLOT}')?.dataset.points || 0) > count",
        arg=more_than,
        timeout=TRAINING,
    )


def shown_range(screen):
    return screen.page.evaluate(f"document.querySelector('{PLOT}').layout.xaxis.range.map(Number)")


def test_from_nothing_to_curves_a_zoom_that_stays_and_a_stop_that_keeps_the_model(screen, store, place):
    window = screen("/")
    window.press("Open the sample project")
    window.sees_title("5 Train")
    window.sees("Nothing stands in the way")
    # Small enough for a test: one epoch over short texts.
    window.enter_number("Epochs", "1")
    window.page.get_by_text("Advanced").click()
    window.enter_number("Longest text (word pieces)", "32")
    window.press("Start training")
    expect(window.page.get_by_role("heading", name="Learning curves")).to_be_visible(timeout=PATIENCE)
    window.sees("You can close this tab")

    wait_for_points(window, 5)
    first = points(window)
    area = window.page.locator(f"{PLOT} .nsewdrag").first.bounding_box()
    window.page.mouse.move(area["x"] + area["width"] * 0.1, area["y"] + area["height"] * 0.5)
    window.page.mouse.down()
    window.page.mouse.move(area["x"] + area["width"] * 0.5, area["y"] + area["height"] * 0.5, steps=8)
    window.page.mouse.up()
    zoomed = shown_range(window)
    wait_for_points(window, first + 5)
    run = runs.latest(store, projects.list_projects(store)[0].id)
    assert run.state is State.RUNNING, "points appear while it trains"
    assert shown_range(window) == zoomed
    window.page.get_by_label("Log scale").check()
    assert window.page.evaluate(f"document.querySelector('{PLOT}').layout.yaxis.type") == "log"
    assert shown_range(window) == zoomed
    place.update(project=run.project_id, run=run.id)

    wait_for_points(window, 60)  # enough to tell spam from ham
    window.press("Stop")
    expect(window.page.get_by_role("button", name="See the results")).to_be_visible(timeout=TRAINING)
    window.sees("Finished early")
    window.sees("What the curves say")
    assert shown_range(window) == zoomed
    assert window.complaints == []


def test_training_goes_on_when_the_tab_is_closed_and_a_cold_address_finds_it(screen, place):
    window = screen(f"/train?project={place['project']}&run={place['run']}")
    window.sees_title("5 Train")
    assert "token" not in window.page.url
    assert f"run={place['run']}" in window.page.url
    wait_for_points(window, 20)
    assert window.serious() == []


def test_a_cell_of_the_matrix_opens_its_rows(screen, store, place):
    window = screen(f"/evaluate?project={place['project']}")
    window.sees("Macro F1, this model")
    window.sees("Baseline")
    window.sees("95% interval")
    window.sees("Worst mistakes")
    window.settle()
    area = window.page.locator(".js-plotly-plot .nsewdrag").first
    area.evaluate("plot => plot.scrollIntoView({block: 'center'})")  # the bar with the button covers the lowest part
    opened = window.page.get_by_text("were called “spam”")
    for _ in range(10):  # the page may still be growing under the mouse
        box = area.bounding_box()
        window.page.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.75)
        window.page.wait_for_timeout(1500)
        if opened.count():
            break
    expect(opened.first).to_be_visible()
    predicted = runs.predictions(store, place["run"])
    count = int(((predicted["label"] == "spam") & (predicted["prediction"] == "spam")).sum())
    expect(window.page.get_by_test_id("stMain")).to_contain_text(f"{count} rows are “spam” and were called “spam”")
    assert window.serious() == []
    assert window.complaints == []


def test_a_sentence_is_answered_by_the_model(screen, place):
    window = screen(f"/use?project={place['project']}")
    window.page.get_by_role("textbox", name="text", exact=True).fill(
        "WINNER!! Call now to claim your free prize of 900 pounds"
    )
    window.press("Try")
    window.sees("The model says")
    answer = window.page.get_by_test_id("stMetricValue").first
    expect(answer).to_have_text("spam", timeout=PATIENCE)
    window.page.get_by_role("textbox", name="text", exact=True).fill("Are you coming home for dinner tonight?")
    window.press("Try")
    expect(answer).to_have_text("ham", timeout=PATIENCE)
    assert window.serious() == []


def test_the_model_is_downloaded_whole(screen, place, tmp_path):
    window = screen(f"/use?project={place['project']}")
    window.press("Export model")
    window.page.get_by_role("link", name="Download the model").wait_for(timeout=3 * PATIENCE)
    with window.page.expect_download() as download:
        window.page.get_by_role("link", name="Download the model").click()
    download.value.save_as(tmp_path / "model.zip")
    assert download.value.suggested_filename.endswith(".zip")
    with zipfile.ZipFile(tmp_path / "model.zip") as archive:
        assert archive.testzip() is None
        names = {name.split("/", 1)[-1]: name for name in archive.namelist()}
        assert {"model.safetensors", "predict.py", "README.md", "labels.json", "recipe.yaml"} <= set(names)
        assert json.loads(archive.read(names["labels.json"])) == ["ham", "spam"]
