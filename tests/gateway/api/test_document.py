"""The OpenAPI document is whole, and its page needs no other host."""

from __future__ import annotations

import re

import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from django.urls import get_resolver

PROVIDERS = "/api/v1/provider/"
KIOSKS = "/api/v1/kiosk/"
WRITES = ("post", "put", "patch", "delete")
BEFORE_SIGNING_IN = {
    "/api/v1/signin/code": False,
    "/api/v1/signin": False,
    "/api/v1/tokens/refresh": True,
    "/api/v1/tokens/revoke": False,
}
"""Doors for whoever has no token, and whether they want a key: a code is no secret twice."""


@pytest.fixture(scope="module")
def document() -> dict:  # type: ignore[type-arg]
    response = Client().get("/api/schema")
    assert response.status_code == 200
    return yaml.safe_load(response.content)  # type: ignore[no-any-return]


def test_it_is_generated_without_a_warning(tmp_path) -> None:  # type: ignore[no-untyped-def]
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "api.yml"))


def test_it_is_openapi_3_1_and_names_every_address_of_the_api(document) -> None:  # type: ignore[no-untyped-def]
    assert document["openapi"].startswith("3.1")
    routes = {
        re.sub(r"<\w+:(\w+)>", r"{\1}", f"/{pattern}")
        for pattern in addresses()
        if pattern.startswith("api/v1/")
    }
    assert set(document["paths"]) == routes


def test_a_providers_door_wants_a_signature_and_no_key(document) -> None:  # type: ignore[no-untyped-def]
    doors = [path for path in document["paths"] if path.startswith(PROVIDERS)]
    assert len(doors) >= 6
    for path in doors:
        for operation in document["paths"][path].values():
            assert operation["security"] == [{"signed": []}], path
            names = [parameter["name"] for parameter in operation.get("parameters", ())]
            assert "Idempotency-Key" not in names, "the order's number and the nonce make it once"


def test_a_kiosks_door_wants_a_signature_a_number_and_for_writes_a_key(document) -> None:  # type: ignore[no-untyped-def]
    doors = [path for path in document["paths"] if path.startswith(KIOSKS)]
    assert len(doors) >= 19
    for path in doors:
        for method, operation in document["paths"][path].items():
            names = [parameter["name"] for parameter in operation.get("parameters", ())]
            if path == f"{KIOSKS}enrolments":  # the code makes it once, and no key is known yet
                assert operation.get("security", [{}]) in ([], [{}]), path
                continue
            if path == f"{KIOSKS}counter-records":  # a counting machine's: no number, but a key
                assert operation["security"] == [{"counter": []}]
                assert "Idempotency-Key" in names
                continue
            assert operation["security"] == [{"kiosk": []}], path
            assert "Kiosk-Sequence" in names, path
            assert ("Idempotency-Key" in names) == (method in WRITES), (path, method)


def test_every_write_wants_a_key_and_every_door_a_token(document) -> None:  # type: ignore[no-untyped-def]
    for path, operations in document["paths"].items():
        if path.startswith((PROVIDERS, KIOSKS)) or path in BEFORE_SIGNING_IN:
            continue
        for method, operation in operations.items():
            assert {"bearer": []} in operation["security"], path
            names = [parameter["name"] for parameter in operation.get("parameters", ())]
            assert ("Idempotency-Key" in names) == (method in WRITES), (path, method)


def test_before_signing_in_no_token_is_wanted(document) -> None:  # type: ignore[no-untyped-def]
    for path, keyed in BEFORE_SIGNING_IN.items():
        operation = document["paths"][path]["post"]
        assert {"bearer": []} not in operation.get("security", []), path
        names = [parameter["name"] for parameter in operation.get("parameters", ())]
        assert ("Idempotency-Key" in names) == keyed, path


def test_its_page_needs_no_other_host_and_nothing_inline() -> None:
    page = Client().get("/api/")
    assert page.status_code == 200
    text = page.content.decode()
    assert not re.findall(r"(?:src|href)=\"https?://", text)
    assert not re.findall(r"<script(?![^>]*\bsrc=)[^>]*>\s*\S", text)
    assert not re.findall(r"<style|\s(?:style|on\w+)=", text)
    assert "unsafe" not in page.headers["Content-Security-Policy"]


def addresses(patterns=None, prefix: str = "") -> list[str]:  # type: ignore[no-untyped-def]
    found: list[str] = []
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        here = prefix + str(pattern.pattern)
        inner = getattr(pattern, "url_patterns", None)
        found += addresses(inner, here) if inner is not None else [here]
    return found
