"""One browser and one server for everything that is looked at; PICTURES=1 keeps pictures."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from gateway.console.door import COOKIE
from tests.gateway.invoice.scene import scene
from tests.house.source import ROOT
from tests.journeys.pages.looking import seen_by_axe
from tests.support import listening
from tests.support.officers import Seated

__all__ = ["scene"]

PICTURES = ROOT / "var" / "pictures"
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-gpu", "--mute-audio"]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The Chromium that script/chromium has installed. Playwright keeps an event loop in this
    thread, which Django would take for asynchronous code of ours."""
    there = subprocess.run(
        [ROOT / "script" / "chromium", "path"], capture_output=True, text=True, check=True
    )
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=there.stdout.strip(), args=QUIET)
        yield launched
        launched.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="package")
def server(django_db_setup: None) -> Iterator[str]:
    """The house itself, served from this process; its address."""
    with listening.house() as address:
        yield address


@pytest.fixture
def visit(
    request: pytest.FixtureRequest, browser: Browser, server: str, lasting_db: None
) -> Iterator[Callable[..., Page]]:
    """Opens a browser of one's own, signed in or not: `visit(officer, width=390, look="dark")`."""
    contexts: list[BrowserContext] = []

    def open_(
        seated: Seated | None = None,
        *,
        width: int = 1280,
        look: str = "light",
        language: str = "zh",
    ) -> Page:
        context = browser.new_context(
            base_url=server,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if look == "dark" else "light",
            locale="zh-CN" if language == "zh" else "en-GB",
            reduced_motion="reduce",
        )
        contexts.append(context)
        if seated is not None:
            secret = seated.client.cookies[COOKIE].value
            context.add_cookies([{"name": COOKIE, "value": secret, "url": server}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", _complain)
        page.on("pageerror", _complain)
        return page

    complaints.clear()
    seen_by_axe.clear()
    yield open_
    for context in contexts:
        context.close()
    assert complaints == [], "the browser complained"
    promised = getattr(request.function, "axed", frozenset())
    assert promised <= seen_by_axe, "axe has not seen them"


complaints: list[str] = []


def _complain(said: Any) -> None:
    """A refused script or style, or a mistake in ours, fails the test; a 4xx page is no mistake."""
    kind = getattr(said, "type", "error")
    text = str(getattr(said, "text", said))
    if kind == "error" and "Failed to load resource" not in text:
        complaints.append(text)


@pytest.fixture
def picture() -> Callable[[Page, str], None]:
    """Keeps what a page looks like, for people to look at who say PICTURES=1."""
    wanted = os.environ.get("PICTURES") == "1"
    if wanted:
        PICTURES.mkdir(parents=True, exist_ok=True)

    def take(page: Page, name: str) -> None:
        if wanted:
            page.screenshot(path=Path(PICTURES, f"{name}.png"), full_page=True)

    return take


assert settings.IS_SANDBOX, "pages are looked at in the sandbox"
