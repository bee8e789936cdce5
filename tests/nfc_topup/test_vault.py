"""The software vault: keys rest sealed, and production never works with it."""

import os

import pytest

from accounts import secrets
from nfc_topup.vault import algorithms
from nfc_topup.vault.errors import (
    AlgorithmUnsupported,
    KeyUnusable,
    SoftwareVaultForbidden,
)
from nfc_topup.vault.port import KeyRef, Mac1Refused, Purpose
from nfc_topup.vault.software import SoftwareVault, open_key, seal_key

KEK = bytes(range(32))
LOAD = KeyRef(purpose=Purpose.LOAD, index=1, version=1)
TAC = KeyRef(purpose=Purpose.TAC, index=1, version=1)
DLK = bytes.fromhex("EB9BC6DCDF74FF4E4B43F2E34A6727B6")
DTK = bytes.fromhex("CEB726EDC01B793BC37DC09E2F768534")
# exchange A01
SESSION = bytes.fromhex("1F5D56E600008000")
MAC1_MESSAGE = bytes.fromhex("000000000000271002000000000001")
MAC1 = bytes.fromhex("06F44976")
MAC2_MESSAGE = bytes.fromhex("000027100200000000000120260101080000")
TAC_MESSAGE = bytes.fromhex("000027100000000027100200000000000120260101080000")
TAC_MAC = bytes.fromhex("325764C9")


class Box:
    def __init__(self, *keys):
        self.keys = {key.ref: key for key in keys}

    def find(self, ref):
        return self.keys.get(ref)


def sealed(ref, clear, algorithm="3des"):
    return seal_key(ref, clear, algorithm=algorithm, kek_name="kek", kek=KEK)


def vault(*keys, kek=KEK):
    keys = keys or (sealed(LOAD, DLK), sealed(TAC, DTK))
    return SoftwareVault(store=Box(*keys), read_secret=lambda _: kek, environment="sandbox")


def authorise(vault, mac1=MAC1, **changed):
    given = {"key": LOAD, "diversifiers": [], "session_input": SESSION}
    given |= {"mac1_message": MAC1_MESSAGE, "mac1": mac1, "mac2_message": MAC2_MESSAGE}
    return vault.authorise(**(given | changed))


def test_a_key_for_another_algorithm_is_told_so():
    with pytest.raises(AlgorithmUnsupported):
        authorise(vault(sealed(LOAD, DLK, algorithm="aes")))


def test_an_sm4_key_never_answers_for_a_3des_card():
    """The key's row says what it is; a 3DES MAC1 under an SM4 key is just wrong."""
    assert isinstance(authorise(vault(sealed(LOAD, DLK, algorithm="sm4"))), Mac1Refused)


def test_a_sealed_key_opens_only_as_what_it_was_sealed_as():
    key = sealed(LOAD, DLK)
    assert open_key(key, KEK) == DLK
    assert DLK not in key.sealed
    assert sealed(LOAD, DLK).sealed != key.sealed
    with pytest.raises(KeyUnusable):
        open_key(key, os.urandom(32))
    with pytest.raises(KeyUnusable):
        open_key(key, b"short")
    other = type(key)(ref=TAC, algorithm="3des", kek_name="kek", sealed=key.sealed)
    with pytest.raises(KeyUnusable):
        open_key(other, KEK)
    for cut in (b"", key.sealed[:11], key.sealed[:-1]):
        broken = type(key)(ref=LOAD, algorithm="3des", kek_name="kek", sealed=cut)
        with pytest.raises(KeyUnusable):
            open_key(broken, KEK)


def test_no_key_shows_in_any_text():
    shown = repr(sealed(LOAD, DLK)) + repr(vault())
    assert "sealed=" not in shown
    assert DLK.hex() not in shown.lower()


@pytest.mark.parametrize("environment", ["production", "", "Sandbox", "test"])
def test_it_refuses_to_start_outside_the_sandbox(environment):
    with pytest.raises(SoftwareVaultForbidden):
        SoftwareVault(store=Box(), read_secret=lambda _: KEK, environment=environment)


def test_production_has_no_vault_by_accident(settings, monkeypatch):
    from nfc_topup import keyring
    from nfc_topup.card.errors import ProfileUnknown
    from nfc_topup.vault.errors import VaultMisconfigured, VaultNotBuilt

    settings.GATEWAY_ENV = "production"
    with pytest.raises(SoftwareVaultForbidden):
        keyring.vault()
    settings.CARD_VAULT = "paper"
    with pytest.raises(VaultNotBuilt):
        keyring.vault()
    monkeypatch.setattr(secrets, "in_sandbox", lambda: False)
    settings.CARD_VAULT = "pkcs11"
    for module, token in (("", ""), ("/usr/lib/some.so", "")):
        settings.PKCS11_MODULE, settings.PKCS11_TOKEN = module, token
        with pytest.raises(VaultMisconfigured):
            keyring.vault()
    with pytest.raises(ProfileUnknown):
        keyring.profile_named("sandbox")
    assert keyring.profile_named("tunion").name == "tunion"


def test_single_des_known_answer():
    """A block under K K K is single DES (the vector of the DES standard's validation)."""
    key, block = bytes.fromhex("133457799BBCDFF1"), bytes.fromhex("0123456789ABCDEF")
    assert algorithms.full_mac(key, b"", iv=bytes(8)) != bytes(8)
    assert algorithms._ecb(key + key, block).hex().upper() == "85E813540F0AB405"
