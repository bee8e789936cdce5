"""Puts a card's challenge before the vault: the only two questions that sealing asks it."""

from __future__ import annotations

from nfc_topup import keyring
from nfc_topup.card import purse
from nfc_topup.card.profiles import CardProfile
from nfc_topup.card.purse import Challenge
from nfc_topup.errors import ChallengeRefused, Mac1Wrong
from nfc_topup.loading.challenges import Presented
from nfc_topup.models import Load
from nfc_topup.vault.port import Mac1Refused


def unless_forged(
    presented: Presented, load: Load, profile: CardProfile, refusal: ChallengeRefused
) -> ChallengeRefused:
    """The refusal, or Mac1Wrong: what a forged challenge says about counters is worth nothing."""
    session, message = _under_mac1(presented.challenge, load, profile)
    honest = keyring.vault().verify_mac1(
        presented.load_key,
        presented.diversifiers,
        session,
        message,
        presented.challenge.mac1,
    )
    return refusal if honest else Mac1Wrong(load_id=load.id)


def ask_vault(
    presented: Presented, load: Load, profile: CardProfile, digits: str
) -> bytes | Mac1Refused:
    """MAC2 over amount, terminal and `digits`, or the refusal of a wrong MAC1."""
    session, message = _under_mac1(presented.challenge, load, profile)
    terminal = profile.mac_terminal(bytes.fromhex(load.terminal))
    return keyring.vault().authorise(
        presented.load_key,
        presented.diversifiers,
        session,
        message,
        presented.challenge.mac1,
        purse.mac2_message(load.amount_fen, profile.purse, terminal, digits),
    )


def _under_mac1(challenge: Challenge, load: Load, profile: CardProfile) -> tuple[bytes, bytes]:
    terminal = profile.mac_terminal(bytes.fromhex(load.terminal))
    message = purse.mac1_message(challenge.balance_raw, load.amount_fen, profile.purse, terminal)
    return purse.session_input(challenge.card_random, challenge.counter), message
