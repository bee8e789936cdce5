"""Officers and custodians, vaults of a test's own, and ceremonies told as people hold them."""

import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from uuid import uuid4

import pytest

from accounts import people, roles
from nfc_topup import keyring
from nfc_topup.keys import activation, gathering, planning
from nfc_topup.keys.planning import Wish
from nfc_topup.vault import component_seal, pkcs11_pool, software_custody
from nfc_topup.vault.component_seal import seal_component
from nfc_topup.vault.custody import check_value
from nfc_topup.vault.port import Purpose
from tests.nfc_topup import short_pairs
from tests.nfc_topup.conftest import NOW
from tests.nfc_topup.tokens import new_token

YEAR = timedelta(days=365)
FREE_INDEX = 9_000  # no other test brings keys in there
_PHONES = count(13900000000 + uuid4().int % 90_000_000)


def person(*held):
    """Somebody new with these roles for the province."""
    one = people.enrol(str(next(_PHONES)), NOW)
    for role in held:
        people.grant(one, role, pool=None, granted_by=None, now=NOW)
    return one


def custodian():
    return person(roles.KEY_CUSTODIAN)


def officer():
    return person(roles.SECURITY_OFFICER)


def split(key, number=3):
    """Components that make the key by XOR."""
    parts = [os.urandom(len(key)) for _ in range(number - 1)]
    last = key
    for part in parts:
        last = bytes(a ^ b for a, b in zip(last, part, strict=True))
    return [*parts, last]


def wish(key, *, purpose=Purpose.LOAD, now=NOW, **words):
    """A plan for this key, valid for a year, to be gathered within a week."""
    algorithm = words.setdefault("algorithm", "3des")
    rule = words.setdefault("check_rule", "ecb-zeros")
    if "transport" not in words:
        words.setdefault("components", 3)
    if purpose is not Purpose.TRANSPORT:
        words.setdefault("levels", ("city2x4", "asn8"))
    return Wish(
        purpose=purpose,
        index=words.pop("index", 1),
        check_value=words.pop("check_value", None) or check_value(algorithm, rule, key),
        valid_from=words.pop("valid_from", now),
        expires_at=words.pop("expires_at", now + YEAR),
        closes_at=words.pop("closes_at", now + timedelta(days=7)),
        **words,
    )


def give(ceremony, number, component, by, now=NOW, *, told=None):
    """One custodian types one component in."""
    public = gathering.public_half(ceremony.id)
    sealed = seal_component(public, ceremony.id, number, component)
    told = told or check_value(ceremony.algorithm, ceremony.check_rule, component)
    return gathering.contribute(
        ceremony.id, number=number, sealed=sealed, check_value=told, by=by, now=now
    )


def activated(ceremony, now=NOW):
    """Two officers put the ceremony's key to work."""
    activation.ask(ceremony.id, by=officer(), now=now)
    return activation.approve(ceremony.id, by=officer(), now=now)


def brought(key, *, now=NOW, **words):
    """A ceremony whose key is in, by three custodians."""
    ceremony = planning.plan(wish(key, now=now, **words), by=officer(), now=now)
    for number, part in enumerate(split(key, ceremony.needed), start=1):
        ceremony = give(ceremony, number, part, custodian(), now)
    return ceremony


def in_use(key, *, now=NOW, **words):
    """An active key that a whole ceremony brought in."""
    return activated(brought(key, now=now, **words), now)


@dataclass
class Canary:
    """Values that must not be found anywhere."""

    values: list[bytes] = field(default_factory=list)

    def watch(self, *values):
        self.values.extend(values)

    def missing_from(self, text):
        text = text.lower()
        for value in self.values:
            assert value.hex() not in text
            assert repr(value).lower()[2:-1] not in text


@pytest.fixture
def software(settings, db, monkeypatch):
    """The software vault, for tests of rows and people: pairs are short, for they are many."""
    settings.CARD_VAULT = "software"
    for module in (component_seal, software_custody):
        monkeypatch.setattr(module, "PAIR_BITS", short_pairs.PAIR_BITS)


@pytest.fixture
def token_at_work(settings, tmp_path, db, monkeypatch):
    """A token of the test's own, whose pairs are short as well."""
    monkeypatch.setattr(component_seal, "PAIR_BITS", short_pairs.PAIR_BITS)
    monkeypatch.setattr(pkcs11_pool, "PROGRAM", short_pairs.__name__)
    settings.CARD_VAULT = "pkcs11"
    settings.DATA_DIR = tmp_path
    settings.PKCS11_PROCESSES = 1
    settings.PKCS11_TIMEOUT_MS = 30_000
    yield new_token(tmp_path)
    keyring.hardware_vault().pool.close()


@pytest.fixture(params=["software", "token_at_work"])
def vault_at_work(request):
    """Both vaults in turn."""
    return request.getfixturevalue(request.param)


def later(days: int = 0, **span: int) -> datetime:
    """A moment after the ceremony began."""
    return NOW + timedelta(days=days, **span)
