"""Brings the keys of a test issuer into the sandbox, so that any card of theirs can be loaded."""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from accounts import clock, secrets, trail
from accounts.actors import SYSTEM
from accounts.errors import SandboxOnly
from accounts.identifiers import new_id
from nfc_topup.card.profiles import FACTOR_NAMES, LITERAL_FACTOR
from nfc_topup.errors import TestKeysWrong
from nfc_topup.keyring import KEK_NAME
from nfc_topup.keys.hierarchy import note_kek
from nfc_topup.keys.homes import Home, Rest, home
from nfc_topup.models import CardKey
from nfc_topup.models.key import SOFTWARE
from nfc_topup.vault import algorithms
from nfc_topup.vault.port import KeyRef, Purpose
from nfc_topup.vault.software import TRIPLE_DES

DEFAULT_LEVELS = ("asn8",)
LARGEST_FILE = 64 * 1024
KEY_INDICES = (*range(1, 9), 0x41, 0x42)  # wherever a card may say its load keys are

_KEY = re.compile(r"[0-9A-Fa-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TestKeys:
    """A test issuer's load and TAC key (16 bytes each) and the steps from them to a card's."""

    __test__ = False
    load: bytes = field(repr=False)
    tac: bytes = field(repr=False)
    levels: tuple[str, ...]


def read_test_keys(text: str) -> TestKeys:
    """Read {"MLK", "MTK", "levels"} or {"DLK", "DTK"}; TestKeysWrong tells what is amiss.

    Keys are 32 hex digits of either case. `levels` (default asn8) are applied in order: a factor
    name (asn8, city2x4, issuer4x2) or 16 hex digits that stand for themselves. DLK and DTK are
    one card's own keys and have no levels.
    """
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as wrong:
        raise TestKeysWrong("the file is not JSON") from wrong
    if not isinstance(given, dict):
        raise TestKeysWrong("the file is not a JSON object")
    masters, own = {"MLK", "MTK"} <= given.keys(), {"DLK", "DTK"} <= given.keys()
    if masters == own:
        raise TestKeysWrong("either MLK and MTK, or DLK and DTK")
    if own:
        return TestKeys(load=_key(given, "DLK"), tac=_key(given, "DTK"), levels=())
    levels = _levels(given.get("levels", list(DEFAULT_LEVELS)))
    return TestKeys(load=_key(given, "MLK"), tac=_key(given, "MTK"), levels=levels)


def import_test_keys(
    path: str | Path,
    *,
    indices: tuple[int, ...] = KEY_INDICES,
    now: datetime | None = None,
    vault: str | None = None,
    card_byte: int | None = None,
) -> list[CardKey]:
    """Make the file's keys the ones that loads use from now on, at each key index; sandbox only.

    `vault` is software or pkcs11, by default the one that works here. `card_byte` is what cards
    under a new version answer as key version byte. The same keys again change nothing. Otherwise
    they become a new version and the one before retires; loads it sealed are still judged by it.
    SandboxOnly, TestKeysWrong, and what the vault refuses.
    """
    if not secrets.in_sandbox():
        raise SandboxOnly("test keys are for the sandbox")
    try:
        text = Path(path).read_text(encoding="utf-8")[:LARGEST_FILE]
    except (OSError, UnicodeDecodeError) as wrong:
        raise TestKeysWrong("the file cannot be read") from wrong
    keys = read_test_keys(text)
    moment = now or clock.now()
    with _one_at_a_time():
        with home(vault) as their_home:
            active = _active()
            brought = [
                _bring(their_home, purpose, index, clear, keys.levels, active.get((purpose, index)))
                for index in indices
                for purpose, clear in ((Purpose.LOAD, keys.load), (Purpose.TAC, keys.tac))
            ]
        if any(one.rest is not None and one.rest.home == SOFTWARE for one in brought):
            note_kek(KEK_NAME, moment)
        with transaction.atomic():
            return [_put_to_work(one, card_byte, moment) for one in brought]


def sandbox_profile_name(*, pin_hex: str | None, key_index: int = 1, proofs: str = "both") -> str:
    """A profile name for a card that nobody here wrote: its PIN kept as a secret of the sandbox.

    `pin_hex` None for a card without PIN; `proofs` is both, n+1, n or no.
    """
    name = "none"
    if pin_hex is not None:
        name = "pin-" + hashlib.sha256(pin_hex.lower().encode()).hexdigest()[:8]
        secrets.write_sandbox(name, pin_hex.encode("ascii"))
    index = "" if key_index == 1 else f",index={key_index}"
    return f"sandbox:pin={name}{index}" + ("" if proofs in ("both", "yes") else f",proofs={proofs}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Brought:
    """A key that is home: in use already, as `standing`, when `rest` is None."""

    ref: KeyRef
    rest: Rest | None
    levels: tuple[str, ...]
    check_value: str
    standing: CardKey | None


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two imports at once would take the same version."""
    settings.DATA_DIR.mkdir(mode=0o755, parents=True, exist_ok=True)
    with (settings.DATA_DIR / "card-keys.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _active() -> dict[tuple[str, int], CardKey]:
    """The keys at work, by purpose and index."""
    return {(row.purpose, row.index): row for row in CardKey.objects.filter(state="active")}


def _bring(
    home: Home,
    purpose: Purpose,
    index: int,
    clear: bytes,
    levels: tuple[str, ...],
    active: CardKey | None,
) -> _Brought:
    """Bring a key home under a version that neither rows nor home ever used; outside any row."""
    check_value = algorithms.check_value(clear).hex().upper()
    words: dict[str, Any] = {"levels": levels, "check_value": check_value, "standing": active}
    if active is not None and tuple(active.levels) == levels and home.has(active, clear):
        return _Brought(ref=active.ref, rest=None, **words)
    rows = CardKey.objects.filter(purpose=purpose, index=index)
    newest = rows.aggregate(newest=Max("version"))["newest"] or 0
    version = max(newest, home.newest(purpose, index)) + 1
    ref = KeyRef(purpose=purpose, index=index, version=version)
    rest = home.keep(ref, clear, own=not levels)
    return _Brought(ref=ref, rest=rest, **words)


def _put_to_work(brought: _Brought, card_byte: int | None, now: datetime) -> CardKey:
    ref, rest = brought.ref, brought.rest
    if rest is None:
        assert brought.standing is not None
        return brought.standing
    rows = CardKey.objects.select_for_update().filter(purpose=ref.purpose, index=ref.index)
    active = rows.filter(state="active").first()
    if active is not None:
        trail.advance(active, to="retired", actor=SYSTEM, because="newer test keys", now=now)
    row = CardKey.objects.create(
        id=new_id(now),
        purpose=ref.purpose,
        index=ref.index,
        version=ref.version,
        algorithm=TRIPLE_DES,
        levels=list(brought.levels),
        card_byte=card_byte,
        home=rest.home,
        kek_name=rest.kek_name,
        sealed=rest.sealed,
        check_value=brought.check_value,
        origin="test_issuer",
        valid_from=now,
    )
    trail.advance(row, to="active", actor=SYSTEM, because="test keys", now=now)
    return row


def _key(given: Mapping[str, object], name: str) -> bytes:
    value = given[name]
    if not isinstance(value, str) or not _KEY.fullmatch(value):
        raise TestKeysWrong(f"{name} is 32 hex digits", part=name)
    return bytes.fromhex(value)


def _levels(given: object) -> tuple[str, ...]:
    if not isinstance(given, list) or len(given) > 8:
        raise TestKeysWrong("levels is a list of at most 8 steps", part="levels")
    for level in given:
        known = isinstance(level, str) and (
            level in FACTOR_NAMES or LITERAL_FACTOR.fullmatch(level) is not None
        )
        if not known:
            raise TestKeysWrong(
                f"a level is one of {', '.join(FACTOR_NAMES)} or 16 hex digits", part="levels"
            )
    return tuple(given)
