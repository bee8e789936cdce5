"""Takes a legacy system's balances, compares a parallel run, opens its money, moves it as seen."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import BinaryIO
from uuid import UUID

from django.db import connection, transaction
from psycopg.errors import UniqueViolation

from accounts import approvals, kept_files, roles, trail
from accounts.actors import Actor
from accounts.identifiers import derive, new_id
from accounts.models import Approval, Person
from reserve_funds import postings
from reserve_funds.chart import CoverReason
from reserve_funds.custody.bank.booking import subject_of
from reserve_funds.custody.bank.matters import UNCLEAR_CASE
from reserve_funds.custody.bank.understanding import suspense_of
from reserve_funds.custody.cases import kinds
from reserve_funds.custody.cases.services import close_case, open_case
from reserve_funds.custody.cutover import arrivals, parallel, reading
from reserve_funds.custody.cutover.errors import (
    LegacyFileRefused,
    LegacyNotTaken,
    LegacyTakerOpens,
)
from reserve_funds.custody.cutover.models import (
    OPENED,
    LegacyCard,
    LegacyCardSeen,
    LegacyImport,
)
from reserve_funds.ledger import book, queries
from reserve_funds.ledger.values import Posting
from reserve_funds.refs import account, card_purse, own_cover_due

PURPOSE = "legacy_opening"
MORE_ON_CARD = kinds.register(
    "legacy_card_holds_more",
    zh="历史卡的卡内余额多于移交数据",
    en="A legacy card holds more than was handed over",
    working_days=5,
)
_OPEN_FOR = timedelta(days=3)
_COPY = "COPY custody_cutover_legacycard (taken_id, pool, card, balance_fen) FROM STDIN"
_TAKEN = """
SELECT count(*), coalesce(sum(balance_fen), 0)::bigint
  FROM custody_cutover_legacycard WHERE taken_id = %s
"""
_UNSEEN = """
SELECT DISTINCT ON (c.id) c.id, s.id, s.balance_fen, s.seen_at
  FROM custody_cutover_legacycard c
  JOIN custody_cutover_legacyimport i ON i.id = c.taken_id AND i.state = 'opened'
  JOIN custody_coverage_provedbalance s ON s.pool = c.pool AND s.card = c.card
       AND s.seen_at >= i.as_of
 WHERE c.pool = %s
   AND NOT EXISTS (SELECT FROM custody_cutover_legacycardseen n WHERE n.card_id = c.id)
 ORDER BY c.id, s.seen_at, s.counter, s.id LIMIT %s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """What the legacy operator signed beside its file: whose, how much, and the file's digest."""

    pool: int
    issuer: str
    as_of: datetime
    cards: int
    total_fen: int
    digest: str
    handed_fen: int
    bank_account: str


def take(file: BinaryIO, told: Handover, *, taken_by: Person, now: datetime) -> LegacyImport:
    """Takes the balances of an issuer whole, or nothing: digest, count and total must be as told.

    The same file again is the same import, of whoever took it first. Nothing is booked yet.
    LegacyFileRefused, KeptFileTooLarge. Open no transaction around it.
    """
    kept = kept_files.keep_stream(file, most_bytes=reading.MOST_BYTES)
    if not hmac.compare_digest(kept.digest.encode(), told.digest.lower().encode()):
        raise LegacyFileRefused("another digest than told")
    known = LegacyImport.objects.filter(pool=told.pool, issuer=told.issuer).first()
    if known is not None:
        if not hmac.compare_digest(known.digest, kept.digest):
            raise LegacyFileRefused("this issuer was taken with another file")
        return known
    if not 0 <= told.handed_fen <= told.total_fen:
        raise LegacyFileRefused("more handed over than is owed")
    row = LegacyImport(
        id=new_id(now),
        pool=told.pool,
        issuer=told.issuer,
        digest=kept.digest,
        cards=told.cards,
        total_fen=told.total_fen,
        handed_fen=told.handed_fen,
        bank_account=told.bank_account,
        as_of=told.as_of,
        taken_by=taken_by,
        taken_at=now,
    )
    with transaction.atomic(), connection.cursor() as cursor:
        LegacyImport.objects.bulk_create([row])
        try:
            with kept_files.opened(kept.digest) as whole, cursor.copy(_COPY) as copy:
                for card, balance_fen in reading.cards(whole):
                    copy.write_row((row.id, row.pool, card, balance_fen))
        except UniqueViolation as known_card:
            raise LegacyFileRefused("a card was taken before") from known_card
        cursor.execute(_TAKEN, [row.id])
        if cursor.fetchone() != (told.cards, told.total_fen):
            raise LegacyFileRefused("the totals are not those told")
        trail.record("legacy_balances_taken", actor=_officer(taken_by), now=now,
                     subject=f"legacy_import:{row.id}", pool=row.pool, digest=row.digest,
                     cards=row.cards, total_fen=row.total_fen)  # fmt: skip
    return row


