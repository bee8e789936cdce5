"""A phone with a wallet and a card on it, at the press of a button: pays, and carries real APDUs.

The talk goes through the services that the app's API stands on; the card keeps its state in a
file of the sandbox, so that a torn load is still torn at the next tap.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings

from accounts import cards, clock
from accounts.actors import Actor
from accounts.models import Person, TransitCard
from gateway.deposits import taking
from gateway.deposits.api import DESCRIPTION as DEPOSIT
from gateway.payments import paying
from gateway.payments.models import Payment
from gateway.sandbox import seed
from gateway.sandbox.card_chip import TORN, VirtualCard
from gateway.sandbox.journey import stage
from gateway.sandbox.neighbours.control import Neighbour
from gateway.sandbox.virtual_card import PIN, CardState, Quirks
from gateway.topup import conversation, queries, scanning
from nfc_topup import queries as loads
from nfc_topup.card.scripts import Step

OK: Final = "9000"
TEARS: Final = ("before", "after")
PURPOSE: Final = "交通卡充值"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """Whose hand holds card and phone, as person and as the trail knows them."""

    person: Person
    actor: Actor


def pay(topup_id: UUID, channel: str, hand: Hand) -> None:
    """Begins a payment by the code and pays it at the sandbox's wallet.

    CodeOver, MerchantUnknown, ChannelSilent, ChannelRefused; what the wallet tells us comes on its
    own way.
    """
    topup = queries.get(topup_id, person=hand.person)
    now = clock.now()
    payment = scanning.begin(topup.id, channel=channel, scene="native", now=now)
    _pay(payment, PURPOSE, hand)


def pay_deposit(card_id: UUID, channel: str, hand: Hand) -> None:
    """The same for the deposit of a card. DepositStands, MerchantUnknown, ChannelSilent …"""
    card = cards.get(hand.person, card_id)
    _deposit, payment = taking.begin(
        person=hand.person, card=card, channel=channel, scene="native", payer_ip=None,
        now=clock.now(),
    )  # fmt: skip
    _pay(payment, DEPOSIT, hand)


def tap(topup_id: UUID, hand: Hand, *, tear: str = "") -> None:
    """Holds the card to the phone once: ends what is in doubt first, then loads what is paid.

    `tear` takes the card away "before" or "after" it has carried out CREDIT. Raises what stands in
    the way of loading, in the load's own words.
    """
    topup = queries.get(topup_id, person=hand.person)
    in_doubt = loads.unresolved_load_of(topup.card) is not None
    if not in_doubt:
        conversation.refuse_unless_loadable(topup)
    with _card_of(topup.card) as chip:
        if in_doubt:
            _show(topup.card, chip, hand)
            topup = queries.get(topup_id, person=hand.person)
            if topup.state != "paid":
                return
            chip.line("!reset")
        _load(topup_id, chip, hand, tear)


def card_file(card: TransitCard) -> Path:
    """Where the sandbox keeps the state of this card's chip."""
    return settings.DATA_DIR / "cards" / f"{card.asn}.json"


def _pay(payment: Payment, description: str, hand: Hand) -> None:
    payment = paying.offer(payment, description=description, actor=hand.actor, now=clock.now())
    wallet = Neighbour(payment.merchant.base_url)
    wallet.open(payment.offer or {})
    wallet.pay(payment.order_no)


def _load(topup_id: UUID, chip: VirtualCard, hand: Hand, tear: str) -> None:
    talk = conversation.open_load(topup_id, person=hand.person, actor=hand.actor, now=clock.now())
    seal = conversation.seal(
        talk.load_id,
        _run(chip, talk.script),
        person=hand.person,
        actor=hand.actor,
        now=clock.now(),
    )
    if tear in TEARS:
        chip.line(f"!tear-{tear}")
    conversation.prove(
        talk.load_id,
        _run(chip, seal.script),
        person=hand.person,
        actor=hand.actor,
        now=clock.now(),
    )


def _show(card: TransitCard, chip: VirtualCard, hand: Hand) -> None:
    talk = conversation.open_evidence(card, actor=hand.actor, now=clock.now())
    assert talk.inquiry_id is not None, "evidence is asked for by an inquiry"
    conversation.take_evidence(
        talk.inquiry_id,
        _run(chip, talk.script),
        person=hand.person,
        actor=hand.actor,
        now=clock.now(),
    )


def _run(chip: VirtualCard, script: Sequence[Step]) -> list[str]:
    """Carries a script to the card as a phone would; stops where script or power says so."""
    answers: list[str] = []
    for step in script:
        answer = chip.line(step.apdu_hex)
        answers.append(answer)
        if answer == TORN or (step.expect == OK and not answer.endswith(OK)):
            break
    return answers


@contextmanager
def _card_of(card: TransitCard) -> Iterator[VirtualCard]:
    """The chip of this card, alone in this hand; a new one is empty."""
    file = card_file(card)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if file.exists():
            state = CardState(**json.loads(file.read_text(encoding="utf-8")))
        else:
            state = stage.virtual_card_of(card.asn, stage.keys_in(seed.card_keys_file())).state
        yield VirtualCard(state, quirks=Quirks(pin=PIN), file=file)
