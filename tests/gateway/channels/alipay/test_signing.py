"""支付宝 signatures beside those of python-alipay-sdk 3.4.0, whose output is kept as a sample.

The SDK is no dependency, not even here: it is only published as source and opens its own
connections. tests/samples/alipay/signed-by-sdk.json is what it signed under the key in it.
"""

import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.channels.alipay.certificates import certificate_no, roots_no
from gateway.channels.alipay.raw_node import signed_node
from gateway.channels.alipay.signing import canonical, prove, signed
from gateway.channels.errors import ChannelKeyUnknown, ChannelMisconfigured
from gateway.channels.registry import adapter
from gateway.channels.strict_json import NotStrict
from gateway.sandbox.alipay_wallet.wire import sign, signed_form
from tests.gateway.channels.alipay.chains import chain_of, self_signed
from tests.gateway.channels.alipay.peer import AlipayPeer
from tests.gateway.channels.peer import NOW
from tests.support.campaign import size

SAMPLE = json.loads(
    (Path(__file__).parents[3] / "samples" / "alipay" / "signed-by-sdk.json").read_text()
)
KEY_PEM = SAMPLE["private_key_pem"].encode()
NODE = "alipay_trade_query_response"
peer = AlipayPeer()


def _merchant():
    public = serialization.load_pem_private_key(KEY_PEM, None).public_key()
    pem = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return replace(peer.merchant(), signing_key_pem=KEY_PEM, platform_keys={"SDK": pem})


@pytest.mark.parametrize("given", SAMPLE["requests"], ids=lambda one: one["parameters"]["method"])
def test_a_request_is_signed_as_the_sdk_signs_it(given):
    assert signed(_merchant(), given["parameters"]) == {
        **given["parameters"],
        "sign": given["sign"],
    }


def test_empty_parameters_are_neither_signed_nor_sent():
    given = SAMPLE["requests"][0]
    assert signed(_merchant(), {**given["parameters"], "return_url": ""})["sign"] == given["sign"]


def test_an_answer_the_sdk_signed_is_proven_over_its_own_text():
    node = signed_node(SAMPLE["answer"].encode(), (NODE,))
    assert node.text.decode().startswith('{"code":"10000"')
    assert r"A\/\"店 {" in node.text.decode()
    assert prove(_merchant(), node.text, node.sign, None).key_id == "SDK"


def test_a_notice_the_sdk_signed_is_proven_over_its_decoded_values():
    given = SAMPLE["notice"]
    assert prove(_merchant(), canonical(given["values"]), given["sign"], None).key_id == "SDK"


def test_certificates_are_numbered_as_the_sdk_numbers_them():
    leaf = x509.load_pem_x509_certificate(SAMPLE["certificate"]["pem"].encode())
    assert certificate_no(leaf) == SAMPLE["certificate"]["number"]
    assert roots_no(SAMPLE["roots"]["pem"].encode()) == SAMPLE["roots"]["number"]


scalars = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=12)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)
nodes = st.dictionaries(st.text(max_size=8), values, max_size=5)
spaces = st.text(" \t\n\r", max_size=3)


@settings(max_examples=size(200, 1000))
@given(nodes, nodes, spaces, spaces, st.booleans(), st.booleans())
def test_the_nodes_text_is_found_whatever_stands_around_it(node, other, one, two, first, ascii_):
    text = json.dumps(node, ensure_ascii=ascii_, indent=None if first else 1)
    aside = json.dumps({NODE: other, '"}': [1, "{"]}, ensure_ascii=ascii_)
    members = [f'"{NODE}"{one}:{two}{text}', f'{one}"sign":"x"{two}', f'"aside":{aside}']
    whole = "{" + one + ",".join(members if first else members[::-1]) + "}" + two
    if "\ud800" <= max(whole, default="") <= "\udfff":
        return
    found = signed_node(whole.encode("utf-8", "surrogatepass"), (NODE,))
    assert found.text.decode() == text
    assert found.sign == "x"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"sign":"x"}',
        b'{"alipay_trade_query_response":"{}","sign":"x"}',
        b'{"alipay_trade_query_response":{},"alipay_trade_query_response":{},"sign":"x"}',
        b'{"alipay_trade_query_response":{"a":1,"a":2},"sign":"x"}',
        b'{"alipay_trade_query_response":{},"error_response":{},"sign":"x"}',
        b'{"alipay_trade_query_response":{},"sign":"x"} {}',
        b'{"alipay_trade_query_response":{},"sign":["x"]}',
        '{"alipay_trade_query_response":{"a":"充"},"sign":"x"}'.encode("gbk"),
        b'\xef\xbb\xbf{"alipay_trade_query_response":{},"sign":"x"}',
    ],
)
def test_what_has_not_one_meaning_has_no_node(body):
    with pytest.raises(NotStrict):
        signed_node(body, (NODE, "error_response"))


def _certified(chain):
    """Our merchant in certificate mode, trusting the chain's root, holding its certificates."""
    return replace(
        peer.merchant(),
        signing_serial="app-certificate",
        platform_keys={chain.number: chain.pem},
        trusted_roots_pem=chain.root_pem,
        options={"alipay_root_cert_sn": "roots"},
    )


def _notice_under(chain, number):
    words = {**peer.notice_words(), "alipay_cert_sn": number}
    body = urlencode(signed_form(chain.private_pem, words)).encode()
    return {}, body


def test_in_certificate_mode_the_named_certificate_and_its_chain_prove():
    chain = chain_of()
    merchant = _certified(chain)
    notice = adapter("alipay").read_notice(merchant, *_notice_under(chain, chain.number), now=NOW)
    assert (notice.fact, notice.key_id) == (peer.expected_payment(), chain.number)
    request = adapter("alipay").query(merchant, "x", placed_at=NOW, now=NOW, nonce="n" * 32)
    assert "app_cert_sn=app-certificate&alipay_root_cert_sn=roots" in request.url


def test_a_certificate_nobody_brought_is_unknown_and_one_without_a_chain_is_no_key():
    chain = chain_of()
    alipay = adapter("alipay")
    with pytest.raises(ChannelKeyUnknown):
        alipay.read_notice(_certified(chain), *_notice_under(chain, "0" * 32), now=NOW)
    for false in (self_signed(), chain_of()):
        merchant = replace(_certified(false), trusted_roots_pem=chain.root_pem)
        with pytest.raises(ChannelMisconfigured):
            alipay.read_notice(merchant, *_notice_under(false, false.number), now=NOW)
    swapped = replace(_certified(chain), platform_keys={"1" * 32: chain.pem})
    with pytest.raises(ChannelMisconfigured, match="another number"):
        alipay.read_notice(swapped, *_notice_under(chain, "1" * 32), now=NOW)


def test_sha1_is_another_signature():
    message = b"a=b"
    assert sign(KEY_PEM, message) != sign(KEY_PEM, message, sha1=True)
