"""Acts of other rooms that matching may propose: whoever does one says so, matching asks it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from reserve_funds.custody.errors import ClearingNotBuilt, NobodyActs, ProposalNotOffered
from reserve_funds.custody.matching.models import Line
from reserve_funds.custody.matching.proposing import Choice


class Act(Protocol):
    """Does what two people decided about these lines, in their transaction: it owes the work.

    Every line is of one pool and in its present version; there may be none of our own side.
    """

    def __call__(self, lines: Sequence[Line], *, now: datetime) -> None: ...


_ACTS: dict[Choice, Act] = {}


def take_on(choice: Choice, act: Act) -> None:
    """From now on this room does it; the last to say so."""
    _ACTS[choice] = act


def is_taken_on(choice: Choice) -> bool:
    """Whether some room does this."""
    return choice in _ACTS


def nobody(choice: Choice) -> type[ProposalNotOffered]:
    """What is refused with when nobody does this: a platform that is not there says so itself."""
    return ClearingNotBuilt if choice is Choice.ASK_CLEARING else ProposalNotOffered


def do(choice: Choice, lines: Sequence[Line], *, now: datetime) -> None:
    """Has it done. NobodyActs."""
    if choice not in _ACTS:
        raise NobodyActs(act=str(choice))
    _ACTS[choice](lines, now=now)
