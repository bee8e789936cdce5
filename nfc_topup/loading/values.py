"""What a load conversation hands to the roof."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nfc_topup.card.scripts import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A script for the card. `inquiry_id` is set when it asks for evidence about `load_id`."""

    load_id: UUID
    script: list[Step]
    inquiry_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """A seal whose row is written: the CREDIT script. `is_new` is False when it is told again."""

    load_id: UUID
    script: list[Step]
    is_new: bool
    counter: int
    digits: str
    balance_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Where a load stands after a card spoke, and why, in one sentence in each language.

    `outcome` of a proof: loaded or in_doubt. Of evidence: loaded, not_loaded or unclear. Either
    may be `loaded_after_refusal`: a credit was proved although the load had been decided as not
    loaded; the load's row keeps the TAC and `contradicted_at`, an alarm was raised, and the book
    must follow the card. `not_loaded_after_all` is the opposite: two officers had decided
    that it was loaded, and the counter under a fresh MAC1 proves that nothing was written. A proof
    without TAC for a load already decided as not loaded answers `not_loaded`. `tac` is hex, empty
    when the counter alone proved it. `decided_at` is the moment of what was decided last (of the
    contradiction, where there is one), the same each time it is told; None while nothing is.
    """

    load_id: UUID
    outcome: str
    tac: str
    new_balance_fen: int | None
    counter: int | None
    decided_at: datetime | None
    why_zh: str
    why_en: str
