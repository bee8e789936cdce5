"""Which rules there are, how each acts, who keeps it, and what parameters it must have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reserve_funds.custody.rules.rule import Sort

_GATE, _ALERT, _REPORT, _REFUSAL = Sort.GATE, Sort.ALERT, Sort.REPORT, Sort.REFUSAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a rule is, whatever the profile: how it acts, where, and its parameters' types."""

    sort: Sort
    kept_by: str
    parameters: Mapping[str, type] = field(default_factory=dict)


def _rule(sort: Sort, kept_by: str, **parameters: type) -> Shape:
    return Shape(sort=sort, kept_by=kept_by, parameters=parameters)


# fmt: off
SHAPES: Mapping[str, Shape] = {
    "R1": _rule(_REFUSAL, "handbook"),
    "R2": _rule(_REFUSAL, "handbook"),
    "R3": _rule(_ALERT, "coverage", working_days=int),
    "R4": _rule(_GATE, "closing", left_fen=int),
    "R5": _rule(_REFUSAL, "instructions", routes=tuple),
    "R6": _rule(_REFUSAL, "instructions"),
    "R7": _rule(_ALERT, "coverage", working_days=int),
    "R8": _rule(_GATE, "closing"),
    "R9": _rule(_REFUSAL, "handbook"),
    "R10": _rule(_REPORT, "reports", yield_goes_to=str, fund_per_mille=int),
    "R11": _rule(_REFUSAL, "placements", kinds=tuple, floor_per_mille=int, horizon_days=int),
    "R12": _rule(_REPORT, "reports", of_interest_per_mille=int),
    "R13": _rule(_REPORT, "reports", first_fen=int, first_per_mille=int),
    "R14": _rule(_REFUSAL, "limits", named_fen=int, anonymous_fen=int),
    "R15": _rule(_REFUSAL, "limits", least_fen=int, most_fen=int, step_fen=int),
    "R16": _rule(_REFUSAL, "limits", real_name_fen=int, near_per_mille=int, near_times=int),
    "R17": _rule(_REFUSAL, "limits", unit_fen=int, person_fen=int),
    "R18": _rule(_REFUSAL, "limits"),
    "R19": _rule(_REFUSAL, "limits", cash_fen=int),
    "R20": _rule(_REFUSAL, "limits", anonymous_valid_years=int),
    "R21": _rule(_REFUSAL, "limits", surrender=bool),
    "R22": _rule(_REFUSAL, "limits", named_after_days=int, cash_fen=int),
    "R23": _rule(_REFUSAL, "ledger"),
    "R24": _rule(_REFUSAL, "retention", years=int),
    "R25": _rule(_REFUSAL, "retention", books_years=int, statements_years=int),
    "R26": _rule(_REPORT, "reports", cash_fen=int, person_fen=int, entity_fen=int,
                 working_days=int),
    "R27": _rule(_REPORT, "reports", of_revenue_per_mille=int, custody_per_mille=int,
                 working_days=int),
    "R28": _rule(_REPORT, "reports"),
}
# fmt: on
