"""What a card seen again proves about a load in doubt: three answers, each with its sentence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """On the card, not on the card, or unclear: an officer decides with a second officer."""

    LOADED = "loaded"
    NOT_LOADED = "not_loaded"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What was found at the card, already verified by the vault where it can be.

    `mac1_verifies`: of the fresh INITIALIZE over our random amount and terminal; None when the
    card gave none. `counter`: the online counter in it. `load_counter`: the load's own, before +1.
    `watermark`: the highest counter that the card has proved so far, None where nothing is known.
    """

    load_counter: int
    proof_tac_verifies: bool = False
    mac1_verifies: bool | None = None
    counter: int | None = None
    only_issuer: bool = False
    log_shows_it: bool = False
    nonce_seen_before: bool = False
    watermark: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """An outcome, why in both languages, and the code of an alarm when it smells."""

    outcome: Outcome
    reason: str
    why_zh: str
    why_en: str
    alarm: str = ""


def judge(found: Findings) -> Ruling:
    """Rule by the strongest evidence first; log, status words and balance alone decide nothing."""
    if found.proof_tac_verifies:
        return RULINGS["tac_verifies"]
    if found.mac1_verifies is None:
        return RULINGS["log_only" if found.log_shows_it else "no_fresh_answer"]
    if not found.mac1_verifies:
        return RULINGS["mac1_wrong"]
    if found.nonce_seen_before:
        return RULINGS["replayed"]
    assert found.counter is not None, "a verified challenge has its counter"
    if found.watermark is not None and found.counter < found.watermark:
        return RULINGS["counter_back"]
    ahead = found.counter - found.load_counter
    if ahead == 0:
        return RULINGS["counter_same"]
    if ahead == 1:
        return RULINGS["counter_one_on" if found.only_issuer else "counter_one_on_shared"]
    return RULINGS["counter_back" if ahead < 0 else "counter_jumped"]


def _ruling(outcome: Outcome, reason: str, why_zh: str, why_en: str, alarm: str = "") -> Ruling:
    return Ruling(outcome=outcome, reason=reason, why_zh=why_zh, why_en=why_en, alarm=alarm)


RULINGS: dict[str, Ruling] = {
    ruling.reason: ruling
    for ruling in (
        _ruling(
            Outcome.LOADED,
            "tac_verifies",
            "卡片给出的交易凭证(TAC)验证通过,金额已写入卡内。",
            "The card's transaction proof (TAC) verifies, so the value is on the card.",
        ),
        _ruling(
            Outcome.LOADED,
            "counter_one_on",
            "卡片计数器在新的 MAC1 保护下已加一,而只有本平台能为此卡授权,金额已写入卡内。",
            "The counter went one on under a fresh MAC1 and only this gateway authorises the card, "
            "so the value is on the card.",
        ),
        _ruling(
            Outcome.NOT_LOADED,
            "counter_same",
            "卡片计数器在新的 MAC1 保护下没有变化,原授权随之失效,金额没有写入。",
            "The counter is unchanged under a fresh MAC1, which also ends the old authorisation, "
            "so nothing was written.",
        ),
        _ruling(
            Outcome.UNCLEAR,
            "counter_one_on_shared",
            "卡片计数器已加一,但还有别的机构能为此卡充值,无法确定是哪一笔。",
            "The counter went one on, but others can load this card too, so it is unclear which.",
        ),
        _ruling(
            Outcome.UNCLEAR,
            "counter_jumped",
            "卡片计数器比预期多出不止一次,需要人工核实。",
            "The counter is further on than one load explains; a person must look into it.",
            "card_counter_jump",
        ),
        _ruling(
            Outcome.UNCLEAR,
            "counter_back",
            "卡片计数器比已知的还小,疑似复制卡,需要人工核实。",
            "The counter is below what the card showed before; a person must look into it.",
            "card_counter_rolled_back",
        ),
        _ruling(
            Outcome.UNCLEAR,
            "mac1_wrong",
            "卡片对新问题的回答没有通过验证,不能作为依据。",
            "The answer to the fresh question does not verify and is no evidence.",
            "evidence_mac1_wrong",
        ),
        _ruling(
            Outcome.UNCLEAR,
            "replayed",
            "卡片的回答以前出现过,不能作为依据。",
            "The answer was seen before and is no evidence.",
            "challenge_replayed",
        ),
        _ruling(
            Outcome.UNCLEAR,
            "log_only",
            "只有卡内记录提到这笔圈存,记录可以伪造,请再贴一次卡。",
            "Only the card's log mentions the load, and a log can be invented; tap the card again.",
        ),
        _ruling(
            Outcome.UNCLEAR,
            "no_fresh_answer",
            "卡片没有回答完就离开了,请把同一张卡再贴一次。",
            "The card left before it could answer; tap the same card again.",
        ),
    )
}
