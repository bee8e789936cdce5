"""What approvals are asked for: each purpose brings its words, its effect, and whose hand it is.

The console's own are in `purpose_words.py`, their hands in `deciding.py`. A room below brings more
in a module `desk` of its app, a tuple `PURPOSES` of mappings with the fields of `Purpose` and
`Hand` (without `approve` the desk decides nothing, and `page` says where it is decided):

    PURPOSES = (
        {"name": "card_service.redemption", "zh": "赎回付款", "en": "Pay a redemption",
         "effect_zh": "…", "effect_en": "…", "approve": _approve, "refuse": _refuse},
    )

so that no room needs to import the console. What a room brings wins over the console's table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Final

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from accounts.errors import DomainError, Sort
from accounts.models import Approval, Person
from gateway.console.contents import Change

Decide = Callable[[Approval, Person, datetime], object]
Address = Callable[[Approval], str]
Compare = Callable[[Approval], list[Change]]
MODULE: Final = "desk"
_OF_HAND: Final = frozenset({"approve", "refuse"})


class PurposeWithoutHand(DomainError):
    """Nobody at the desk carries this verdict out. Facts: `purpose`."""

    code = "purpose_without_hand"
    sort = Sort.CONFLICT
    zh = "这类事项不在审批台办理，请到它自己的页面去办。"
    en = "This kind of matter is not decided at this desk; decide it on its own page."


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """One purpose: what it is called, and in one sentence what happens when it is approved.

    `at_desk`: whether the desk gives the verdict; else it is given on `page`, if it has an
    address. `compare` tells before and after where the frozen content does not.
    """

    name: str
    zh: str
    en: str
    effect_zh: str
    effect_en: str
    at_desk: bool = True
    page: Address | None = None
    compare: Compare | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """Who carries a verdict out, in one transaction, with the room's own errors.

    Without `refuse` nothing but the approval itself waits for a no.
    """

    approve: Decide
    refuse: Decide | None = None


@cache
def brought() -> Mapping[str, tuple[Purpose, Hand | None]]:
    """Every purpose that a room of the house brings itself. TypeError for a field that is none."""
    return dict(_of_rooms())


def _of_rooms() -> Iterator[tuple[str, tuple[Purpose, Hand | None]]]:
    for config in apps.get_app_configs():
        if config.module is None or not module_has_submodule(config.module, MODULE):
            continue
        for told in import_module(f"{config.name}.{MODULE}").PURPOSES:
            words = {name: value for name, value in told.items() if name not in _OF_HAND}
            hands = {name: value for name, value in told.items() if name in _OF_HAND}
            one = Purpose(at_desk=bool(hands), **words)
            yield one.name, (one, Hand(**hands) if hands else None)
