"""One contract over every vault: the software one, and a token with either form of session key."""

import random
from itertools import count

import pytest

from nfc_topup.vault import algorithms
from nfc_topup.vault.errors import KeyUnknown, MessageRefused
from nfc_topup.vault.pkcs11 import KeysIn
from nfc_topup.vault.port import MOST_CANDIDATES, Candidate, KeyRef, Mac1Refused, Purpose
from nfc_topup.vault.software import SoftwareVault, seal_key
from tests.nfc_topup.tokens import DLK, LOAD, new_token, with_single_des

KEK = bytes(range(32))
TAC = KeyRef(purpose=Purpose.TAC, index=1, version=1)
DTK = bytes.fromhex("CEB726EDC01B793BC37DC09E2F768534")
# exchange A01
SESSION = bytes.fromhex("1F5D56E600008000")
MAC1_MESSAGE = bytes.fromhex("000000000000271002000000000001")
MAC1 = bytes.fromhex("06F44976")
MAC2_MESSAGE = bytes.fromhex("000027100200000000000120260101080000")
TAC_MESSAGE = bytes.fromhex("000027100000000027100200000000000120260101080000")
TAC_MAC = bytes.fromhex("325764C9")


class Box:
    """Sealed keys for the software vault, brought in as a token's are."""

    def __init__(self):
        self.keys = {}
        self.vault = SoftwareVault(store=self, read_secret=lambda _: KEK, environment="sandbox")

    def find(self, ref):
        return self.keys.get(ref)

    def keep(self, ref, clear, *, own, lasting):
        self.keys[ref] = seal_key(ref, clear, algorithm="3des", kek_name="kek", kek=KEK)


class Kept:
    """A vault, how keys are brought into it, and references that nobody used yet."""

    def __init__(self, vault, keep):
        self.vault, self.keep = vault, keep
        self.versions = count(2)

    def bring(self, purpose, clear, *, own=False):
        ref = KeyRef(purpose=purpose, index=1, version=next(self.versions))
        self.keep(ref, clear, own=own, lasting=False)
        return ref


@pytest.fixture(scope="module", params=["software", "pkcs11", "pkcs11 with single DES"])
def kept(request, tmp_path_factory):
    """Every kind of vault, holding one card's own keys."""
    if request.param == "software":
        box = Box()
        found = Kept(box.vault, box.keep)
        keys = None
    else:
        directory = tmp_path_factory.mktemp("token")
        settings = new_token(directory)
        if request.param != "pkcs11":
            settings = with_single_des(settings, directory)
        keys = KeysIn(settings)
        found = Kept(keys, keys.keep)
    found.keep(LOAD, DLK, own=True, lasting=False)
    found.keep(TAC, DTK, own=True, lasting=False)
    yield found
    if keys is not None:
        keys.pool.close()


@pytest.fixture
def vault(kept):
    return kept.vault


def authorise(vault, mac1=MAC1, **changed):
    given = {"key": LOAD, "diversifiers": [], "session_input": SESSION}
    given |= {"mac1_message": MAC1_MESSAGE, "mac1": mac1, "mac2_message": MAC2_MESSAGE}
    return vault.authorise(**(given | changed))


def test_it_authorises_and_verifies_as_recorded(vault):
    assert authorise(vault).hex().upper() == "B55E9298"
    assert vault.verify_mac1(LOAD, [], SESSION, MAC1_MESSAGE, MAC1) is True
    assert vault.verify_tac(TAC, [], TAC_MESSAGE, TAC_MAC) is True
    assert vault.verify_tac(TAC, [], TAC_MESSAGE, bytes(4)) is False


@pytest.mark.parametrize("mac1", [bytes(4), b"", MAC1[:3], MAC1 + b"\0"])
def test_without_a_right_mac1_there_is_no_mac2(vault, mac1):
    assert authorise(vault, mac1) == Mac1Refused(key=LOAD)
    assert vault.verify_mac1(LOAD, [], SESSION, MAC1_MESSAGE, mac1) is False


@pytest.mark.parametrize("tac", [b"", TAC_MAC[:3], TAC_MAC + b"\0", bytes(4)])
def test_a_wrong_tac_is_only_ever_wrong(vault, tac):
    assert vault.verify_tac(TAC, [], TAC_MESSAGE, tac) is False


