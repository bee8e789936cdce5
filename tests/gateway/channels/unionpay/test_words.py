"""Words have one meaning, whatever is put between them; the published digest is ours too."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.channels.unionpay import words
from gateway.channels.unionpay.signing import digest_of
from gateway.channels.unionpay.words import NotWords

NAMES = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789", min_size=1, max_size=12)
PLAIN = st.text(st.characters(exclude_characters="&{}[]", exclude_categories=("Cs",)), max_size=20)
NESTED = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3).map(lambda parts: "{" + "&".join(parts) + "}"),
    max_leaves=6,
)


def test_the_published_digest():
    """The demonstration string of the acp 5.1.0 signature description."""
    said = {
        "version": "5.1.0",
        "encoding": "utf-8",
        "txnType": "01",
        "signMethod": "01",
        "txnAmt": "5000",
        "orderId": "20250102000001",
        "signature": "left out",
        "backUrl": "",
    }
    assert words.signed_text(said) == (
        "encoding=utf-8&orderId=20250102000001&signMethod=01&txnAmt=5000&txnType=01&version=5.1.0"
    )
    assert digest_of(said) == "f732fdc9e19db88eae665aeaacc793d22d76813e7f9da2d622cc0e6a855133ed"


def test_an_answer_may_hold_words_inside_brackets():
    body = "a=1&reserved={b=2&c={d=3}&e=[f&g]}&sig=AB+/==&last=成功[0000000]".encode()
    assert words.of_answer(body) == {
        "a": "1",
        "reserved": "{b=2&c={d=3}&e=[f&g]}",
        "sig": "AB+/==",
        "last": "成功[0000000]",
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "=1",
        "a=1&a=2",
        "a=1&a=1",
        "a=1&&b=2",
        "a=1&",
        "a={1",
        "a=1}",
        "a={1]&b=2",
        "a b=1",
        "a={b=1&c=2",
        "ä=1",
    ],
)
def test_what_could_mean_two_things_means_nothing(text):
    with pytest.raises(NotWords):
        words.of_answer(text.encode())
    with pytest.raises(NotWords):
        words.of_answer(text.encode() + b"\xff")


@pytest.mark.parametrize(
    "text", ["a=%", "a=%4", "a=%zz", "a=%ff", "a=1=2", "a=成", "a=1&a=2", "a=%7B1", "a=1%26b%3D2"]
)
def test_a_form_that_is_not_escaped_or_could_be_cut_otherwise_means_nothing(text):
    with pytest.raises(NotWords):
        words.of_form(text.encode())


@given(st.dictionaries(NAMES, NESTED, min_size=1, max_size=6))
def test_both_forms_bring_back_what_went_in(said):
    assert words.of_form(words.form_of(said)) == said
    raw = "&".join(f"{name}={value}" for name, value in said.items()).encode()
    if not any(value.endswith(("\r", "\n")) for value in said.values()):
        assert words.of_answer(raw) == said


@given(st.lists(st.dictionaries(NAMES, NESTED, min_size=1, max_size=4), min_size=2, max_size=2))
def test_two_messages_that_are_signed_alike_are_alike(pair):
    one, other = ({name: value for name, value in said.items() if value} for said in pair)
    one.pop("signature", None), other.pop("signature", None)
    assert (words.signed_text(one) == words.signed_text(other)) == (one == other)


def test_a_genuine_word_cannot_be_cut_into_two():
    """Signed is `reqReserved=x&respCode=00`; told as two words the join would be the same."""
    with pytest.raises(NotWords):
        words.of_form(b"reqReserved=x%26respCode%3D00")


@pytest.mark.parametrize("text", ["", "0x1", "1.0", "-1", " 1", "1 ", "１", "1" * 13, "1e2"])
def test_only_plain_digits_are_fen(text):
    with pytest.raises(NotWords):
        words.fen({"txnAmt": text}, "txnAmt")
    assert words.fen({"txnAmt": "100000000000"}, "txnAmt") == 10**11
