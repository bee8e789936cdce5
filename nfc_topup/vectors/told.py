"""Values that a card or host is said to have sent must be found in what was sent."""

from __future__ import annotations

from collections.abc import Mapping

from nfc_topup.vectors.report import Report

# value, instruction of the command, which side said it, where in its hex text
PLACES = (
    ("mac1_card", "8050", "r", slice(24, 32)),
    ("tac_card", "8052", "r", slice(0, 8)),
    ("mac2_sent", "8052", "c", slice(24, 32)),
)


def check_told(
    entries: list[Mapping[str, object]], apdus: object, report: Report, name: str
) -> None:
    """Compare mac1_card, tac_card and mac2_sent with the commands and answers of the exchange."""
    listed = [apdu for apdu in apdus if isinstance(apdu, dict)] if isinstance(apdus, list) else []
    for what, instruction, side, place in PLACES:
        said = {
            str(apdu.get(side))[place].upper()
            for apdu in listed
            if str(apdu.get("c"))[:4].upper() == instruction
        }
        for entry in entries:
            told = entry.get(what)
            if isinstance(told, str):
                ours = told.upper() if told.upper() in said else "in no command of the exchange"
                report.compare("answers", name, what, ours, told.upper())
