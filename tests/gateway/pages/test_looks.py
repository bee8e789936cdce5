"""Language, light and size are chosen without JavaScript, and go back only to this house."""

from __future__ import annotations

import pytest
from django.test import Client

from gateway.pages.looks import safe_path

PAGE = "/console/sign-in"


def test_each_choice_is_kept_and_shown() -> None:
    client = Client()
    for field, word, shown in (
        ("language", "en", b'<html lang="en"'),
        ("look", "dark", b'data-look="dark"'),
        ("size", "large", b'data-size="large"'),
    ):
        answer = client.post("/looks", {field: word, "back": PAGE})
        assert (answer.status_code, answer["Location"]) == (302, PAGE)
        assert shown in client.get(PAGE).content


def test_a_choice_nobody_offers_changes_nothing() -> None:
    client = Client()
    client.post("/looks", {"language": "xx", "look": "<script>", "size": "huge", "back": PAGE})
    assert client.cookies == {}
    client.cookies["look"] = "x<y"
    assert b'data-look="auto"' in client.get(PAGE).content


@pytest.mark.parametrize(
    "text", ["//evil.example", "https://evil.example/", "\\\\evil", "javascript:x", "", None, "x"]
)
def test_the_way_back_never_leaves_the_house(text: str | None) -> None:
    assert safe_path(text, "/") == "/"


def test_the_way_back_keeps_its_question() -> None:
    assert safe_path("/console/approvals?show=all", "/") == "/console/approvals?show=all"
