"""R15 by issuer: least, most and step of one top-up, where an issuer offers its own."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from reserve_funds.custody.errors import ProfileFaulty
from reserve_funds.custody.rules.rule import Confidence

_PREFIX = re.compile(r"[0-9]{6,18}")
_NUMBERS = ("least_fen", "most_fen", "step_fen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the issuer of a prefix offers, and how well we know it."""

    prefix: str
    zh: str
    en: str
    confidence: Confidence
    least_fen: int
    most_fen: int
    step_fen: int


_told: dict[str, Offer] = {}


def of(card_no: str) -> Offer | None:
    """The offer of the longest prefix that fits; None where the profile's default holds."""
    known = {**_known(), **_told}
    fitting = [prefix for prefix in known if card_no.startswith(prefix)]
    return known[max(fitting, key=len)] if fitting else None


def read_file(path: Path) -> list[str]:
    """Take an operator's own file of offers; whose. It wins over what is known. ProfileFaulty."""
    found = offers_of(path.read_text(encoding="utf-8"))
    _told.update(found)
    return sorted(found)


def offers_of(text: str) -> Mapping[str, Offer]:
    """The offers a TOML text tells, by prefix. ProfileFaulty names the first that is wrong."""
    try:
        offers = [
            Offer(**{**entry, "confidence": Confidence(entry["confidence"])})
            for entry in tomllib.loads(text)["issuers"]
        ]
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as wrong:
        raise ProfileFaulty(str(wrong)[:200]) from wrong
    for offer in offers:
        least, most, step = (getattr(offer, name) for name in _NUMBERS)
        whole = all(type(number) is int for number in (least, most, step))
        if not (whole and _PREFIX.fullmatch(offer.prefix) and offer.zh and offer.en):
            raise ProfileFaulty("no offer of an issuer", prefix=str(offer.prefix)[:20])
        if not (step > 0 and 0 < least <= most and most // step * step >= least):
            raise ProfileFaulty("an offer that no amount meets", prefix=offer.prefix)
    if len({offer.prefix for offer in offers}) != len(offers):
        raise ProfileFaulty("a prefix is told twice")
    return {offer.prefix: offer for offer in offers}


@cache
def _known() -> Mapping[str, Offer]:
    folder = resources.files("reserve_funds.custody.rules")
    return offers_of((folder / "issuers.toml").read_text(encoding="utf-8"))
