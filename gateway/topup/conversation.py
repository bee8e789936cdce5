"""Carries a paid top-up onto its card: the talk with the card, and the money that follows it.

The hold on the money belongs to the load, not to the order, so that a second tap has its own.
Locks are taken in one order: payment, top-up, load, ledger accounts; nothing here needs a payment.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts import duties, trail
from accounts.actors import WORKER, Actor
from accounts.identifiers import derive
from accounts.models import Person, TransitCard
from gateway.topup import known, limits, onlookers, queries
from gateway.topup.errors import CardNotInUse, NothingLeftToLoad, NotPaidYet
from gateway.topup.lifecycle import UNRESOLVED
from gateway.topup.models import TopUp
from nfc_topup import applications, loading
from nfc_topup import queries as loads
from nfc_topup.card.purse import Challenge
from nfc_topup.errors import DecisionContradicted, InquiryUnknown
from nfc_topup.loading import Conversation, Seal, Verdict
from reserve_funds import postings
from reserve_funds.ledger import book
from reserve_funds.ledger import queries as ledger
from reserve_funds.ledger.values import Posting

SEALED, AFTER_ALL, NOT_ON_CARD = "sealed", "after_all", "not_on_card"


def open_load(
    topup_id: UUID,
    *,
    person: Person | None,
    actor: Actor,
    now: datetime,
    aid: bytes | None = None,
) -> Conversation:
    """Opens the talk with the card of a paid top-up; `aid` is what the client saw it answer to.

    Raises NotPaidYet, NothingLeftToLoad, CardNotInUse, AidUnknown, and LoadUnresolved while an
    earlier load of this card is in doubt: that is repaired first.
    """
    topup = queries.get(topup_id, person=person)
    refuse_unless_loadable(topup)
    if aid is not None:
        applications.answers_to(topup.card, aid, actor=actor, now=now)
    return loading.open_load(topup.card, topup.id, topup.amount_fen, actor, now)


def seal(
    load_id: UUID,
    answers: list[str] | Challenge,
    *,
    person: Person | None,
    actor: Actor,
    now: datetime,
) -> Seal:
    """Takes the card's challenge and gives the CREDIT command; the same challenge, the same one.

    `answers` are the opening script's, or the bare challenge from a party that drives the card
    itself. The vault works first, outside any transaction; then the hold, the seal's row and the
    top-up's move are committed together, and only then does MAC2 leave. CardWouldHoldTooMuch when
    the balance that MAC1 proves leaves no room by the rules of the card's pool.
    """
    topup_id = _topup_of(load_id, person).id
    try:
        if isinstance(answers, Challenge):
            prepared = loading.prepare_bare_seal(load_id, answers, actor, now)
        else:
            prepared = loading.prepare_seal(load_id, answers, actor, now)
    except DecisionContradicted as proved:
        catch_up(UUID(str(proved.facts["load_id"])), actor=actor, now=now)
        raise
    with transaction.atomic():
        topup, profile = known.locked(topup_id, person=person, now=now)
        made = loading.commit_seal(prepared, actor, now)
        if made.is_new:
            refuse_unless_loadable(topup)
            limits.refuse_seal(topup, profile, made.balance_fen)
            book.hold(_money_of(topup, load_id, now, step=SEALED))
            trail.advance(topup, to="loading", actor=actor, because="a seal was given out", now=now)
        return made


def prove(
    load_id: UUID, answers: list[str], *, person: Person | None, actor: Actor, now: datetime
) -> Verdict:
    """Takes the answer to CREDIT: a TAC that verifies books the load, all else is doubt."""
    topup_id = _topup_of(load_id, person).id
    prepared = loading.prepare_proof(load_id, answers)
    with transaction.atomic():
        topup = queries.get(topup_id, person=person, lock=True)
        verdict = loading.commit_proof(prepared, actor, now)
        follow(topup, verdict, actor=actor, now=now)
        return verdict


def open_evidence(
    card: TransitCard, *, actor: Actor, now: datetime, aid: bytes | None = None
) -> Conversation:
    """Opens the talk with a card that is seen again; anybody who holds the card may present it.

    Raises NothingUnresolved; AidUnknown and OtherApplication for what a client saw (`aid`).
    """
    if aid is not None:
        applications.refuse_other(card, aid)
    return loading.open_evidence(card, actor, now)


def take_evidence(
    inquiry_id: UUID, answers: list[str], *, person: Person | None, actor: Actor, now: datetime
) -> Verdict:
    """Judges what the card shows and lets the money follow.

    Anybody may present a card and ask; InquiryUnknown for a person (a kiosk is None) who answers
    what another has asked and neither holds the card nor has paid for the load.
    """
    inquiry = loads.inquiry(inquiry_id)
    order_id = inquiry.load.order_id
    asked_of = queries.get(order_id, person=None)
    has_asked = (inquiry.asked_by_kind, inquiry.asked_by_id) == (actor.kind, actor.id)
    concerns = (asked_of.person_id, asked_of.card.holder_id)
    if person is not None and not has_asked and person.pk not in concerns:
        raise InquiryUnknown(inquiry_id=inquiry_id)
    prepared = loading.prepare_evidence(inquiry_id, answers, actor, now)
    with transaction.atomic():
        topup = queries.get(order_id, person=None, lock=True)
        verdict = loading.commit_evidence(prepared, actor, now)
        follow(topup, verdict, actor=actor, now=now)
        return verdict


def follow(topup: TopUp, verdict: Verdict, *, actor: Actor, now: datetime) -> None:
    """Moves money and top-up to where the card's evidence has put the load. Repeats do nothing.

    The top-up moves only with the money of that very load: what is said again of an earlier load
    of the same order resolves no hold, so it moves nothing while another seal is out.
    """
    decided_at = verdict.decided_at or now
    if verdict.outcome == "loaded_after_refusal":
        _reopen(topup, verdict, actor=actor, now=now)
    elif verdict.outcome == "not_loaded_after_all":
        _restore(topup, verdict, actor=actor, now=now)
    elif topup.state not in UNRESOLVED:
        return
    elif verdict.outcome == "loaded":
        if book.settle(topup.pool, _hold_of(verdict.load_id), event_at=decided_at).is_new:
            trail.advance(
                topup, to="loaded", actor=actor, because=verdict.why_en, now=now, loaded_at=now
            )
    elif verdict.outcome == "not_loaded":
        if book.release(topup.pool, _hold_of(verdict.load_id), event_at=decided_at).is_new:
            trail.advance(topup, to="paid", actor=actor, because=verdict.why_en, now=now)
    elif verdict.outcome == "in_doubt" and topup.state == "loading":
        trail.advance(topup, to="in_doubt", actor=actor, because=verdict.why_en, now=now)


def refuse_unless_loadable(topup: TopUp) -> None:
    """CardNotInUse, NotPaidYet, NothingLeftToLoad unless a load may be opened for the top-up."""
    if topup.card.state != "in_use":
        raise CardNotInUse(card_id=topup.card_id, state=topup.card.state)
    if topup.state == "placed":
        raise NotPaidYet(topup_id=topup.id)
    if topup.state in ("loaded", "expired", "refunding", "refunded"):
        raise NothingLeftToLoad(topup_id=topup.id, state=topup.state)


def doubt(topup_id: UUID, *, because: str, now: datetime) -> None:
    """A seal was given out and nothing came back: from now on only the card can say."""
    with transaction.atomic():
        topup = queries.get(topup_id, person=None, lock=True)
        if topup.state == "loading":
            trail.advance(topup, to="in_doubt", actor=WORKER, because=because, now=now)


def catch_up(load_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Lets the money of a load go where the card has put it since; nothing where it is there."""
    order_id = loads.get(load_id).order_id
    with transaction.atomic():
        topup = queries.get(order_id, person=None, lock=True)
        follow(topup, loading.verdict_on(load_id), actor=actor, now=now)


