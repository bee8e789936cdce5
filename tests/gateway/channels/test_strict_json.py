"""Documents with more than one meaning, and fields that are not what they must be."""

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.channels import strict_json
from gateway.channels.strict_json import NotStrict


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":1}',
        b'{"a":{"b":1,"b":2}}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":1234567890123456789}',
        b'\xef\xbb\xbf{"a":1}',
        '{"a":"中"}'.encode("gbk"),
        '{"a":1}'.encode("utf-16"),
        b'{"a":1} {"b":2}',
        b'{"a":1',
        b"[1]",
        b'"text"',
        b"null",
        b"",
        b"[" * 60_000,
        b'{"a":' * 30_000,
        b"{'a':1}",
        b'{"a":01}',
        b'{"a":"\x01"}',
    ],
)
def test_a_document_without_exactly_one_meaning_is_refused(body):
    with pytest.raises(NotStrict):
        strict_json.read_object(body)


@settings(max_examples=1000)
@given(st.one_of(st.binary(max_size=100), st.text('{}[]:,"ae0.-1', max_size=40).map(str.encode)))
def test_any_bytes_are_an_object_or_refused(body):
    with contextlib.suppress(NotStrict):
        assert type(strict_json.read_object(body)) is dict


@pytest.mark.parametrize(
    "number", ["1.0", "1e2", "true", '"1"', "null", "-1", "1000000000000", "[]", "{}"]
)
def test_only_whole_numbers_are_fen(number):
    words = strict_json.read_object(f'{{"total":{number}}}'.encode())
    with pytest.raises(NotStrict):
        strict_json.fen(words, "total")


@pytest.mark.parametrize("text", ['""', "1", "null", '"a\\u0000b"', '"\\ud800"', '"x\\ny"'])
def test_only_plain_texts_are_texts(text):
    words = strict_json.read_object(f'{{"name":{text}}}'.encode())
    with pytest.raises(NotStrict):
        strict_json.text(words, "name")


def test_moments_keep_their_instant_and_must_have_an_offset():
    words = strict_json.read_object(
        b'{"at":"2026-11-22T11:59:30+08:00","z":"2026-11-22T03:59:30Z"}'
    )
    expected = datetime(2026, 11, 22, 3, 59, 30, tzinfo=UTC)
    assert strict_json.moment(words, "at") == strict_json.moment(words, "z") == expected
    for false in ("2026-11-22T11:59:30", "2026-11-22", "2026-13-22T11:59:30Z", "1780000000", "now"):
        with pytest.raises(NotStrict):
            strict_json.moment({"at": false}, "at")
    with pytest.raises(NotStrict):
        strict_json.moment({"at": "0001-01-01T00:00:00+23:00"}, "at")
