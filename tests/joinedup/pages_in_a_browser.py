"""A real browser over the pages of a release, served on loopback: what it notices."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
_QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
NARROW, WIDE = 320, 1280
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex='0']"


@dataclass
class Noticed:
    """What went wrong while a page was looked at; empty where nothing did."""

    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    wide: list[str] = field(default_factory=list)


@contextmanager
def browser() -> Iterator[Browser]:
    """Give Debian's Chromium; the test is skipped where it is not installed."""
    if not shutil.which(CHROMIUM):
        pytest.skip("needs Chromium (Debian's package chromium)")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_QUIET))
        yield opened
        opened.close()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback; gives its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Print nothing."""


def look(opened: Browser, address: str, width: int, shot: Path | None = None) -> Noticed:
    """Open a page at a width, with every part unfolded; keep its picture where one is asked for."""
    noticed = Noticed()
    context = opened.new_context(viewport={"width": width, "height": 900}, bypass_csp=False)
    page = context.new_page()
    page.on("console", lambda said: _note(noticed.console, said.type, said.text))
    page.on("pageerror", lambda error: noticed.console.append(str(error)))
    page.on("requestfailed", lambda request: noticed.requests.append(f"failed: {request.url}"))
    page.on("request", lambda request: _note_outside(noticed, request.url, address))
    page.goto(address, wait_until="load")
    if shot is not None:
        shot.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=shot, full_page=True)
    noticed.wide += _too_wide(page, width)
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    noticed.wide += _too_wide(page, width)
    noticed.violations += _violations(page)
    context.close()
    return noticed


def _note(into: list[str], kind: str, text: str) -> None:
    if kind in ("error", "warning"):
        into.append(f"{kind}: {text}")


def _note_outside(noticed: Noticed, url: str, address: str) -> None:
    home = address.split("/", 3)[:3]
    if url.split("/", 3)[:3] != home and not url.startswith("data:"):
        noticed.requests.append(f"outside: {url}")


def _too_wide(page: Page, width: int) -> list[str]:
    found = page.evaluate("document.documentElement.scrollWidth")
    return [f"{found} px wide at {width}"] if found > width else []


def _violations(page: Page) -> list[str]:
    script = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    page.evaluate(script)
    # What passes is not described: that takes as long again, on a page with long tables.
    found = page.evaluate(
        """async rules => (await axe.run(document, {
            runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']
        })).violations""",
        RULES,
    )
    return [
        f"{violation['id']}: {node['html'][:150]}"
        for violation in found
        for node in violation["nodes"][:3]
    ]


def unreached(opened: Browser, address: str) -> list[str]:
    """Press Tab from the top until it comes round; name the controls that never had the focus."""
    context = opened.new_context(viewport={"width": WIDE, "height": 900})
    page = context.new_page()
    page.goto(address, wait_until="load")
    page.evaluate(
        """selector => { for (const [n, e] of [...document.querySelectorAll(selector)].entries())
             if (e.checkVisibility({visibilityProperty: true})) e.dataset.toReach = n; }""",
        FOCUSABLE,
    )
    waiting: int = page.evaluate("document.querySelectorAll('[data-to-reach]').length")
    for _ in range(waiting + 2):
        page.keyboard.press("Tab")
        page.evaluate("delete document.activeElement.dataset.toReach")
    left: list[str] = page.evaluate(
        "[...document.querySelectorAll('[data-to-reach]')].map(e => e.outerHTML.slice(0, 120))"
    )
    context.close()
    return left
