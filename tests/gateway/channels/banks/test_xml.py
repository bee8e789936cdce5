"""XML in GBK: what a bank may send, what it may not, and characters that GBK does not have."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.channels.banks.forms import NotInForm
from gateway.channels.banks.xml_codec import LONGEST_BODY, GbkXml

codec = GbkXml(root="Message")
HEAD = b'<?xml version="1.0" encoding="GBK"?>'
RARE = "䶮龘㛃𬭊𫖮㐂①¥€〇"


def _doc(inside, head=HEAD):
    return head + b"<Message>" + inside + b"</Message>"


def test_characters_gbk_lacks_travel_as_references_and_come_back():
    body = codec.write({"Body.Remark": RARE})
    assert "龘".encode("gbk") in body
    assert b"&#" in body
    assert codec.read(body) == {"Body.Remark": RARE}
    assert body.decode("gbk")


@settings(max_examples=200)
@given(
    st.text(
        st.characters(min_codepoint=32, blacklist_categories=["Cs"], blacklist_characters="\x7f"),
        min_size=1,
        max_size=60,
    )
)
def test_whatever_is_written_is_read_back(text):
    try:
        body = codec.write({"Body.Remark": text})
    except NotInForm:
        return
    assert codec.read(body) == {"Body.Remark": text}
    wide = GbkXml(root="Message", encoding="GB18030")
    assert wide.read(wide.write({"Body.Remark": text})) == {"Body.Remark": text}


@pytest.mark.parametrize(
    "body",
    [
        (
            b'<?xml version="1.0" encoding="GBK"?><!DOCTYPE Message [<!ENTITY a "aaaa">'
            b'<!ENTITY b "&a;&a;&a;&a;&a;&a;">]><Message><Body><A>&b;</A></Body></Message>'
        ),
        (
            b'<?xml version="1.0" encoding="GBK"?><!DOCTYPE Message SYSTEM "file:///etc/passwd">'
            b"<Message/>"
        ),
        (
            b'<?xml version="1.0" encoding="GBK"?><!DOCTYPE Message [<!ENTITY % p SYSTEM '
            b'"http://127.0.0.1/x"> %p;]><Message/>'
        ),
        (
            b'<?xml version="1.0" encoding="GBK"?><!DOCTYPE Message [<!ENTITY x SYSTEM '
            b'"file:///etc/hostname">]><Message><A>&x;</A></Message>'
        ),
        _doc(b"<A>&undefined;</A>"),
        _doc(b"<!-- hidden --><A>1</A>"),
        _doc(b"<A><![CDATA[1]]></A>"),
        _doc(b"<?php 1 ?><A>1</A>"),
        _doc(b'<A n="1">1</A>'),
        _doc(b"<A>1</A><A>2</A>"),
        _doc(b"<A>1<B>2</B></A>"),
        _doc(b"<A>" + b"<B>" * 10 + b"1" + b"</B>" * 10 + b"</A>"),
        _doc(b"".join(b"<A%d>1</A%d>" % (n, n) for n in range(500))),
        _doc(b"<A>" + b"x" * 5000 + b"</A>"),
        _doc(b"<A>\x01</A>"),
        _doc(b"<A>&#1;</A>"),
        _doc(b"<A>1</A>") + b"<Message/>",
        b"<Message><A>1</A></Message>",
        b" " + _doc(b"<A>1</A>"),
        b"\xef\xbb\xbf" + _doc(b"<A>1</A>"),
        HEAD + b"<Other><A>1</A></Other>",
        _doc(b"<A>1</A>", head=b'<?xml version="1.0" encoding="UTF-8"?>'),
        _doc(b"<A>1</A>", head=b'<?xml version="1.0" encoding="UTF-16"?>'),
        _doc(b"<A>1</A>", head=b'<?xml version="1.0"?>'),
        _doc(b"<A>1</A>", head=b'<?xml version="1.0" encoding="GBK" standalone="no"?>'),
        _doc("<A>充值圈</A>".encode()),
        "<Message/>".encode("utf-16"),
        b"<Message>" * 300_000,
        b"x" * (LONGEST_BODY + 1),
        b"",
    ],
    ids=range(30),
)
def test_what_has_no_place_in_a_banks_message_is_refused(body):
    with pytest.raises(NotInForm):
        codec.read(body)


def test_a_false_declaration_is_told_from_false_bytes():
    with pytest.raises(NotInForm, match="declared UTF-8, agreed GBK"):
        codec.read(_doc(b"<A>1</A>", head=b'<?xml version="1.0" encoding="UTF-8"?>'))
    with pytest.raises(NotInForm, match="they are UTF-8"):
        codec.read(_doc("<A>充值圈</A>".encode()))


def test_the_declaration_may_be_in_small_letters():
    body = _doc("<A>充值</A>".encode("gbk"), head=b'<?xml version="1.0" encoding="gbk"?>')
    assert codec.read(body) == {"A": "充值"}


@settings(max_examples=300)
@given(st.binary(max_size=300))
def test_random_bytes_are_read_or_refused_and_nothing_else(data):
    for body in (data, _doc(b"<A>" + data + b"</A>")):
        try:
            codec.read(body)
        except NotInForm:
            continue
