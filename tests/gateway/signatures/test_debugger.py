"""A partner whose signature does not verify is told the line on which the two of us part."""

import base64
from dataclasses import replace

import pytest

from gateway.signatures import Algorithm, Message, Wish, explain, sign
from gateway.signatures.base import signature_base
from gateway.signatures.fields import write_member
from gateway.signatures.verifying import read
from tests.gateway.signatures.test_verifying import KEY, NOW, REQUEST, SIGNING, header, signed


def base_of(message: Message) -> bytes:
    return signature_base(message, read(message).covered)


def test_a_good_signature_is_shown_with_its_base() -> None:
    message = signed()

    told = explain(message, key=KEY.public, theirs=base_of(message).decode())

    assert told.verifies is True
    assert told.digest_fits is True
    assert told.base == base_of(message).decode()
    assert (told.differences, told.problems, told.hint) == ((), (), "")


def test_the_component_that_differs_is_named() -> None:
    message = signed()
    theirs = base_of(message).decode().replace("/api/v1/loads", "/v1/loads")

    told = explain(replace(message, query="a=2"), key=KEY.public, theirs=theirs)

    assert told.verifies is False
    assert [(one.number, one.component) for one in told.differences] == [
        (3, '"@path"'),
        (4, '"@query"'),
    ]
    assert told.differences[0].theirs == '"@path": /v1/loads'


def test_a_body_that_changed_shows_in_the_digest() -> None:
    told = explain(replace(signed(), body=b"{}"), key=KEY.public)

    assert told.verifies is True
    assert told.digest_fits is False
    assert told.digest_expected.startswith("sha-256=:")


def test_a_missing_part_is_a_problem_and_no_crash() -> None:
    message = signed(header(REQUEST, "X-A", "1"), components=("x-a",))
    gone = replace(message, headers=tuple(one for one in message.headers if one[0] != "X-A"))

    told = explain(gone, key=KEY.public)

    assert told.problems == (('"x-a"', "no such field in the message"),)
    assert told.verifies is None


@pytest.mark.parametrize(
    ("slip", "hint"),
    [
        (lambda base: base + b"\n", "base_ends_with_line_feed"),
        (lambda base: base.replace(b"\n", b"\r\n"), "base_has_carriage_returns"),
        (base64.b64encode, "base_was_encoded_in_base64"),
        (
            lambda base: base.replace(b'"@query": ?', b'"@query": '),
            "query_without_question_mark",
        ),
    ],
)
def test_a_known_slip_is_recognised(slip, hint: str) -> None:  # type: ignore[no-untyped-def]
    message = signed()
    wrong = header(message, "Signature", write_member("sig1", KEY.sign(slip(base_of(message)))))

    told = explain(wrong, key=KEY.public)

    assert (told.verifies, told.hint) == (False, hint)


def test_a_der_signature_is_recognised() -> None:
    from gateway.signatures import sm2

    key = SIGNING[Algorithm.SM2]
    message = signed(key=key)
    der = sm2.to_der(read(message).signature)

    told = explain(header(message, "Signature", write_member("sig1", der)), key=key.public)

    assert told.hint == "signature_is_der"


def test_nothing_secret_is_shown() -> None:
    key = SIGNING[Algorithm.HMAC]
    message = header(REQUEST, "Authorization", "Bearer ctz_secret")
    fields = sign(message, key, Wish(created=NOW, components=("authorization",)))
    message = message.with_headers(**fields)

    told = explain(message, key=key.public, theirs=base_of(message).decode())

    shown = repr(told)
    assert "ctz_secret" not in shown
    assert "ssss" not in shown
    assert base64.b64encode(read(message).signature).decode() not in shown
    assert '"authorization": (hidden)' in told.lines
