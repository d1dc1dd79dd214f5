"""A window of a real Chromium, and what a person sees and does in it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.serving import Served

READY = "[data-testid=stApp][data-test-script-state=notRunning]"
PATIENCE = 60_000
AXE = Path(__file__).parent / "assets" / "axe.min.js"
# What axe-core says of Streamlit's own parts; anything else is ours.
STREAMLITS_OWN = {"svg-img-alt", "empty-table-header", "presentation-role-conflict"}


@dataclass
class Screen:
    """One window. ``complaints`` collects what the browser was not allowed to do, and requests to other machines."""

    page: Page
    web: Served
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def open(
        cls, browser: Browser, web: Served, path: str, *, width: int = 1280, height: int = 900, scheme: Any = "light"
    ) -> "Screen":
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, accept_downloads=True
        )
        context.set_default_timeout(PATIENCE)
        screen = cls(context.new_page(), web)
        screen.page.on("console", screen._listen)
        screen.page.on("request", screen._watch)
        screen.page.goto(web.url(path))
        screen.settle()
        return screen

    def settle(self) -> None:
        """Wait until the script has run."""
        self.page.wait_for_selector(READY)

    def press(self, name: str, *, exact: bool = True) -> None:
        """Click a button by its name."""
        self.page.get_by_role("button", name=name, exact=exact).first.click()

    def enter_number(self, name: str, value: str) -> None:
        """Type into a number's box and leave it."""
        box = self.page.get_by_role("spinbutton", name=name, exact=True)
        box.fill(value)
        box.press("Tab")
        self.page.wait_for_timeout(100)
        self.settle()

    def step(self, name: str) -> None:
        """Follow a link of the stepper."""
        self.page.get_by_test_id("stMain").get_by_role("link", name=name).first.click()
        self.sees_title(name)

    def sees_title(self, title: str) -> None:
        expect(self.page.get_by_role("heading", level=1, name=title)).to_be_visible(timeout=PATIENCE)
        self.settle()

    def sees(self, text: str, timeout: int = PATIENCE) -> None:
        expect(self.page.get_by_text(text).first).to_be_visible(timeout=timeout)

    def serious(self) -> list[str]:
        """What axe-core finds that is serious, and ours."""
        self.page.wait_for_timeout(300)
        self.page.add_script_tag(path=AXE)
        found = self.page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
        return [
            f"{violation['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
            for violation in found
            if violation["impact"] in ("serious", "critical") and violation["id"] not in STREAMLITS_OWN
            for node in violation["nodes"]
        ]

    def close(self) -> None:
        self.page.context.close()

    def _listen(self, message: Any) -> None:
        if "Content Security Policy" in message.text or "Uncaught" in message.text:
            self.complaints.append(message.text)

    def _watch(self, request: Any) -> None:
        if not request.url.startswith((self.web.origin, "data:", "blob:")):
            self.complaints.append(request.url)
