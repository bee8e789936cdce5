"""One suite over both vaults: keys enter by components or by block, and only as planned."""

from contextlib import contextmanager
from uuid import uuid4

import pytest

from nfc_topup.vault import algorithms, key_blocks
from nfc_topup.vault.component_seal import seal_component
from nfc_topup.vault.custody import Wanted, check_value
from nfc_topup.vault.custody_port import Export, Under
from nfc_topup.vault.errors import (
    AlgorithmUnsupported,
    ComponentWrong,
    KeyBlockMismatch,
    KeyBlockWrong,
    KeyCheckWrong,
    KeyUnknown,
    KeyWeak,
    VaultMisconfigured,
)
from nfc_topup.vault.key_block_header import Demand, Header
from nfc_topup.vault.pkcs11_custody_line import TokenCustody
from nfc_topup.vault.port import KeyRef, Purpose
from nfc_topup.vault.software import SealedKey, SoftwareVault
from nfc_topup.vault.software_custody import SoftwareCustody
from tests.nfc_topup.tokens import new_token, working

KEK = bytes(range(32))
KEY = bytes.fromhex("112233445566778899AABBCCDDEEFF00")
PARTS = (
    bytes.fromhex("A1B2C3D4E5F60718293A4B5C6D7E8F90"),
    bytes.fromhex("0F1E2D3C4B5A69780123456789ABCDEF"),
)
LAST = bytes(a ^ b ^ c for a, b, c in zip(KEY, *PARTS, strict=True))
LOAD = KeyRef(purpose=Purpose.LOAD, index=1, version=1)
TAC = KeyRef(purpose=Purpose.TAC, index=1, version=1)
DEMAND = Demand(usage="10", algorithm="T", modes=("X",), exportabilities=("E", "S", "N"))


def transport(version, algorithm="3des"):
    ref = KeyRef(purpose=Purpose.TRANSPORT, index=0, version=version)
    return Under(ref=ref, algorithm=algorithm)


def wanted(ref=LOAD, algorithm="3des", key=KEY, rule="ecb-zeros", *, own=False):
    return Wanted(
        ref=ref,
        algorithm=algorithm,
        check_rule=rule,
        check_value=check_value(algorithm, rule, key),
        own=own,
    )


class Bench:
    """A vault that takes keys in, and the vault that then works with them."""

    def __init__(self, custody, working, keep):
        self.custody, self._working, self._keep = custody, working, keep

    def bring(self, key=KEY, want=None, export=None, parts=PARTS):
        want = want or wanted(key=key)
        pair = self.custody.open_pair(uuid4())
        parts = [part[: len(key)].ljust(len(key), b"\x5a") for part in parts]
        last = key
        for part in parts:
            last = bytes(a ^ b for a, b in zip(last, part, strict=True))
        sealed = [
            seal_component(pair.public, pair.ceremony, number, part)
            for number, part in enumerate((*parts, last), start=1)
        ]
        try:
            arrived = self.custody.bring(pair, sealed, want, export)
        finally:
            self.custody.close_pair(pair.ceremony)
        self._keep(want, arrived)
        return arrived

    def bring_block(self, text, under, want=None, demand=DEMAND):
        want = want or wanted()
        arrived = self.custody.bring_block(text, under, demand, want)
        self._keep(want, arrived)
        return arrived

    def works(self, ref=LOAD, key=KEY, factors=(bytes(range(8)),)):
        """Whether the vault does with its key what we do with this one."""
        session, message = bytes(8), b"message"
        with self._working() as vault:
            card = algorithms.diversify(key, factors)
            if ref.purpose is Purpose.TAC:
                tac = algorithms.mac(algorithms.tac_key(card), message)
                return vault.verify_tac(ref, factors, message, tac)
            mac1 = algorithms.mac(algorithms.session_key(card, session), message)
            return vault.verify_mac1(ref, factors, session, message, mac1)


class Box(dict):
    def find(self, ref):
        return self.get(ref)


@pytest.fixture(params=["software", "pkcs11"])
def bench(request, tmp_path):
    if request.param == "software":
        box = Box()

        def keep(want, arrived):
            box[want.ref] = SealedKey(
                ref=want.ref, algorithm=want.algorithm, kek_name="kek", sealed=arrived.sealed
            )

        @contextmanager
        def software():
            yield SoftwareVault(store=box, read_secret=lambda _: KEK, environment="sandbox")

        custody = SoftwareCustody(
            home="software",
            store=box,
            kek_name="kek",
            read_secret=lambda _: KEK,
            environment="sandbox",
        )
        yield Bench(custody, software, keep)
        return
    settings = new_token(tmp_path)
    with TokenCustody(settings) as custody:
        yield Bench(custody, lambda: working(settings, processes=1), lambda *_: None)


def test_a_key_of_three_components_works_and_its_like_elsewhere_is_known(bench):
    first = bench.bring()
    assert bench.works()
    other = bench.bring(want=wanted(TAC))
    assert first.fingerprint == other.fingerprint
    assert bench.works(TAC)
    third = bench.bring(key=bytes(byte ^ 1 for byte in KEY), want=wanted(LOAD))
    assert third.fingerprint == first.fingerprint  # parity is no difference
    assert bench.bring(key=KEY[::-1], want=wanted(key=KEY[::-1])).fingerprint != first.fingerprint


