"""What each purpose of a key demands: algorithms, and what a key block must say of it. Pure data.

TR-31 has no usage for a transport purse's issuer keys, so numeric (agreed) usages stand for them;
a ministry or a city that agreed on others plans its ceremony with those.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from nfc_topup.vault.key_block_header import Demand
from nfc_topup.vault.key_blocks import LETTER_OF
from nfc_topup.vault.port import Purpose

EXPORTABILITIES = ("E", "S", "N")

_AGREED = re.compile(r"[1-9][0-9]|E6")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The algorithms of a purpose, its usage in key blocks, and the modes such blocks may say."""

    algorithms: tuple[str, ...]
    usage: str
    modes: tuple[str, ...]
    usage_may_be_agreed: bool = True

    def takes_usage(self, usage: str) -> bool:
        """Whether a key block of this purpose may say so."""
        agreed = self.usage_may_be_agreed and _AGREED.fullmatch(usage) is not None
        return usage == self.usage or agreed


RULES: Mapping[Purpose, Rules] = {
    Purpose.LOAD: Rules(algorithms=("3des", "sm4"), usage="10", modes=("X",)),
    Purpose.TAC: Rules(algorithms=("3des", "sm4"), usage="11", modes=("X",)),
    Purpose.TRANSPORT: Rules(
        algorithms=("3des", "aes-128", "aes-192", "aes-256"),
        usage="K1",
        modes=("B", "D"),
        usage_may_be_agreed=False,
    ),
}


def demand(purpose: Purpose, algorithm: str, usage: str) -> Demand:
    """What the head of a key block for this purpose must say."""
    return Demand(
        usage=usage,
        algorithm=LETTER_OF[algorithm],
        modes=RULES[purpose].modes,
        exportabilities=EXPORTABILITIES,
    )
