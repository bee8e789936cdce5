"""Officers' door to unclear loads: what waits, the evidence, a proposal, and its money.

A first officer proposes, a second one approves; the hold is settled or released in the very
transaction that ends the load. A refund exists only afterwards, by the ordinary path.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.actors import Actor
from accounts.models import Person
from gateway.topup import conversation, queries
from nfc_topup import decisions
from nfc_topup import queries as loads
from nfc_topup.decisions import dossier, propose, refuse, waiting
from nfc_topup.loading import Verdict

__all__ = ["approve", "dossier", "propose", "refuse", "waiting"]


def approve(decision_id: UUID, *, checker: Person, now: datetime) -> Verdict:
    """The second officer approves: load, hold and top-up move together, or nothing does.

    DecisionUnknown, MakerIsChecker, NotAllowed, ApprovalExpired, ApprovalDecided,
    NothingUndecided (the card was faster), EvidenceChanged (look again, propose anew).
    """
    load = loads.get(decisions.get(decision_id).load_id)
    with transaction.atomic():
        topup = queries.get(load.order_id, person=None, lock=True)
        verdict = decisions.carry_out(decision_id, checker=checker, now=now)
        officer = Actor(kind="officer", id=str(checker.pk))
        conversation.follow(topup, verdict, actor=officer, now=now)
        return verdict
