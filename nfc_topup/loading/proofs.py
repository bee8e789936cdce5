"""What a TAC must say for a sealed load, and how a load is ended by one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from accounts import trail
from accounts.actors import Actor
from nfc_topup import explaining, keyring, queries
from nfc_topup.card import purse
from nfc_topup.card.profiles import CardProfile
from nfc_topup.lifecycle import UNRESOLVED
from nfc_topup.loading.contradicting import keep_late_tac
from nfc_topup.loading.locks import raise_watermark
from nfc_topup.loading.values import Verdict
from nfc_topup.models import Load, LoadSeal, Sighting

WHY = {
    "loaded": ("金额已写入卡内。", "The value is on the card."),
    "in_doubt": (
        "还不知道是否写入,请把同一张卡再贴一次。",
        "Whether it was written is not known yet; please tap the same card again.",
    ),
    "not_loaded": ("金额没有写入卡内。", "Nothing was written to the card."),
    "loaded_after_refusal": (
        "此前判定未写入,现在卡片凭证证明已写入,已转人工处理。",
        "Nothing was written, we had decided; now a proof says it was, and people were called.",
    ),
    "not_loaded_after_all": (
        "此前人工判定已写入,现在卡片证明没有写入,金额已恢复为待写卡。",
        "Officers had decided that it was loaded; the card proves it was not. The money waits.",
    ),
    "opened": ("尚未授权,没有写入任何金额。", "Not authorised yet; nothing was written."),
    "abandoned": ("已放弃,从未授权。", "Given up; it was never authorised."),
    "sealed": ("已授权,等待卡片回答。", "Authorised; the card has not answered yet."),
}


def tac_verifies(load: Load, seal: LoadSeal, profile: CardProfile, tac: bytes) -> bool:
    """Whether the card made this TAC over our own data: new balance, counter, amount, time.

    A balance with bit 31 set is tried as sent and masked, because cards differ there.
    """
    keys, vault = keyring.tac_keys_of(load, seal), keyring.vault()
    return any(
        vault.verify_tac_any(keys, message, tac) is not None
        for message in _tac_messages(load, seal, profile)
    )


def new_balance_fen(load: Load, seal: LoadSeal, profile: CardProfile) -> int:
    """What the purse holds after the load."""
    return profile.balance_fen(seal.balance_raw) + load.amount_fen


def end_as_loaded(
    load: Load,
    seal: LoadSeal,
    profile: CardProfile,
    *,
    tac: str,
    ended_by: str,
    reason: str,
    why: tuple[str, str],
    source_id: UUID,
    actor: Actor,
    now: datetime,
) -> None:
    """Move a locked load to loaded and explain it, or keep a TAC that came later.

    A TAC after the decision that nothing was loaded moves nothing: it is kept beside that
    decision, and an alarm and an incident say so.
    """
    counter, balance_fen = seal.counter, new_balance_fen(load, seal, profile)
    if load.state in UNRESOLVED:
        trail.advance(
            load,
            to="loaded",
            actor=actor,
            because=why[1],
            now=now,
            ended_at=now,
            ended_by=ended_by,
            tac=tac,
            new_balance_fen=balance_fen,
        )
        explaining.keep(load, "loaded", reason, why, source_id=source_id, actor=actor, now=now)
    elif tac and not load.tac:
        keep_late_tac(load, tac, source_id=source_id, actor=actor, now=now)
    if tac:
        Sighting.objects.get_or_create(
            source_id=load.id,
            proof="tac",
            defaults={
                "application": load.application,
                "counter": counter + 1,
                "balance_fen": balance_fen,
                "seen_at": now,
            },
        )
        raise_watermark(load.application_id, counter + 1)


def standing(load: Load) -> str:
    """The outcome that a load's row stands for now: its state, or what contradicted it."""
    if load.contradicted_at is None:
        return load.state
    if load.state == "loaded" and not load.tac:
        return "not_loaded_after_all"
    return "loaded_after_refusal"


def verdict_on(load_id: UUID) -> Verdict:
    """The verdict on a load as it stands now; LoadUnknown."""
    return verdict_of(queries.get(load_id))


def verdict_of(load: Load, outcome: str = "", why: tuple[str, str] | None = None) -> Verdict:
    """The verdict on a load as its row stands."""
    told = outcome or standing(load)
    why_zh, why_en = why or WHY[told]
    return Verdict(
        load_id=load.id,
        outcome=told,
        tac=load.tac,
        new_balance_fen=load.new_balance_fen,
        counter=load.counter,
        decided_at=load.contradicted_at or load.ended_at,
        why_zh=why_zh,
        why_en=why_en,
    )


def _tac_messages(load: Load, seal: LoadSeal, profile: CardProfile) -> list[bytes]:
    terminal = profile.mac_terminal(bytes.fromhex(load.terminal))
    as_sent = (seal.balance_raw + load.amount_fen) & purse.AMOUNT_MAX_FEN
    masked = new_balance_fen(load, seal, profile)
    return [
        purse.tac_message(
            balance, seal.counter, load.amount_fen, profile.purse, terminal, seal.digits
        )
        for balance in sorted({as_sent, masked})
    ]
