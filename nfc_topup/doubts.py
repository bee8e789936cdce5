"""What waits for officers: unclear loads, their dossiers, the proposals about them; only read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q

from accounts.masking import mask_card_no
from accounts.models import Approval, TransitCard
from nfc_topup import exhibits, explaining, keyring, queries
from nfc_topup.dossier import Dossier, Proposal, WaitingLoad
from nfc_topup.lifecycle import DECIDABLE
from nfc_topup.models import Decision, Explanation, Load

PAGE = 500


def waiting(pool: int | None, now: datetime) -> list[WaitingLoad]:
    """Loads in doubt, the oldest first; None: of every pool. One whose card may still answer
    (sealed less than a minute ago) is not among them.

    At most 500 at once. The sum of `amount_fen` is the value at risk.
    """
    loads = Load.objects.filter(state=DECIDABLE).select_related("application")
    if pool is not None:
        of_pool = TransitCard.objects.filter(operator__pool=pool).values("asn")
        loads = loads.filter(application__asn__in=of_pool)
    answered = Count("inquiries", filter=Q(inquiries__state="answered"))
    found = list(loads.annotate(asked=answered).order_by("sealed_at", "id")[:PAGE])
    pools = queries.pools_of(load.application.asn for load in found)
    last = _last_words(found)
    asked = {one.load_id: one for one in proposals(found) if one.state in ("asked", "approved")}
    return [_waiting(load, pools, last, asked, now) for load in found]


def dossier(load_id: UUID) -> Dossier:
    """Everything known of one load, whatever its state; LoadUnknown."""
    load = queries.get(load_id)
    profile = keyring.profile_named(load.profile_name)
    seal = queries.seal_of(load.id)
    return Dossier(
        load_id=load.id,
        order_id=load.order_id,
        pool=queries.pool_of(load.application.asn),
        card=mask_card_no(load.application.asn),
        profile_name=profile.name,
        only_issuer=profile.only_issuer,
        amount_fen=load.amount_fen,
        balance_before_fen=profile.balance_fen(seal.balance_raw) if seal else None,
        counter=load.counter,
        terminal=load.terminal,
        state=load.state,
        undecided=load.state == DECIDABLE,
        opened_at=load.opened_at,
        sealed_at=load.sealed_at,
        ended_at=load.ended_at,
        ended_by=load.ended_by,
        contradicted_at=load.contradicted_at,
        exhibits=exhibits.of(load, seal, profile),
        explanations=explaining.of(load),
        proposals=tuple(proposals([load])),
        seen=digest(load.id).hex(),
    )


def digest(load_id: UUID) -> bytes:
    """SHA-256 over the load and all evidence of it, by the database's own function."""
    return _asked("SELECT public.nfc_topup_evidence_digest(%s)", load_id)


def fingerprint(load_id: UUID, verdict: str, reason: str) -> bytes:
    """What an approval of this decision is bound to, on the evidence as it is now."""
    sql = "SELECT public.nfc_topup_decision_fingerprint(%s, %s, %s)"
    return _asked(sql, load_id, verdict, reason)


def _asked(sql: str, *parameters: UUID | str) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return bytes(cursor.fetchone()[0])


def proposals(loads: Iterable[Load]) -> list[Proposal]:
    """Every proposal about these loads, oldest first."""
    rows = list(Decision.objects.filter(load__in=list(loads)).order_by("proposed_at", "id"))
    states = Approval.objects.filter(pk__in=[row.approval_id for row in rows])
    told = dict(states.values_list("id", "state"))
    return [proposal(row, told[row.approval_id], stale=_is_stale(row)) for row in rows]


def _is_stale(row: Decision) -> bool:
    if row.carried_out_at is not None:
        return False
    return fingerprint(row.load_id, row.verdict, row.reason) != bytes(row.fingerprint)


def proposal(row: Decision, state: str, *, stale: bool) -> Proposal:
    """The row as a value, with the state of its approval."""
    return Proposal(
        decision_id=row.id,
        load_id=row.load_id,
        pool=row.pool,
        verdict=row.verdict,
        reason=row.reason,
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        expires_at=row.expires_at,
        state="stale" if stale and state in ("asked", "approved") else state,
        carried_out_at=row.carried_out_at,
    )


def _last_words(loads: Sequence[Load]) -> dict[UUID, Explanation]:
    """The newest explanation of each load."""
    rows = Explanation.objects.filter(load__in=loads).order_by("load_id", "-id").distinct("load_id")
    return {row.load_id: row for row in rows}


def _waiting(
    load: Load,
    pools: dict[str, int],
    last: dict[UUID, Explanation],
    asked: dict[UUID, Proposal],
    now: datetime,
) -> WaitingLoad:
    assert load.sealed_at is not None, "an unresolved load was sealed"
    word = last.get(load.id)
    return WaitingLoad(
        load_id=load.id,
        order_id=load.order_id,
        pool=pools[load.application.asn],
        card=mask_card_no(load.application.asn),
        amount_fen=load.amount_fen,
        state=load.state,
        sealed_at=load.sealed_at,
        age=now - load.sealed_at,
        asked=load.asked,  # type: ignore[attr-defined]
        last_reason=word.reason if word else "",
        last_zh=word.why_zh if word else "",
        last_en=word.why_en if word else "",
        proposal=asked.get(load.id),
    )
