"""Brings a test issuer's keys into the sandbox as SM4 keys, for the experimental profile."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from accounts import secrets, trail
from accounts.actors import SYSTEM
from accounts.errors import SandboxOnly
from accounts.identifiers import new_id
from nfc_topup.card import profiles
from nfc_topup.errors import TestKeysWrong
from nfc_topup.keyring import KEK_NAME
from nfc_topup.keys.homes import Rows
from nfc_topup.keys.sandbox_issuer import LARGEST_FILE, read_test_keys
from nfc_topup.models import CardKey
from nfc_topup.models.key import SOFTWARE
from nfc_topup.vault import sm4
from nfc_topup.vault.errors import AlgorithmUnsupported
from nfc_topup.vault.port import KeyRef, Purpose
from nfc_topup.vault.software import SM4, seal_key


def import_sm4_keys(path: str | Path, *, now: datetime) -> list[CardKey]:
    """The file's keys, read as SM4 keys, for cards of the profile `sm4`; twice is once.

    SandboxOnly, TestKeysWrong, and AlgorithmUnsupported where a token is the vault: what is
    spoken over PKCS#11 here has no SM4.
    """
    if not secrets.in_sandbox():
        raise SandboxOnly("test keys are for the sandbox")
    if settings.CARD_VAULT != "software":
        raise AlgorithmUnsupported("a token over PKCS#11 has no SM4", algorithm=SM4)
    try:
        text = Path(path).read_text(encoding="utf-8")[:LARGEST_FILE]
    except (OSError, UnicodeDecodeError) as wrong:
        raise TestKeysWrong("the file cannot be read") from wrong
    keys = read_test_keys(text)
    index = profiles.by_name("sm4").vault_index
    with transaction.atomic():
        return [
            _bring(purpose, index, clear, keys.levels, now)
            for purpose, clear in ((Purpose.LOAD, keys.load), (Purpose.TAC, keys.tac))
        ]


def _bring(
    purpose: Purpose, index: int, clear: bytes, levels: tuple[str, ...], now: datetime
) -> CardKey:
    rows = CardKey.objects.select_for_update().filter(purpose=purpose, index=index)
    active = rows.filter(state="active").first()
    if active is not None:
        if tuple(active.levels) == levels and Rows().has(active, clear):
            return active
        trail.advance(active, to="retired", actor=SYSTEM, because="newer test keys", now=now)
    version = (rows.aggregate(newest=Max("version"))["newest"] or 0) + 1
    ref = KeyRef(purpose=purpose, index=index, version=version)
    kek = secrets.read_key(KEK_NAME)
    row = CardKey.objects.create(
        id=new_id(now),
        purpose=purpose,
        index=index,
        version=version,
        algorithm=SM4,
        levels=list(levels),
        home=SOFTWARE,
        kek_name=KEK_NAME,
        sealed=seal_key(ref, clear, algorithm=SM4, kek_name=KEK_NAME, kek=kek).sealed,
        check_value=sm4.check_value(clear).hex().upper(),
        origin="test_issuer",
        valid_from=now,
    )
    trail.advance(row, to="active", actor=SYSTEM, because="test keys", now=now)
    return row
