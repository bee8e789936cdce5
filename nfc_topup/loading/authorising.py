"""Puts a card's challenge before the vault: the only questions that sealing asks it."""

from __future__ import annotations

from nfc_topup import keyring
from nfc_topup.card import purse
from nfc_topup.card.profiles import CardProfile
from nfc_topup.errors import ChallengeRefused, KeyVersionNotServing, Mac1Wrong
from nfc_topup.loading.challenges import Presented
from nfc_topup.models import Load
from nfc_topup.vault.port import Authorised


def unless_forged(
    presented: Presented, load: Load, profile: CardProfile, refusal: ChallengeRefused
) -> ChallengeRefused:
    """The refusal, or Mac1Wrong: what a forged challenge says about counters is worth nothing."""
    under_mac1 = _under_mac1(presented, load, profile)
    honest = keyring.vault().verify_mac1_any(presented.choice.load, *under_mac1)
    return refusal if honest else _under_no_serving_key(presented, load, under_mac1)


def ask_vault(
    presented: Presented, load: Load, profile: CardProfile, digits: str
) -> Authorised | ChallengeRefused:
    """MAC2 over amount, terminal and `digits` by the version that verifies MAC1, or why not."""
    under_mac1 = _under_mac1(presented, load, profile)
    terminal = profile.mac_terminal(bytes.fromhex(load.terminal))
    mac2_message = purse.mac2_message(load.amount_fen, profile.purse, terminal, digits)
    found = keyring.vault().authorise_any(presented.choice.load, *under_mac1, mac2_message)
    return found or _under_no_serving_key(presented, load, under_mac1)


def _under_no_serving_key(
    presented: Presented, load: Load, under_mac1: tuple[bytes, bytes, bytes]
) -> ChallengeRefused:
    """Mac1Wrong, unless a version that is out of use made it: whoever has that card forges not."""
    spent = presented.choice.spent
    by = keyring.vault().verify_mac1_any(spent, *under_mac1) if spent else None
    if by is None:
        return Mac1Wrong(load_id=load.id)
    byte = presented.challenge.key_version
    return KeyVersionNotServing(load_id=load.id, byte=byte, version=by.key.version)


def _under_mac1(
    presented: Presented, load: Load, profile: CardProfile
) -> tuple[bytes, bytes, bytes]:
    """The session key's input, what MAC1 covers, and MAC1."""
    challenge = presented.challenge
    terminal = profile.mac_terminal(bytes.fromhex(load.terminal))
    message = purse.mac1_message(challenge.balance_raw, load.amount_fen, profile.purse, terminal)
    session = purse.session_input(challenge.card_random, challenge.counter)
    return session, message, challenge.mac1
