"""Says why a load stands where it stands, in one sentence a language, and keeps what was said."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from accounts.actors import Actor
from nfc_topup.dossier import Explained
from nfc_topup.models import Explanation, Load

LONGEST = 300
Why = tuple[str, str]

SILENT: Why = (
    "授权已发出,但在规定时间内没有收到卡片的凭证,结果未知。",
    "The authorisation went out and no proof came back in time, so the result is unknown.",
)
CREDIT_TAC: Why = (
    "卡片对写卡命令回答的交易凭证(TAC)验证通过,金额已写入卡内。",
    "The card's transaction proof (TAC) to CREDIT verifies, so the value is on the card.",
)
LATE_TAC: Why = (
    "此前判定未写入,之后卡片的交易凭证(TAC)验证通过,证明金额在卡内。",
    "Nothing was written, it had been decided; a TAC that verifies now proves the value is there.",
)
COUNTER_AFTER_ALL: Why = (
    "人工判定未写入后,卡片计数器在新的 MAC1 保护下已加一,证明金额在卡内。",
    "Officers had decided that nothing was written; the counter under a fresh MAC1 proves it was.",
)
COUNTER_NEVER_MOVED: Why = (
    "人工判定已写入后,卡片计数器在新的 MAC1 保护下没有变化,证明金额不在卡内。",
    "Officers had decided that it was loaded; the counter under a fresh MAC1 proves it was not.",
)


def decided(verdict: str, reason: str) -> Why:
    """The sentence for a decision of two officers."""
    zh, en = {
        "loaded": ("已写入", "is on the card"),
        "not_loaded": ("未写入", "is not on the card"),
    }[verdict]
    return (
        f"两名财务人员判定金额{zh}:{reason}",
        f"Two officers decided that the value {en}: {reason}",
    )


def keep(
    load: Load,
    outcome: str,
    reason: str,
    why: Why,
    *,
    source_id: UUID,
    actor: Actor,
    now: datetime,
) -> None:
    """Write down one explanation beside what it explains, in the same transaction."""
    keep_all([(load, outcome, reason, why, source_id)], actor=actor, now=now)


def keep_all(
    told: Iterable[tuple[Load, str, str, Why, UUID]], *, actor: Actor, now: datetime
) -> None:
    """As `keep`, for many loads in one statement: (load, outcome, reason, why, source_id)."""
    Explanation.objects.bulk_create(
        Explanation(
            load=load,
            outcome=outcome,
            reason=reason,
            why_zh=why[0][:LONGEST],
            why_en=why[1][:LONGEST],
            source_id=source_id,
            actor_kind=actor.kind,
            actor_id=actor.id,
            explained_at=now,
        )
        for load, outcome, reason, why, source_id in told
    )


def of(load: Load) -> tuple[Explained, ...]:
    """Every explanation of a load, oldest first."""
    rows = Explanation.objects.filter(load=load).order_by("id")
    return tuple(
        Explained(
            at=row.explained_at,
            outcome=row.outcome,
            reason=row.reason,
            actor=f"{row.actor_kind}:{row.actor_id}",
            zh=row.why_zh,
            en=row.why_en,
        )
        for row in rows
    )
