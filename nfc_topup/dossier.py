"""What officers are shown of a load in doubt: values only, in the order of time, each explained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID


class Strength(StrEnum):
    """PROOF: made with the card's key over our own data. HINT: plausible, but anybody could have
    written it. NOTHING: says nothing about the credit either way."""

    PROOF = "proof"
    HINT = "hint"
    NOTHING = "nothing"


class Says(StrEnum):
    """Which way an exhibit points, as far as its strength goes."""

    LOADED = "loaded"
    NOT_LOADED = "not_loaded"
    NEITHER = "neither"


class Kind(StrEnum):
    """What an exhibit is."""

    SEAL = "seal"
    CHALLENGE = "challenge"
    SIGHTING = "sighting"
    PROOF_ATTEMPT = "proof_attempt"
    INQUIRY = "inquiry"
    LOG_RECORD = "log_record"
    STEP = "step"
    INCIDENT = "incident"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """One piece of evidence: when, from whom, at which terminal, and what it proves and does not.

    `source_id` is the row's own id as text; `actor` is `kind:id`, empty where old rows do not know;
    `terminal` is the terminal number under the MACs (12 hex digits), empty where there is none.
    `facts` are numbers and short texts (fen in names that end in `_fen`); no key, no card number.
    """

    at: datetime
    kind: Kind
    source_id: str
    actor: str
    terminal: str
    facts: Mapping[str, str | int | bool | None]
    strength: Strength
    says: Says
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What one officer proposed. `state` is the approval's: asked, approved, refused, expired,
    spent; or `stale` while it is asked or approved although evidence has changed since."""

    decision_id: UUID
    load_id: UUID
    pool: int
    verdict: str
    reason: str
    proposed_by: UUID
    proposed_at: datetime
    expires_at: datetime
    state: str
    carried_out_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """Why a load stood where it stood, as it was said at that moment."""

    at: datetime
    outcome: str
    reason: str
    actor: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingLoad:
    """One unclear load in the officers' list. `card` is masked; `asked` counts answered questions.

    `proposal` is the one that waits for a second officer, None without one.
    """

    load_id: UUID
    order_id: UUID
    pool: int
    card: str
    amount_fen: int
    state: str
    sealed_at: datetime
    age: timedelta
    asked: int
    last_reason: str
    last_zh: str
    last_en: str
    proposal: Proposal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """Everything known of one load, oldest first.

    `seen` binds what was shown: give it to `propose`, which refuses when evidence has changed.
    `undecided`: whether officers may decide it. `contradicted_at` as on the load.
    """

    load_id: UUID
    order_id: UUID
    pool: int
    card: str
    profile_name: str
    only_issuer: bool
    amount_fen: int
    balance_before_fen: int | None
    counter: int | None
    terminal: str
    state: str
    undecided: bool
    opened_at: datetime
    sealed_at: datetime | None
    ended_at: datetime | None
    ended_by: str
    contradicted_at: datetime | None
    exhibits: tuple[Exhibit, ...]
    explanations: tuple[Explained, ...]
    proposals: tuple[Proposal, ...]
    seen: str