def _restore(topup: TopUp, verdict: Verdict, *, actor: Actor, now: datetime) -> None:
    """The card proves that what two officers called loaded is not on it: the claim waits again.

    The money never left the reserve, so nobody's own money is needed: what was owed for value in
    the card is owed for the order once more, and can be loaded or given back.
    """
    if topup.state != "loaded":
        return
    restored = postings.of(
        "card_balance_moved",
        topup.pool,
        verdict.load_id,
        step=NOT_ON_CARD,
        debit=postings.card_purse(topup.card.asn),
        credit=postings.unloaded_order(topup.id),
        amount_fen=topup.amount_fen,
        event_at=verdict.decided_at or now,
    )
    if not book.post([restored])[0].is_new:
        return
    return_at = now + timedelta(days=settings.UNLOADED_RETURN_DAYS)
    trail.advance(
        topup,
        to="paid",
        actor=actor,
        because=verdict.why_en,
        now=now,
        loaded_at=None,
        return_at=return_at,
    )
    onlookers.not_on_its_card(topup, now=now)
    duties.owe("topup.return", topup.id, now=now, due_at=return_at)


def _reopen(topup: TopUp, verdict: Verdict, *, actor: Actor, now: datetime) -> None:
    """The card proves a credit that had been decided against: the book follows the card, once.

    Where the order's money still waits, it is this load's after all; where it has gone back, is
    on the card already or held for another load, own money covers what the card holds. Whichever
    it was first, it stays.
    """
    proved_at = verdict.decided_at or now
    after_all = _money_of(topup, verdict.load_id, proved_at, step=AFTER_ALL)
    covered = postings.load_unauthorised(
        topup.pool,
        verdict.load_id,
        topup.card.asn,
        amount_fen=topup.amount_fen,
        event_at=proved_at,
    )
    if ledger.transfers_of_event(topup.pool, [one.id for one in (after_all, *covered)]):
        return
    if topup.state != "paid":
        book.post(covered)
        loading.lock_card(verdict.load_id, because="credited_after_refund", actor=actor, now=now)
        return
    book.post([after_all])
    trail.advance(topup, to="loading", actor=actor, because=verdict.why_en, now=now)
    trail.advance(topup, to="loaded", actor=actor, because=verdict.why_en, now=now, loaded_at=now)


def _topup_of(load_id: UUID, person: Person | None) -> TopUp:
    return queries.get(loads.get(load_id).order_id, person=person)


def _money_of(topup: TopUp, load_id: UUID, now: datetime, *, step: str) -> Posting:
    """What a load takes from its order to its card; its id follows from the load's and the step."""
    return postings.of(
        "load",
        topup.pool,
        load_id,
        step=step,
        debit=postings.unloaded_order(topup.id),
        credit=postings.card_purse(topup.card.asn),
        amount_fen=topup.amount_fen,
        event_at=now,
    )


def _hold_of(load_id: UUID) -> UUID:
    """The hold that lasts while the load is unresolved."""
    return derive(load_id, SEALED)
