"""What a TAC must say for a sealed load, and how a load is ended by one."""

from __future__ import annotations

from datetime import datetime

from accounts import trail
from accounts.actors import Actor
from nfc_topup import keyring
from nfc_topup.card import purse
from nfc_topup.card.profiles import CardProfile
from nfc_topup.lifecycle import UNRESOLVED
from nfc_topup.loading.locks import raise_watermark
from nfc_topup.loading.values import Verdict
from nfc_topup.models import Load, LoadSeal, Sighting
from nfc_topup.vault.port import Purpose

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
    "sealed": ("已授权,等待卡片回答。", "Authorised; the card has not answered yet."),
}


def tac_verifies(load: Load, seal: LoadSeal, profile: CardProfile, tac: bytes) -> bool:
    """Whether the card made this TAC over our own data: new balance, counter, amount, time.

    A balance with bit 31 set is tried as sent and masked, because cards differ there.
    """
    key = keyring.key_of(load, Purpose.TAC, profile.vault_index)
    factors = [bytes.fromhex(factor) for factor in seal.diversifiers]
    vault = keyring.vault()
    return any(
        vault.verify_tac(key, factors, message, tac)
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
    because: str,
    actor: Actor,
    now: datetime,
) -> str:
    """Move a locked load to loaded, or keep a TAC that came later; the outcome for a Verdict.

    A TAC after the decision that nothing was loaded moves nothing: it is kept beside that
    decision, and an alarm says so.
    """
    counter, balance_fen = seal.counter, new_balance_fen(load, seal, profile)
    if load.state in UNRESOLVED:
        trail.advance(
            load,
            to="loaded",
            actor=actor,
            because=because,
            now=now,
            ended_at=now,
            ended_by=ended_by,
            tac=tac,
            new_balance_fen=balance_fen,
        )
    elif tac and not load.tac:
        _keep_late_tac(load, tac, actor, now)
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
    return "loaded_after_refusal" if load.contradicted_at else load.state


def verdict_of(load: Load, outcome: str = "", why: tuple[str, str] | None = None) -> Verdict:
    """The verdict on a load as its row stands."""
    told = outcome or ("loaded_after_refusal" if load.contradicted_at else load.state)
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


def _keep_late_tac(load: Load, tac: str, actor: Actor, now: datetime) -> None:
    load.tac = tac
    if load.state == "not_loaded":
        load.contradicted_at = now
        trail.alarm("card_credited_after_refusal", actor=actor, now=now, subject=f"load:{load.id}")
    Load.objects.filter(pk=load.pk).update(tac=tac, contradicted_at=load.contradicted_at)


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
