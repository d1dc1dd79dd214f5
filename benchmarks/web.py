"""How fast the pages are: first page on the second start, a page switch, the web process's memory.

    python benchmarks/web.py [--json]

Starts the real web process on a temporary store with an imported table, and drives it with a real Chromium. Aims:
median switch under 300 ms, web process under 220 MB, first page under 5 s on the second start.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.serving import serving
from workbench.services import datasets, opening, projects
from workbench.services.workbench import open_workbench
from workbench.settings import Settings
from workbench.ui.navigation import NUMBERED

READY = "[data-testid=stApp][data-test-script-state=notRunning]"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
ROUNDS = 3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = measure()
    if options.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:32} {value}")
    return 0


def measure() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = Path(folder) / "store"
        project = fill(home)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        with serving(home):  # the first start compiles and migrates
            pass
        started = time.monotonic()
        with serving(home) as web:
            page = browser.new_page()
            page.goto(web.url(f"/data?project={project}"))
            page.get_by_role("heading", level=1, name="1 Data").wait_for()
            first = time.monotonic() - started
            switches = [
                switch(page, name) for _ in range(ROUNDS) for name in ("prepare", "augment", "model", "train", "data")
            ]
            process = psutil.Process(web.pid)
            memory = process.memory_info().rss
        browser.close()
    return {
        "first_page_seconds": round(first, 2),
        "switch_median_ms": round(1000 * statistics.median(switches)),
        "switch_slowest_ms": round(1000 * max(switches)),
        "web_process_mb": round(memory / 1e6),
        "cores": os.cpu_count() or 0,
        "load": round(os.getloadavg()[0], 1),
    }


def fill(home: Path) -> str:
    """A store with a project and 5,000 rows; answers with the project's id."""
    store = open_workbench(Settings(home))
    project = projects.create(store, "Benchmark")
    rows = "".join(
        f"message number {n} about {'prizes' if n % 5 == 0 else 'dinner'},{'spam' if n % 5 == 0 else 'ham'}\n"
        for n in range(5000)
    )
    version = datasets.import_text(store, project.id, "text,label\n" + rows, name="messages.csv")
    opening.use_data(store, projects.draft(store, project.id), version)
    store.close()
    return project.id


def switch(page: Page, name: str) -> float:
    """Seconds from the click on a step to its title."""
    title = f"{NUMBERED.index(name) + 1} {name.title()}"
    started = time.monotonic()
    page.get_by_test_id("stMain").get_by_role("link", name=title).click()
    page.get_by_role("heading", level=1, name=title).wait_for()
    elapsed = time.monotonic() - started
    page.wait_for_selector(READY)
    return elapsed


if __name__ == "__main__":
    sys.exit(main())
