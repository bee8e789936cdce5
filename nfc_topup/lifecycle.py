"""How a load, a question to a card and a key may move: data for Python and for the database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

LOAD_MOVES: Mapping[str, frozenset[str]] = {
    "opened": frozenset({"sealed", "abandoned"}),
    "sealed": frozenset({"loaded", "in_doubt", "not_loaded"}),
    "in_doubt": frozenset({"loaded", "not_loaded"}),
    "loaded": frozenset(),
    "not_loaded": frozenset(),
    "abandoned": frozenset(),
}
UNRESOLVED = ("sealed", "in_doubt")
LIVE = ("opened", *UNRESOLVED)
DECIDABLE = "in_doubt"  # by two officers; while it is only sealed, the card may still answer

INQUIRY_MOVES: Mapping[str, frozenset[str]] = {
    "asked": frozenset({"answered"}),
    "answered": frozenset(),
}
KEY_MOVES: Mapping[str, frozenset[str]] = {
    "prepared": frozenset({"active", "destroyed"}),
    "active": frozenset({"outgoing", "retired"}),
    "outgoing": frozenset({"active", "retired"}),
    "retired": frozenset({"destroyed"}),
    "destroyed": frozenset(),
}
"""A key that an officer approved is active: new loads begin with it. The one before is outgoing
(newer keys are active, its loads go on) until it retires: then it only judges what it began."""
SERVING = ("active", "outgoing")  # the states of a key that seals
MOST_SERVING = 4  # versions of one card key: each is one more comparison for a card of any other
CEREMONY_MOVES: Mapping[str, frozenset[str]] = {
    "gathering": frozenset({"brought", "refused", "aborted", "expired"}),
    "brought": frozenset({"activated", "aborted", "expired"}),
    "activated": frozenset(),
    "refused": frozenset(),
    "aborted": frozenset(),
    "expired": frozenset(),
}
CEREMONY_OPEN = ("gathering", "brought")
LOCK_MOVES: Mapping[str, frozenset[str]] = {
    "active": frozenset({"lifted"}),
    "lifted": frozenset(),
}
INCIDENT_MOVES: Mapping[str, frozenset[str]] = {
    "open": frozenset({"explained"}),
    "explained": frozenset({"closed"}),
    "closed": frozenset(),
}

SESSION_TTL = timedelta(seconds=60)  # from the opening script to the challenge
SILENCE_TTL = timedelta(seconds=60)  # from MAC2 to the proof; later it is doubt, never failure
MAC1_STRIKES = 3