def test_a_key_works_for_its_own_purpose_only_and_unknown_keys_are_told(vault):
    with pytest.raises(KeyUnknown):
        authorise(vault, key=TAC)
    with pytest.raises(KeyUnknown):
        vault.verify_tac(LOAD, [], TAC_MESSAGE, TAC_MAC)
    for index, version in ((1, 999), (2, 1)):
        with pytest.raises(KeyUnknown):
            authorise(vault, key=KeyRef(purpose=Purpose.LOAD, index=index, version=version))
    assert authorise(vault) == bytes.fromhex("B55E9298")


@pytest.mark.parametrize(
    "changed",
    [
        {"mac2_message": b""},
        {"mac2_message": bytes(65)},
        {"mac1_message": b""},
        {"mac1_message": bytes(65)},
        {"session_input": b"1"},
        {"session_input": bytes(16)},
        {"diversifiers": [bytes(7)]},
        {"diversifiers": [b""]},
    ],
)
def test_messages_of_another_shape_are_refused(vault, changed):
    with pytest.raises(MessageRefused):
        authorise(vault, **changed)


def test_a_tac_message_of_another_shape_is_refused(vault):
    for message in (b"", bytes(65)):
        with pytest.raises(MessageRefused):
            vault.verify_tac(TAC, [], message, TAC_MAC)


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_every_number_equals_that_of_an_independent_computation(kept, levels):
    """Random keys, factors and messages: what the vault says is what the formulas say."""
    dice = random.Random(levels)
    for _ in range(8):
        factors = [dice.randbytes(8) for _ in range(levels)]
        session, message, mac2_message = (dice.randbytes(size) for size in (8, 15, 18))
        master, tac_master = dice.randbytes(16), dice.randbytes(16)
        load = kept.bring(Purpose.LOAD, master)
        tac = kept.bring(Purpose.TAC, tac_master)
        key = algorithms.session_key(algorithms.diversify(master, factors), session)
        mac1 = algorithms.mac(key, message)
        answer = kept.vault.authorise(load, factors, session, message, mac1, mac2_message)
        assert answer == algorithms.mac(key, mac2_message)
        other = bytes([mac1[0] ^ 1]) + mac1[1:]
        refused = kept.vault.authorise(load, factors, session, message, other, mac2_message)
        assert refused == Mac1Refused(key=load)
        tac_key = algorithms.tac_key(algorithms.diversify(tac_master, factors))
        for size in (7, 8, 24, 64):
            long = dice.randbytes(size)
            assert kept.vault.verify_tac(tac, factors, long, algorithms.mac(tac_key, long))
            assert not kept.vault.verify_tac(tac, factors, long, bytes(4))


def test_of_several_keys_the_first_that_verifies_answers_and_none_is_no_answer(kept):
    other = Candidate(key=kept.bring(Purpose.LOAD, bytes(range(16))), diversifiers=(bytes(8),))
    right = Candidate(key=LOAD, diversifiers=())
    under = (SESSION, MAC1_MESSAGE, MAC1)
    for candidates in ([right], [right, other], [other, right], [other, other, right]):
        found = kept.vault.authorise_any(candidates, *under, MAC2_MESSAGE)
        assert (found.by, found.mac2.hex().upper()) == (right, "B55E9298")
        assert kept.vault.verify_mac1_any(candidates, *under) == right
    for candidates in ([], [other], [other] * MOST_CANDIDATES):
        assert kept.vault.authorise_any(candidates, *under, MAC2_MESSAGE) is None
        assert kept.vault.verify_mac1_any(candidates, *under) is None
    wrong = (SESSION, MAC1_MESSAGE, bytes(4))
    assert kept.vault.authorise_any([right, other], *wrong, MAC2_MESSAGE) is None
    tac = Candidate(key=TAC, diversifiers=())
    another = Candidate(key=kept.bring(Purpose.TAC, bytes(range(16))), diversifiers=(bytes(8),))
    assert kept.vault.verify_tac_any([another, tac], TAC_MESSAGE, TAC_MAC) == tac
    assert kept.vault.verify_tac_any([another, tac], TAC_MESSAGE, bytes(4)) is None


def test_more_keys_than_may_serve_are_not_asked(kept):
    many = [Candidate(key=LOAD, diversifiers=())] * (MOST_CANDIDATES + 1)
    with pytest.raises(MessageRefused):
        kept.vault.authorise_any(many, SESSION, MAC1_MESSAGE, MAC1, MAC2_MESSAGE)
    wrong_purpose = [Candidate(key=TAC, diversifiers=())]
    with pytest.raises(KeyUnknown):
        kept.vault.authorise_any(wrong_purpose, SESSION, MAC1_MESSAGE, MAC1, MAC2_MESSAGE)