def opening(taken: LegacyImport) -> list[Posting]:
    """The opening balance: money that came, and apart, mirrored, what own money owes for them.

    What of the money lies in suspense already, since its statement came first, is taken from there.
    """
    owed = account("legacy_float", taken.issuer)
    there = arrivals.waiting(taken)
    made = [
        postings.of("legacy_arrived", taken.pool, taken.id, step=f"arrived {entry_id}",
                    debit=suspense_of(entry_id), credit=owed, amount_fen=fen,
                    event_at=taken.as_of)
        for entry_id, fen in there
    ]  # fmt: skip
    if to_come_fen := taken.handed_fen - sum(fen for _, fen in there):
        made.append(
            postings.of("legacy_opened", taken.pool, taken.id,
                        debit=account("bank_reserve", taken.bank_account), credit=owed,
                        amount_fen=to_come_fen, event_at=taken.as_of)
        )  # fmt: skip
    if taken.shortfall_fen:
        cross, reason = derive(taken.id, "shortfall"), CoverReason.LEGACY_SHORTFALL
        made += [
            postings.of("legacy_opened", taken.pool, taken.id, step="legacy_shortfall",
                        debit=own_cover_due(reason), credit=owed,
                        amount_fen=taken.shortfall_fen, event_at=taken.as_of, cross_id=cross),
            postings.of("own_cover_owed", taken.pool, taken.id, step="legacy_owed",
                        debit=account("loss", reason), credit=account("due_to_reserve", reason),
                        amount_fen=taken.shortfall_fen, event_at=taken.as_of, cross_id=cross),
        ]  # fmt: skip
    return made


def ask_sign_off(
    import_id: UUID, *, maker: Person, first: date, last: date, now: datetime
) -> Approval:
    """One person asks to open the balances, with the parallel run's differences before them.

    Bound to the very postings that will be booked; another person decides, and neither is who
    took the handover. LegacyNotTaken, LegacyTakerOpens.
    """
    taken = _taken(import_id)
    _refuse_taker(taken, maker)
    found = parallel.compare(taken.pool, first=first, last=last)
    return approvals.ask(
        maker=maker,
        purpose=PURPOSE,
        pool=taken.pool,
        content={
            "import": str(taken.id),
            "issuer": taken.issuer,
            "digest": taken.digest,
            "total_fen": taken.total_fen,
            "shortfall_fen": taken.shortfall_fen,
            "parallel_days": [first.isoformat(), last.isoformat()],
            "days_without_legacy_figures": [
                each.isoformat() for each in parallel.missing(taken.pool, first=first, last=last)
            ],
            "differences": [each.as_facts() for each in found],
        },
        fingerprint=book.fingerprint(opening(taken)),
        now=now,
        expires_at=now + _OPEN_FOR,
        checker_role=roles.FINANCE_OFFICER,
    )


def sign_off(approval_id: UUID, *, checker: Person, now: datetime) -> LegacyImport:
    """A second person signs; the opening is booked, once.

    LegacyTakerOpens, and the errors of `approvals` and the book.
    """
    with transaction.atomic():
        approval = approvals.approve(approval_id, checker=checker, now=now)
        taken = _taken(UUID(str(approval.content["import"])))
        _refuse_taker(taken, checker)
        if taken.state != OPENED:
            there = arrivals.waiting(taken)
            book.post([replace(posting, approval_id=approval.pk) for posting in opening(taken)])
            actor = _officer(checker)
            trail.advance(
                taken, to=OPENED, actor=actor, because=PURPOSE, now=now, approval_id=approval.pk
            )
            for entry_id, _fen in there:
                if queries.balance_fen(taken.pool, suspense_of(entry_id)) == 0:
                    close_case(
                        UNCLEAR_CASE, pool=taken.pool, subject=subject_of(entry_id), actor=actor,
                        because="it is part of an opening", now=now,
                    )  # fmt: skip
    return taken


def see_proved(pool: int, *, now: datetime, limit: int = 500) -> int:
    """Each legacy card's first proved balance moves what was handed over for it to its purse.

    A card that holds more than it can have is moved as handed over, and a case tells the rest.
    """
    with connection.cursor() as cursor:
        cursor.execute(_UNSEEN, [pool, limit])
        found = cursor.fetchall()
    for card_id, sighting, proved_fen, seen_at in found:
        with transaction.atomic():
            card = LegacyCard.objects.select_related("taken").get(pk=card_id)
            LegacyImport.objects.select_for_update().get(pk=card.taken_id)
            if LegacyCardSeen.objects.filter(card=card).exists():
                continue
            _move(card, sighting, proved_fen, seen_at, now)
    return len(found)


def pools_with_legacy() -> list[int]:
    """Pools that still have legacy cards nobody has seen."""
    rows = LegacyCard.objects.filter(legacycardseen=None, taken__state=OPENED)
    return sorted(set(rows.values_list("pool", flat=True)))


def _move(
    card: LegacyCard, sighting: int, proved_fen: int, seen_at: datetime, now: datetime
) -> None:
    purse = card_purse(card.card)
    could_hold = queries.balance_fen(card.pool, purse) + card.balance_fen
    if card.balance_fen:
        book.post([
            postings.of("legacy_card_seen", card.pool, card.taken_id, step=f"seen {card.card}",
                        debit=account("legacy_float", card.taken.issuer), credit=purse,
                        amount_fen=card.balance_fen, event_at=seen_at)
        ])  # fmt: skip
    LegacyCardSeen.objects.bulk_create([
        LegacyCardSeen(card=card, sighting=sighting, proved_fen=proved_fen, moved_at=now)
    ])  # fmt: skip
    if proved_fen > could_hold:
        open_case(
            MORE_ON_CARD, pool=card.pool, subject=f"card:…{card.card[-4:]}:{card.pk}", now=now,
            amount_fen=proved_fen - could_hold, sighting=sighting,
        )  # fmt: skip


def _refuse_taker(taken: LegacyImport, person: Person) -> None:
    if taken.taken_by_id == person.pk:
        raise LegacyTakerOpens(id=str(taken.pk))


def _officer(person: Person) -> Actor:
    return Actor(kind="officer", id=str(person.pk))


def _taken(import_id: UUID) -> LegacyImport:
    found = LegacyImport.objects.filter(pk=import_id).first()
    if found is None:
        raise LegacyNotTaken(id=str(import_id))
    return found
