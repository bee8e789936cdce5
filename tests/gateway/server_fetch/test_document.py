"""The worked examples of docs/server-fetch.md are true to the byte, and its table to the code."""

import base64
import re
from datetime import UTC, datetime

from gateway.problems import status_of
from gateway.server_fetch import order_signing
from gateway.server_fetch.guard import POLICY
from gateway.server_fetch.order_profiles import PROFILES
from gateway.signatures import Message, explain, verify
from tests.gateway.signatures.rfc9421 import ED25519
from tests.gateway.test_problems import ERRORS
from tests.house.source import ROOT

PAGE = (ROOT / "docs" / "server-fetch.md").read_text(encoding="utf-8")
NOW = datetime(2026, 11, 22, 6, 2, tzinfo=UTC)


def block(kind: str, after: str) -> str:
    found = re.search(rf"```{kind}\n(.*?)\n```", PAGE[PAGE.index(after) :], re.DOTALL)
    assert found
    return found[1]


def the_request() -> Message:
    head, _, body = block("http", "Worked example").partition("\n\n")
    request, *lines = head.split("\n")
    method, path, _ = request.split(" ")
    headers = tuple(tuple(line.split(": ", 1)) for line in lines)
    host = dict(headers)["Host"]
    return Message.to_url(method, f"https://{host}{path}", headers=headers, body=body.encode())


def test_the_request_of_the_page_passes_the_policy_of_the_doors() -> None:
    keys = {ED25519.key_id: ED25519.public}
    verified = verify(the_request(), key_of=keys.get, policy=POLICY, now=NOW)
    assert verified.base.decode() == block("text", "The text that is signed")


def test_its_base_is_the_one_we_would_explain() -> None:
    theirs = block("text", "The text that is signed")
    told = explain(the_request(), key=ED25519.public, theirs=theirs)
    assert (told.verifies, told.digest_fits, told.differences) == (True, True, ())


def test_the_order_of_the_page_is_signed_as_the_profile_says() -> None:
    text, _, sign = block("text", "## Signing an order").partition("\nsign=")
    said = dict(part.split("=", 1) for part in text.split("&"))
    assert order_signing.canonical(PROFILES["sandbox-phone"], said) == text
    assert ED25519.public.verifies(text.encode(), base64.b64decode(sign))


def test_the_codes_of_the_page_are_there_with_those_statuses() -> None:
    statuses = {error.code: status_of(error.__new__(error)) for error in ERRORS}
    rows = re.findall(r"^\| (4\d\d) (.*?) \|", PAGE, re.MULTILINE)
    assert len(rows) >= 8
    for status, codes in rows:
        for code in re.findall(r"`([a-z0-9_]+)`", codes):
            if code != "too_many_requests":
                assert statuses[code] == int(status), code
