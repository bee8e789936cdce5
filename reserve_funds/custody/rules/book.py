"""The profiles of the house, read from their files and held to the schema."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from reserve_funds.custody.errors import ProfileFaulty, RuleProfileUnknown
from reserve_funds.custody.rules.rule import Confidence, Parameter, Profile, Rule
from reserve_funds.custody.rules.schema import SHAPES, Shape
from reserve_funds.handbook import Purpose

NAMES = ("MOT", "PBOC", "MOFCOM")
_TOLD = frozenset({"id", "zh", "en", "clause", "confidence"})


@cache
def by_name(name: str) -> Profile:
    """The profile of that name. RuleProfileUnknown; ProfileFaulty."""
    if name not in NAMES:
        raise RuleProfileUnknown(profile=name[:20])
    folder = resources.files("reserve_funds.custody.rules") / "profiles"
    return profile_of((folder / f"{name.lower()}.toml").read_text(encoding="utf-8"))


def profile_of(text: str) -> Profile:
    """The profile a TOML text describes. ProfileFaulty names the first thing that is wrong."""
    try:
        told = tomllib.loads(text)
        rules = [_rule(entry) for entry in told["rules"]]
        profile = Profile(
            name=told["name"],
            zh=told["zh"],
            en=told["en"],
            grounds=told["grounds"],
            purposes=frozenset(Purpose(word) for word in told["purposes"]),
            rules={rule.id: rule for rule in rules},
        )
    except (tomllib.TOMLDecodeError, KeyError, ValueError) as wrong:
        raise ProfileFaulty(str(wrong)[:200]) from wrong
    if len(profile.rules) != len(rules):
        raise ProfileFaulty("a rule is told twice", profile=profile.name)
    return profile


def _rule(entry: Mapping[str, Any]) -> Rule:
    shape = SHAPES.get(entry["id"])
    if shape is None:
        raise ProfileFaulty("no such rule", rule=str(entry["id"])[:20])
    told = {name: value for name, value in entry.items() if name not in _TOLD}
    return Rule(
        id=entry["id"],
        zh=entry["zh"],
        en=entry["en"],
        clause=entry["clause"],
        confidence=Confidence(entry["confidence"]),
        sort=shape.sort,
        kept_by=shape.kept_by,
        parameters=_parameters(entry["id"], shape, told),
    )


def _parameters(rule_id: str, shape: Shape, told: Mapping[str, Any]) -> Mapping[str, Parameter]:
    found = {
        name: tuple(value) if isinstance(value, list) else value for name, value in told.items()
    }
    if {name: type(value) for name, value in found.items()} != dict(shape.parameters):
        wanted = {name: kind.__name__ for name, kind in shape.parameters.items()}
        raise ProfileFaulty("its parameters are not these", rule=rule_id, wanted=wanted)
    return found
