"""Names of events and accounts as reports print them."""

from __future__ import annotations

from reserve_funds.chart import BY_NAME
from reserve_funds.handbook import BY_CODE

_REVERSED = "_reversed"


def event_words(code: str) -> str:
    """事项 and code; a reversal says so."""
    event = BY_CODE.get(code.removesuffix(_REVERSED))
    named = event.zh if event else ""
    return f"{named}{' 冲正' if code.endswith(_REVERSED) else ''} {code}".strip()


def kind_words(name: str) -> str:
    """科目 and its name."""
    return f"{BY_NAME[name].zh} {name}"


def masked(kind: str, owner: str) -> str:
    """Whose it is; of a card only its last four digits."""
    return f"…{owner[-4:]}" if BY_NAME[kind].owner == "card" else owner
