"""Incidents at cards: what must not be possible and was seen, kept until two officers close it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from accounts import people, roles, trail
from accounts.actors import Actor
from accounts.errors import MakerIsChecker, NotAllowed
from accounts.identifiers import new_id
from accounts.masking import mask_card_no
from accounts.models import Person
from nfc_topup import queries
from nfc_topup.models import CardApplication, Incident, Load
from nfc_topup.officer_errors import IncidentUnknown, ReasonMissing

ROLES = (roles.FINANCE_OFFICER, roles.SECURITY_OFFICER)
LONGEST_EXPLANATION = 300


class IncidentKind(StrEnum):
    """What was seen."""

    ROLLED_BACK = "counter_rolled_back"
    JUMPED = "counter_jumped"
    CREDITED_AFTER_ALL = "credited_after_refusal"
    NOT_CREDITED_AFTER_ALL = "not_credited_after_decision"


SENTENCES: dict[IncidentKind, tuple[str, str]] = {
    IncidentKind.ROLLED_BACK: (
        "卡片计数器比它已经证明过的还小,疑似复制卡。",
        "The counter is below one that the card has proved before: perhaps a copy of the card.",
    ),
    IncidentKind.JUMPED: (
        "卡片计数器的增加超出已知的圈存,可能有人在别处为此卡充值。",
        "The counter is further on than known loads explain: perhaps the card is loaded elsewhere.",
    ),
    IncidentKind.CREDITED_AFTER_ALL: (
        "判定未写入之后,卡片证明金额已写入。",
        "The card proved a credit after it had been decided that nothing was written.",
    ),
    IncidentKind.NOT_CREDITED_AFTER_ALL: (
        "两名财务人员判定已写入之后,卡片证明金额没有写入。",
        "The card proved that nothing was written after two officers had decided that it was.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFacts:
    """One incident. `card` is masked; `load_id` None where no load of ours is concerned."""

    incident_id: UUID
    kind: IncidentKind
    card: str
    pool: int
    load_id: UUID | None
    known_counter: int
    seen_counter: int
    amount_fen: int
    actor: str
    happened_at: datetime
    state: str
    explanation: str
    explained_by: UUID | None
    zh: str
    en: str


def notice(
    kind: IncidentKind,
    application: CardApplication,
    *,
    known: int,
    seen: int,
    source_id: UUID,
    actor: Actor,
    now: datetime,
    load: Load | None = None,
) -> None:
    """Keep an incident; the same one seen again while it is not closed is the same incident."""
    incident = Incident(
        id=new_id(now),
        kind=kind.value,
        application=application,
        load=load,
        pool=queries.pool_of(application.asn),
        known_counter=known,
        seen_counter=seen,
        amount_fen=load.amount_fen if load else 0,
        source_id=source_id,
        actor_kind=actor.kind,
        actor_id=actor.id,
        happened_at=now,
    )
    Incident.objects.bulk_create([incident], ignore_conflicts=True)


def open_ones(pool: int | None = None) -> list[IncidentFacts]:
    """Every incident that is not closed, the oldest first; None: of every pool."""
    rows = Incident.objects.exclude(state="closed").select_related("application")
    if pool is not None:
        rows = rows.filter(pool=pool)
    return [facts(row) for row in rows.order_by("happened_at", "id")]


def explain(incident_id: UUID, *, officer: Person, text: str, now: datetime) -> IncidentFacts:
    """An officer says what it was; another one closes it.

    IncidentUnknown, NotAllowed, ReasonMissing, IllegalTransition unless it is open.
    """
    told = text.strip()
    if not told or len(told) > LONGEST_EXPLANATION:
        raise ReasonMissing(length=len(told))
    with transaction.atomic():
        row = _of_officer(incident_id, officer, now)
        trail.advance(
            row,
            to="explained",
            actor=_actor(officer),
            because="explained by an officer",
            now=now,
            explanation=told,
            explained_by=officer.pk,
            explained_at=now,
        )
        trail.record("incident_explained", actor=_actor(officer), now=now,
                     subject=f"incident:{row.id}", kind=row.kind)  # fmt: skip
    return facts(row)


def close(incident_id: UUID, *, officer: Person, now: datetime) -> IncidentFacts:
    """A second officer agrees with the explanation.

    IncidentUnknown, NotAllowed, MakerIsChecker, IllegalTransition unless it is explained.
    """
    with transaction.atomic():
        row = _of_officer(incident_id, officer, now)
        if row.explained_by == officer.pk:
            raise MakerIsChecker(id=row.id)
        trail.advance(
            row,
            to="closed",
            actor=_actor(officer),
            because="a second officer agrees",
            now=now,
            closed_by=officer.pk,
            closed_at=now,
        )
        trail.record("incident_closed", actor=_actor(officer), now=now,
                     subject=f"incident:{row.id}", kind=row.kind)  # fmt: skip
    return facts(row)


def facts(row: Incident) -> IncidentFacts:
    """The row as a value, with its sentence."""
    kind = IncidentKind(row.kind)
    zh, en = SENTENCES[kind]
    return IncidentFacts(
        incident_id=row.id,
        kind=kind,
        card=mask_card_no(row.application.asn),
        pool=row.pool,
        load_id=row.load_id,
        known_counter=row.known_counter,
        seen_counter=row.seen_counter,
        amount_fen=row.amount_fen,
        actor=f"{row.actor_kind}:{row.actor_id}",
        happened_at=row.happened_at,
        state=row.state,
        explanation=row.explanation,
        explained_by=row.explained_by,
        zh=zh,
        en=en,
    )


def _of_officer(incident_id: UUID, officer: Person, now: datetime) -> Incident:
    rows = Incident.objects.select_for_update(of=("self",)).select_related("application")
    row = rows.filter(pk=incident_id).first()
    if row is None:
        raise IncidentUnknown(id=incident_id)
    if not any(people.has_role(officer, role, row.pool, now) for role in ROLES):
        raise NotAllowed("an officer of the pool does this", person=officer.pk, pool=row.pool)
    return row


def _actor(officer: Person) -> Actor:
    return Actor(kind="officer", id=str(officer.pk))
