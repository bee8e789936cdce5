"""密钥清单: every card key and ceremony as it may be shown: names, check values, use, ends."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from accounts import clock, officers
from gateway.console import door, queries, words
from gateway.console.pages.loads import in_language
from gateway.console.seats import OfficerRequest
from nfc_topup.keys.ceremonies import CeremonyRow


@door.seated(queries.KEY_READERS, province=True)
def keys(request: OfficerRequest) -> HttpResponse:
    """The keys, the ceremonies under way with what comes next, and those that have ended."""
    now = clock.now()
    found = queries.card_keys(now)
    under_way, ended = queries.open_ceremonies(now), queries.ended_ceremonies(now)
    names = officers.names_of(_people([*under_way, *ended]))
    rows = [
        {
            "key": one,
            "purpose": words.KEY_PURPOSES.get(one.purpose, one.purpose),
            "state": words.of(words.KEY, one.state),
            "ends": words.ending(one.expires_at, now),
        }
        for one in found
    ]
    context = {
        "rows": rows,
        "under_way": [_told(one, names) for one in under_way],
        "ended": [_told(one, names) for one in ended],
        "here": "keys",
    }
    return render(request, "console/keys.html", context)


def _told(one: CeremonyRow, names: dict[str, str]) -> dict[str, Any]:
    return {
        "ceremony": one,
        "purpose": words.KEY_PURPOSES.get(one.purpose, one.purpose),
        "state": words.of(words.CEREMONY, one.state),
        "planned_by": names.get(str(one.planned_by_id), ""),
        "given": [{"row": part, "by": names.get(str(part.custodian_id), "")} for part in one.given],
        "next": in_language(one.next_zh, one.next_en),
    }


def _people(found: Iterable[CeremonyRow]) -> set[str]:
    ids = {one.planned_by_id for one in found}
    return {str(own_id) for own_id in ids} | {
        str(part.custodian_id) for one in found for part in one.given
    }
