"""Reads what a card seen again shows: its proof, its log, and its answer to a fresh question."""

from __future__ import annotations

from collections.abc import Sequence

from nfc_topup import keyring
from nfc_topup.card import purse, scripts
from nfc_topup.card.errors import CardAnswerUnreadable
from nfc_topup.card.profiles import CardProfile
from nfc_topup.card.purse import Challenge, LogRecord
from nfc_topup.card.scripts import Act, Line, Step
from nfc_topup.loading.proofs import tac_verifies
from nfc_topup.models import Inquiry, Load, LoadSeal


def evidence_script_of(inquiry: Inquiry, load: Load, profile: CardProfile) -> list[Step]:
    """The script that asks this question, the same each time."""
    assert load.counter is not None, "a sealed load has its counter"
    return scripts.evidence_script(
        profile,
        counter=load.counter,
        amount_fen=inquiry.amount_fen,
        terminal=bytes.fromhex(inquiry.terminal),
        pin=keyring.pin_of(profile),
    )


def proved_tac(lines: Sequence[Line], load: Load, seal: LoadSeal, profile: CardProfile) -> str:
    """The first TAC by GET TRANSACTION PROVE that verifies over our own data."""
    for answer in scripts.answers_of(lines, Act.PROVE):
        try:
            tac = purse.parse_proof(answer.data).tac if answer.ok else None
        except CardAnswerUnreadable:
            continue
        if tac is not None and tac_verifies(load, seal, profile, tac):
            return tac.hex().upper()
    return ""


def fresh_challenge(lines: Sequence[Line]) -> Challenge | None:
    """The answer to the question's INITIALIZE, None when there is none that can be read."""
    for answer in scripts.answers_of(lines, Act.INITIALIZE):
        try:
            return purse.parse_challenge(answer.data) if answer.ok else None
        except CardAnswerUnreadable:
            return None
    return None


def fresh_mac1_verifies(
    challenge: Challenge | None, inquiry: Inquiry, seal: LoadSeal, profile: CardProfile
) -> bool | None:
    """Whether MAC1 covers our random amount and terminal; None without a challenge."""
    if challenge is None:
        return None
    terminal = profile.mac_terminal(bytes.fromhex(inquiry.terminal))
    key = keyring.load_key_of(inquiry.load, seal)
    return keyring.vault().verify_mac1(
        key.key,
        key.diversifiers,
        purse.session_input(challenge.card_random, challenge.counter),
        purse.mac1_message(challenge.balance_raw, inquiry.amount_fen, profile.purse, terminal),
        challenge.mac1,
    )


def log_shows(lines: Sequence[Line], load: Load, seal: LoadSeal, profile: CardProfile) -> bool:
    """Whether a log record names our amount, type, terminal and time: a hint, never a proof."""
    for answer in scripts.answers_of(lines, Act.LOG):
        try:
            record = purse.parse_log_record(answer.data) if answer.ok else None
        except CardAnswerUnreadable:
            continue
        if record is not None and names_load(record, load, seal, profile):
            return True
    return False


def names_load(record: LogRecord, load: Load, seal: LoadSeal, profile: CardProfile) -> bool:
    """Whether everything in the record that we chose ourselves is this load's."""
    wanted = (load.amount_fen, int(profile.purse), bytes.fromhex(load.terminal), seal.digits)
    told = (record.amount_fen, record.type, record.terminal, record.digits)
    return told == wanted and record.counter in profile.log_counters(seal.counter)
