"""The API's reference in a real browser: under a policy without exceptions it is whole."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys.pages.looking import Picture, Visit


def test_it_opens_and_closes_and_no_style_of_it_is_refused(visit: Visit, picture: Picture) -> None:
    """`visit` fails the test for anything that the browser refuses."""
    page = visit(width=1280)
    answer = page.goto("/api/")
    assert answer is not None
    assert "unsafe" not in answer.headers["content-security-policy"]
    first = page.locator(".opblock").first
    first.locator(".opblock-summary-control").click()
    expect(first.locator(".opblock-body")).to_be_visible()
    first.get_by_role("button", name="Try it out").click()
    expect(first.get_by_role("button", name="Execute")).to_be_visible()
    picture(page, "reference-1280")
