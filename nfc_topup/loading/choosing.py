"""Chooses which versions of our keys a card may have: by what it says, among those that serve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nfc_topup import keyring
from nfc_topup.card import profiles
from nfc_topup.card.errors import FactorUnavailable
from nfc_topup.card.profiles import CardProfile, KeyVersionByte
from nfc_topup.card.purse import Challenge
from nfc_topup.errors import (
    CardAlgorithmUnsupported,
    ChallengeRefused,
    KeyVersionNotServing,
    KeyVersionUnknown,
)
from nfc_topup.lifecycle import SERVING
from nfc_topup.models import CardKey, Load
from nfc_topup.vault.port import MOST_CANDIDATES, Candidate, Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The keys that a card may have.

    `load` are asked for MAC1 in this order, the active version first. `spent` are versions that
    seal nothing any more: whoever answers under one is no forger, and is told so. `tac` are those
    that may make its TAC. `refusal` says why there is nothing to ask.
    """

    load: tuple[Candidate, ...] = ()
    spent: tuple[Candidate, ...] = ()
    tac: tuple[Candidate, ...] = ()
    refusal: ChallengeRefused | None = None

    def tac_beside(self, by: Candidate, load: Load) -> tuple[Candidate, ...]:
        """The TAC keys, the likeliest first: the active one beside the active load key."""
        if by.key.version == load.load_key_version:
            return self.tac
        return self.tac[1:] + self.tac[:1]


def choose(
    challenge: Challenge, load: Load, profile: CardProfile, *, issuer_id: bytes | None
) -> Choice:
    """The keys that the card with this challenge may have; FactorUnavailable when none is left.

    A version whose row tells no byte may be any card's. A load that was opened before a key's end
    may still be sealed with it.
    """
    rows = keyring.versions_at(profile.vault_index)
    algorithm = profile.algorithms.get(challenge.algorithm)
    loads = [row for row in rows if row.ref.purpose is Purpose.LOAD]
    tacs = [row for row in rows if row not in loads and row.algorithm == algorithm]
    if all(row.algorithm != algorithm for row in loads):
        return Choice(refusal=CardAlgorithmUnsupported(algorithm=challenge.algorithm))
    loads = [row for row in loads if row.algorithm == algorithm]
    byte = challenge.key_version
    if profile.key_version is not KeyVersionByte.IGNORED:
        loads = _named(loads, byte)
    if profile.key_version is KeyVersionByte.BOTH:
        tacs = _named(tacs, byte)
    if not loads or not tacs:
        return Choice(refusal=KeyVersionUnknown(byte=byte))
    serving = [row for row in loads if _serves(row) and not _expired(row, load)]
    with_tac = [row for row in tacs if _serves(row)]
    if not serving or not with_tac:
        idle = tacs[0] if serving else loads[0]
        return Choice(refusal=KeyVersionNotServing(byte=byte, version=idle.version))

    def factors(row: CardKey) -> tuple[bytes, ...]:
        levels, asn = tuple(row.levels), load.application.asn
        return tuple(profiles.diversifiers(levels, asn=asn, issuer_id=issuer_id))

    homes = {row.home for row in serving}
    spent = [row for row in loads if row not in serving and _is_there(row) and row.home in homes]
    return Choice(
        load=_candidates(serving, factors),
        spent=_candidates(spent[:MOST_CANDIDATES], factors, some=False),
        tac=_candidates(with_tac, factors),
    )


def _named(rows: Sequence[CardKey], byte: int) -> list[CardKey]:
    """The versions whose cards answer this byte; where there is none, those that tell no byte."""
    told = [row for row in rows if row.card_byte == byte]
    return [row for row in told if _serves(row)] or told or [r for r in rows if r.card_byte is None]


def _serves(row: CardKey) -> bool:
    return row.state in SERVING


def _expired(row: CardKey, load: Load) -> bool:
    return row.expires_at is not None and row.expires_at <= load.opened_at


def _is_there(row: CardKey) -> bool:
    return row.state in (*SERVING, "retired")


def _candidates(
    rows: Sequence[CardKey], factors: Callable[[CardKey], tuple[bytes, ...]], *, some: bool = True
) -> tuple[Candidate, ...]:
    """Each row's key with this card's factors, less those whose factors are not known.

    FactorUnavailable when `some` are needed and none is left.
    """
    found, missing = [], None
    for row in rows:
        try:
            found.append(Candidate(key=row.ref, diversifiers=factors(row)))
        except FactorUnavailable as unavailable:
            missing = unavailable
    if missing is not None and some and not found:
        raise missing
    return tuple(found)
