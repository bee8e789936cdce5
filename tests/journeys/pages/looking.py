"""What a browser is asked about a page: what axe finds, whether it fits, its targets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import axe_playwright_python
from django.urls import Resolver404, resolve
from django.utils import translation
from playwright.sync_api import Page, expect

from gateway.sandbox import messages
from gateway.web.door import COOKIE
from tests.gateway.web.citizens import Signed
from tests.support import campaign

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")

Visit = Callable[..., Page]
Picture = Callable[[Page, str], None]

WIDTHS = (1920, 1280, 768, 390, 320)
"""Screens that every page fits, as it is loaded once in each language."""

LOOKS = [(1280, "light", "zh"), (390, "dark", "en")]
"""What axe sees of pages: in light and wide, in dark and narrow; of long lists `in_turn`."""


seen_by_axe: set[str] = set()
"""The pages that axe has looked at in the test that is under way, by their names."""


def axed(*names: str) -> Callable[[Any], Any]:
    """Says of a test which pages axe sees in it. `visit` holds it to that, and the guard in
    tests/gateway/web/test_every_page.py misses whatever no test says."""

    def put_on(test: Any) -> Any:
        test.axed = frozenset(names)
        return test

    return put_on


def name_of(path: str) -> str:
    """A page's name; of one with several steps each has its own. Empty for no page of ours."""
    try:
        match = resolve(path)
    except Resolver404:
        return ""
    return ":".join([match.view_name, *([match.kwargs["step"]] if "step" in match.kwargs else [])])


def words_in(language: str) -> Callable[[str], str]:
    """A page's sentence as it reads in "zh" or "en"."""

    def say(chinese: str) -> str:
        if language == "zh":
            return chinese
        with translation.override("en"):
            english = translation.gettext(chinese)
        assert english != chinese, f"{chinese} has no English"
        return english

    return say


def reach(page: Page, script: str) -> None:
    """Tabs on until `script` holds of `at`, what the focus is on."""
    for _ in range(60):
        if page.evaluate(f"(() => {{ const at = document.activeElement; return {script}; }})()"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(script)


def faults(page: Page) -> list[str]:
    """What axe-core finds serious or worse."""
    seen_by_axe.add(name_of(urlsplit(page.url).path))
    page.evaluate(AXE)
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{one['id']}: {one['nodes'][0]['target']} {one['nodes'][0]['failureSummary']}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]


def in_turn(number: int, look: str) -> bool:
    """Whether axe looks at this page of a list in this look: at each page once, in turn."""
    return campaign.is_on() or (number % 2 == 0) == (look == "light")


def fits(page: Page) -> bool:
    """Whether nothing makes the whole page scroll sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def too_narrow(page: Page, widths: Iterable[int] = WIDTHS) -> list[str]:
    """The widths of a screen at which the page, as it is loaded, scrolls sideways."""
    before = page.viewport_size or {"width": 1280, "height": 900}
    wrong = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": before["height"]})
        wrong += [] if fits(page) else [f"it scrolls sideways at {width}"]
    page.set_viewport_size(before)
    return wrong


def small_targets(page: Page) -> list[str]:
    """Links that stand alone, and buttons, under 44 px high."""
    return list(
        page.evaluate(
            """() => [...document.querySelectorAll('button, .button, nav a, .back, summary, input')]
            .filter(one => one.offsetParent && !['checkbox', 'radio', 'hidden'].includes(one.type)
                && one.getBoundingClientRect().height < 43.5)
            .map(one => one.outerHTML.slice(0, 80))"""
        )
    )


def sound(page: Page) -> None:
    """It fits every screen and, in large type, the smallest; axe finds nothing serious; a thumb
    hits what is to be pressed."""
    assert too_narrow(page) == []
    assert not large_is_too_wide(page), "it scrolls sideways in large type"
    assert faults(page) == []
    assert [one for one in small_targets(page) if 'type="radio"' not in one] == []


def large_is_too_wide(page: Page, width: int = 320) -> bool:
    """Whether the page, as it is loaded, scrolls sideways in large type on a small phone."""
    before = page.viewport_size or {"width": 1280, "height": 900}
    size = page.evaluate("document.documentElement.dataset.size || ''")
    page.set_viewport_size({"width": width, "height": before["height"]})
    page.evaluate("document.documentElement.dataset.size = 'large'")
    wrong = not fits(page)
    page.evaluate("size => { document.documentElement.dataset.size = size }", size)
    page.set_viewport_size(before)
    return wrong


def holding(visit: Visit, server: str, me: Signed, **how: Any) -> Page:
    page = visit(**how)
    page.context.add_cookies([{"name": COOKIE, "value": me.secret, "url": server}])
    return page


def newest_code(phone: str) -> str:
    return next(one["code"] for one in messages.latest(50) if one["phone"] == phone)


def sign_in(page: Page, phone: str) -> None:
    page.get_by_label("手机号").fill(phone)
    page.get_by_role("button", name="发送验证码").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("输入验证码")
    page.get_by_label("验证码").fill(newest_code(phone))
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("输入验证码")