def test_one_card_s_own_keys_enter_too(bench):
    bench.bring(want=wanted(own=True))
    bench.bring(want=wanted(TAC, own=True))
    assert bench.works(factors=())
    assert bench.works(TAC, factors=())


def test_another_key_than_planned_leaves_nothing(bench):
    with pytest.raises(KeyCheckWrong) as refused:
        bench.bring(want=wanted(key=KEY[::-1]))
    assert KEY.hex() not in repr(refused.value).lower()
    with pytest.raises(KeyUnknown):
        bench.works()
    assert bench.custody.open_pairs() == []


def test_components_that_cancel_or_weaken_are_refused(bench):
    for parts in ((KEY, KEY), (bytes(16), KEY)):
        pair = bench.custody.open_pair(uuid4())
        sealed = [
            seal_component(pair.public, pair.ceremony, number, part)
            for number, part in enumerate(parts, start=1)
        ]
        with pytest.raises(ComponentWrong):
            bench.custody.bring(pair, sealed, wanted(), None)
        bench.custody.close_pair(pair.ceremony)
    for weak in (KEY[:8] * 2, bytes(8) + KEY[8:]):
        with pytest.raises(KeyWeak):
            bench.bring(key=weak)


def test_a_component_opens_for_its_ceremony_and_place_only(bench):
    pair, other = bench.custody.open_pair(uuid4()), bench.custody.open_pair(uuid4())
    sealed = seal_component(pair.public, pair.ceremony, 1, PARTS[0])
    told = bench.custody.weigh(pair, 1, sealed, "3des", "ecb-zeros")
    assert told == check_value("3des", "ecb-zeros", PARTS[0])
    for wrong in (
        (pair, 2, sealed),
        (other, 1, sealed),
        (pair, 1, sealed[:-1]),
        (pair, 1, b""),
        (pair, 1, bytes(384)),
        (other, 1, seal_component(other.public, pair.ceremony, 1, PARTS[0])),
    ):
        with pytest.raises(ComponentWrong):
            bench.custody.weigh(*wrong, "3des", "ecb-zeros")
    with pytest.raises((ComponentWrong, KeyUnknown)):
        bench.custody.bring(pair, [sealed, sealed], wanted(), None)
    for one in (pair, other):
        bench.custody.close_pair(one.ceremony)


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [("3des", bytes.fromhex("DD7515F2BFC17F85CE48F3CA25CB21F6")), ("aes-256", bytes(range(1, 33)))],
)
def test_a_block_under_a_transport_key_comes_in_and_another_goes_out(bench, algorithm, key):
    under = transport(1, algorithm)
    bench.bring(key=key, want=wanted(under.ref, algorithm, key, "cmac-zeros"))
    outside = key_blocks.in_memory(algorithm, key)
    version = key_blocks.VERSION_OF[algorithm]
    head = Header(version=version, usage="10", algorithm="T", mode="X", exportability="E")
    block = key_blocks.wrap(outside, head, KEY)
    bench.bring_block(block, under)
    assert bench.works()
    with pytest.raises(KeyBlockWrong):
        bench.bring_block(block[:-1] + ("0" if block[-1] != "0" else "1"), under)
    for part, wrong in (("usage", "11"), ("mode", "N"), ("exportability", "X")):
        words = {"usage": "10", "mode": "X", "exportability": "E", part: wrong}
        if part == "exportability":
            words[part] = "Z"
        other = key_blocks.wrap(outside, Header(version=version, algorithm="T", **words), KEY)
        with pytest.raises(KeyBlockMismatch) as refused:
            bench.bring_block(other, under)
        assert refused.value.facts["part"] == part
    with pytest.raises(KeyCheckWrong):
        bench.bring_block(block, under, wanted(key=KEY[::-1]))
    out = bench.bring(want=wanted(TAC), export=Export(under=under, header=head)).block
    header, value = key_blocks.unwrap(outside, out)
    assert (value, header.exportability) == (KEY, "E")
    with pytest.raises(KeyUnknown):
        bench.bring_block(block, Under(ref=LOAD, algorithm="3des"))
    with pytest.raises(KeyUnknown):
        bench.bring_block(block, transport(9, algorithm))


def test_a_destroyed_key_answers_no_more_and_twice_is_once(bench):
    bench.bring()
    bench.custody.destroy(LOAD)
    bench.custody.destroy(LOAD)
    if bench.custody.home != "software":
        with pytest.raises(KeyUnknown):
            bench.works()
        assert bench.custody.newest(LOAD) == 0


def test_a_token_keeps_what_came_in_and_pairs_only_while_open(tmp_path):
    settings = new_token(tmp_path)
    ceremony = uuid4()
    with TokenCustody(settings) as custody:
        first = custody.open_pair(ceremony)
        again = custody.open_pair(ceremony)
        assert first.public != again.public
        assert again.sealed == b""
        assert custody.open_pairs() == [ceremony]
        sealed = [
            seal_component(again.public, ceremony, number, part)
            for number, part in enumerate((*PARTS, LAST), start=1)
        ]
        with pytest.raises(AlgorithmUnsupported):
            custody.bring(again, sealed, wanted(algorithm="sm4"), None)
        custody.close_pair(ceremony)
        assert custody.open_pairs() == []
    with working(settings, processes=1) as vault, pytest.raises(VaultMisconfigured):
        vault.pool.ask({"ask": "custody", "act": "open_pairs"})
