"""Fills the sandbox: the pools' books, the neighbours' merchants, the province's test card keys."""

from __future__ import annotations

import json
import secrets as dice
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from django.conf import settings

from accounts import secrets
from accounts.clock import business_day
from accounts.identifiers import outside_id
from accounts.models import Operator
from gateway.payments.models import MerchantAccount
from gateway.sandbox.introductions import INTRODUCTIONS
from nfc_topup.keys.sandbox_issuer import import_test_keys
from reserve_funds.errors import PoolNotOpen
from reserve_funds.ledger import pools

PROFILE = "MOT"
CARD_PIN = "123456"


def card_keys_file() -> Path:
    """Where the test issuer's keys lie, imported or made at random."""
    return settings.DATA_DIR / "card-keys.json"


def place_of(channel: str) -> Path:
    """Where the neighbour of a channel keeps its book."""
    return settings.DATA_DIR / "neighbours" / channel


def open_books(now: datetime) -> int:
    """Opens every operator's pool that is not open yet; gives how many there are."""
    numbers = list(Operator.objects.values_list("pool", flat=True))
    for pool in numbers:
        try:
            pools.open_day(pool)
        except PoolNotOpen:
            pools.open_pool(pool, PROFILE, business_day(now))
    return len(numbers)


def give_card_keys(given: Path | None, now: datetime) -> None:
    """Makes the given test keys, or keys made at random once, those of the province's issuer.

    A file that does not hold keys changes nothing. Raises TestKeysWrong.
    """
    kept = card_keys_file()
    if given is None and not kept.exists():
        made = {name: dice.token_hex(16).upper() for name in ("MLK", "MTK")}
        _keep(kept, json.dumps(made | {"levels": ["asn8"]}))
    import_test_keys(given or kept, now=now)
    if given is not None:
        _keep(kept, given.read_text(encoding="utf-8"))
    for name in ("card-pin-tunion", "card-pin-city"):
        secrets.write_sandbox(name, CARD_PIN.encode())


def introduce(
    operators: Iterable[Operator],
    *,
    channel: str,
    place: Path,
    url: str,
    gateway_url: str,
    now: datetime,
) -> int:
    """Gives each operator an account with the neighbour of a channel; gives how many.

    `place` is where the neighbour keeps its book; it finds its merchants there.
    """
    known = {}
    for met in INTRODUCTIONS[channel](operators, place):
        addresses = {"base_url": url, "notify_base_url": gateway_url}
        MerchantAccount.objects.update_or_create(
            channel=channel,
            merchant_no=met.merchant_no,
            defaults={**addresses, **{name: met.row[name] for name in met.renewed}},
            create_defaults={
                "id": outside_id(f"sandbox-{channel}", business_day(now), met.merchant_no),
                "pool": met.pool,
                **addresses,
                **met.row,
            },
        )
        known[met.merchant_no] = met.known
    _keep(place / "merchants.json", json.dumps(known))
    return len(known)


def _keep(file: Path, text: str) -> None:
    """Write a file for our eyes only, whole or not at all."""
    half = file.with_name(f"{file.name}.new")
    half.touch(mode=0o600)
    half.write_text(text, encoding="utf-8")
    half.replace(file)
