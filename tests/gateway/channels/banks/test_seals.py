"""Two more ways banks sign, as a new profile may want them: beside the body, over one element."""

from dataclasses import replace

import pytest

from gateway.channels.banks.adapter import PartnerBank
from gateway.channels.banks.codecs import FlatJson
from gateway.channels.banks.forms import DIGITS_14, SPACED
from gateway.channels.banks.profiles import GBK_BANK, GUOMI_BANK
from gateway.channels.banks.proving import Received
from gateway.channels.banks.seal_beside_body import SealBesideBody
from gateway.channels.banks.seal_in_element import SealInElement
from gateway.channels.banks.xml_codec import GbkXml
from gateway.channels.errors import ChannelKeyUnknown
from gateway.channels.unproven import Unproven
from gateway.signatures.keys import Algorithm
from tests.gateway.channels.banks.peer import GbkPeer, GuomiPeer, our_public_pem
from tests.gateway.channels.banks.wishes import STAMP, wish
from tests.gateway.channels.peer import NOW

BESIDE = SealBesideBody(
    codec=FlatJson(), algorithm=Algorithm.SM2, moments=DIGITS_14, algorithm_word="SM2"
)
OVER = SealInElement(
    codec=GbkXml(root="Message"),
    algorithm=Algorithm.RSA_V1_5,
    moments=SPACED,
    algorithm_word="RSA-SHA256",
    key_id="Data.KeyId",
    at="Data.SendTime",
    nonce="Data.Nonce",
    algorithm_name="Data.SignType",
    covers="Data",
)
WITHIN = {name: f"Data.{path.replace('.', '')}" for name, path in GBK_BANK.fields.items()}
DOORS = {act: replace(door, constants={}) for act, door in GBK_BANK.doors.items()}


def _mirrored(peer):
    """A merchant who believes our own signatures, as the bank would."""
    pem = our_public_pem(peer.our_kind)
    return replace(peer.merchant(), platform_keys={"ours-1": pem})


def _beside():
    bank = PartnerBank(replace(GUOMI_BANK, name="beside", seal=BESIDE))
    request = bank.create_payment(GuomiPeer().merchant(), wish(), **STAMP)
    return BESIDE, _mirrored(GuomiPeer()), request


def _over():
    bank = PartnerBank(
        replace(GBK_BANK, name="over", seal=OVER, fields=WITHIN, doors=DOORS, serial_day="")
    )
    request = bank.create_payment(GbkPeer().merchant(), wish(), **STAMP)
    return OVER, _mirrored(GbkPeer()), request


@pytest.mark.parametrize("make", [_beside, _over])
def test_what_is_dressed_so_is_opened_so(make):
    seal, merchant, request = make()
    received = Received(headers=request.headers, body=request.body)
    opened = seal.open(merchant, received, now=NOW)
    assert (opened.proof.key_id, opened.proof.signed_at) == ("ours-1", NOW)
    claims = seal.claims(received)
    assert (claims.key_id, claims.nonce) == (opened.proof.key_id, opened.proof.nonce)
    assert ORDER in opened.words.values()


@pytest.mark.parametrize("make", [_beside, _over])
def test_any_changed_byte_that_is_covered_is_refused(make):
    seal, merchant, request = make()
    body = request.body
    start = body.index(b"<Data>") + 6 if b"<Data>" in body else 0
    end = body.index(b"</Data>") if b"<Data>" in body else len(body)
    for place in range(start, end):
        false = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        with pytest.raises((Unproven, ChannelKeyUnknown)):
            seal.open(merchant, Received(headers=request.headers, body=false), now=NOW)


def test_each_header_beside_the_body_is_signed():
    seal, merchant, request = _beside()
    for name in ("Key-Id", "Timestamp", "Nonce", "Sign-Type", "Signature"):
        full = f"X-Bank-{name}"
        told = request.headers[full]
        other = "y" if told[0] == "x" else "x"
        for value in (None, told[:-1] + "\n", other + told[1:]):
            headers = {key: text for key, text in request.headers.items() if key != full}
            if value is not None:
                headers[full] = value
            with pytest.raises((Unproven, ChannelKeyUnknown)):
                seal.open(merchant, Received(headers=headers, body=request.body), now=NOW)


def test_words_outside_of_the_covered_element_are_not_read():
    seal, merchant, request = _over()
    body = request.body.replace(b"<Data>", b"<Extra>1</Extra><Data>", 1)
    opened = seal.open(merchant, Received(headers={}, body=body), now=NOW)
    assert "Extra" not in opened.words
    assert all(path.startswith("Data.") for path in opened.words)


ORDER = wish().order_no
