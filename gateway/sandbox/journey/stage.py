"""Sets the stage in the sandbox: a citizen with a token, a card with its profile, the books."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import SystemRandom

from accounts import clock, people, tokens
from accounts.actors import SYSTEM
from accounts.cards import recognise
from accounts.errors import DomainError
from accounts.models import IssuerPrefix, Operator, TransitCard
from gateway.sandbox.journey.cardpipe import CardPipe
from gateway.sandbox.journey.client import Api
from gateway.sandbox.virtual_card import PIN, CardState, Quirks, VirtualCard, card_keys
from nfc_topup import applications
from nfc_topup.card import profiles, purse
from nfc_topup.card.apdu import parse_answer, parse_hex
from nfc_topup.card.errors import ProfileUnknown
from nfc_topup.card.profiles import Algorithm, CardProfile
from nfc_topup.keys.sandbox_issuer import import_test_keys, sandbox_profile_name
from nfc_topup.keys.sandbox_sm4 import import_sm4_keys
from reserve_funds.ledger import check, queries
from reserve_funds.ledger.values import Ref

HOME_PREFIX = "31050702"
TOKEN_LIFE = timedelta(hours=1)
_ASN = re.compile(r"0?[0-9]{19}")
_PIN = re.compile(r"none|(?:[0-9A-Fa-f]{2}){1,8}")
_dice = SystemRandom()


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """A card's value as the card says it and as the reserve ledger says it, in fen."""

    on_card_fen: int
    in_ledger_fen: int


def citizen(base_url: str, card_no: str, now: datetime) -> Api:
    """The holder of this card, or somebody new where nobody holds it, with a token for an hour."""
    known = TransitCard.objects.filter(asn=f"0{card_no}").select_related("holder").first()
    person = known.holder if known is not None else None
    if person is None:
        person = people.enrol(f"139{_dice.randrange(10**8):08d}", now)
    token = tokens.mint(person, label="play_card", now=now, expires_at=now + TOKEN_LIFE)
    return Api(base_url, token)


def virtual_card(keys: dict[str, object], profile: CardProfile | None = None) -> VirtualCard:
    """A new, empty virtual card of the home city under the province's test keys.

    An SM4 card where the profile is for such.
    """
    if profile is None or Algorithm.SM4 not in profile.algorithms.values():
        return virtual_card_of(home_number(), keys)
    asn = home_number()
    quirks = Quirks(pin=PIN, key_index=profile.key_index, algorithm=min(profile.algorithms))
    dlk, dtk = card_keys(keys, asn, quirks.algorithm)
    return VirtualCard(CardState(asn=asn, dlk=dlk, dtk=dtk), quirks=quirks)


def home_number() -> str:
    """A new card number (ASN, 20 digits) of the home city."""
    return f"0{HOME_PREFIX}{_dice.randrange(10**11):011d}"


def virtual_card_of(asn: str, keys: dict[str, object]) -> VirtualCard:
    """An empty virtual card of this number under the issuer's keys."""
    dlk, dtk = card_keys(keys, asn)
    state = CardState(asn=asn, dlk=dlk, dtk=dtk, balances={"1": 0, "2": 0}, counter=0)
    return VirtualCard(state, quirks=Quirks(pin=PIN))


def profile_named(text: str) -> str:
    """The profile that ``--profile`` names: a profile's name, or ``pin=…,index=…,proofs=…``.

    A PIN given in hex becomes a sandbox secret, since profiles name secrets and never hold them.
    Raises ProfileUnknown.
    """
    if "=" not in text or ":" in text:
        return profiles.by_name(text).name
    said = dict(option.partition("=")[::2] for option in text.split(","))
    index = said.pop("index", "1")
    pin = said.pop("pin", "none")
    proofs = said.pop("proofs", "both")
    if said or not index.isdecimal() or not _PIN.fullmatch(pin):
        raise ProfileUnknown("not pin=HEX|none,index=N,proofs=…", profile=text)
    pin_hex = None if pin == "none" else pin
    return profiles.by_name(
        sandbox_profile_name(pin_hex=pin_hex, key_index=int(index), proofs=proofs)
    ).name


def without_file15(profile: CardProfile) -> CardProfile:
    """The same profile for a card whose number somebody else must tell."""
    joint = "," if ":" in profile.name else ":"
    return profiles.by_name(f"{profile.name}{joint}file15=no")


def keys_at(file: Path, profile: CardProfile) -> None:
    """Has the test issuer's keys at the key index that this profile names."""
    if Algorithm.SM4 in profile.algorithms.values():
        import_sm4_keys(file, now=clock.now())
        return
    import_test_keys(file, indices=(profile.vault_index,))


def asn_told(text: str) -> str:
    """The ASN that somebody typed: 20 digits, or the 19 printed on the card. Raises NoSuchCard."""
    if not _ASN.fullmatch(text):
        raise NoSuchCard(f"--asn wants 20 digits, or the 19 printed on the card, not {text}")
    return text.rjust(20, "0")


def number_on(card: CardPipe, profile: CardProfile) -> str | None:
    """The ASN that the card itself gives in its file 15, 20 digits; None when it gives none."""
    selected = card.line(purse.select(profile.aid).hex)
    if not selected.endswith("9000"):
        raise NoSuchCard(f"the card answers SELECT {profile.aid.hex().upper()} with {selected}")
    said = card.line(purse.read_file15().hex)
    if not said.endswith("9000"):
        return None
    return profile.parse_file15(parse_answer(parse_hex(said)).data).asn


class NoSuchCard(Exception):
    """The card does not have the application, or nobody says which card it is."""


def balance_on(card: CardPipe, profile: CardProfile) -> int:
    """The balance that the card itself gives, in fen."""
    card.line(purse.select(profile.aid).hex)
    answer = parse_answer(parse_hex(card.line(purse.get_balance(profile.purse).hex)))
    return profile.balance_fen(purse.parse_balance(answer.data))


def know_issuer(card_no: str) -> None:
    """Lets the home operator answer for a test card whose issuer nobody knows."""
    try:
        recognise(card_no)
    except DomainError:
        IssuerPrefix.objects.get_or_create(
            prefix=card_no[:12],
            defaults={
                "issuer_name": "试验发卡方",
                "operator": Operator.objects.get(prefixes__prefix=HOME_PREFIX),
                "source": "sandbox: a card presented to play_card",
            },
        )


def use_profile(card_id: str, name: str) -> TransitCard:
    """Talks to this card by this profile from now on."""
    TransitCard.objects.filter(pk=card_id).update(profile_name=name)
    return TransitCard.objects.select_related("operator").get(pk=card_id)


def as_a_new_chip(card: TransitCard, now: datetime) -> None:
    """Forgets how far this number's counter had come: each outside program brings its own chip."""
    applications.begin_anew(card, actor=SYSTEM, now=now)


def books(card: CardPipe, known: TransitCard, profile: CardProfile) -> Books:
    """What the card and the ledger say now."""
    return Books(
        on_card_fen=balance_on(card, profile),
        in_ledger_fen=queries.balance_fen(
            known.operator.pool, Ref(kind="card_purse", owner=known.asn)
        ),
    )


def faults_in_book(pool: int) -> list[str]:
    """Every finding of a whole re-derivation of the pool's book."""
    return [str(finding) for finding in check.check(pool).findings]


def keys_in(file: Path) -> dict[str, object]:
    """The test issuer's keys that the sandbox imported."""
    keys: dict[str, object] = json.loads(file.read_text(encoding="utf-8"))
    return keys
