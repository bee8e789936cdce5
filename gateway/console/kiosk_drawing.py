"""Kiosks drawn as SVG: a map over degrees and cities, hours of heartbeats, quota as a bar.

The map is a graticule with the province's cities, not a map of borders: it says where a machine
stands, and nothing that a surveyor would have to approve. Nothing comes from another host.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from gateway.console import kiosk_words
from gateway.kiosk.fleet import EAST, NORTH, Standing
from gateway.kiosk.models import Pulse

HOURS = 48
_DEGREE = 100_000
_SCALE, _STRETCH = 100, 1.2  # at 34° north a degree of latitude is 1.2 of longitude
WIDE = (EAST[1] - EAST[0]) // _DEGREE * _SCALE
TALL = round((NORTH[1] - NORTH[0]) / _DEGREE * _SCALE * _STRETCH)
CELL = 20

# GB/T 13497 code: name, longitude and latitude of the seat, in hundredths of a degree.
CITIES: dict[str, tuple[str, int, int]] = {
    "4910": ("郑州", 11362, 3475), "4920": ("开封", 11431, 3480), "4930": ("洛阳", 11245, 3462),
    "4950": ("平顶山", 11319, 3377), "4960": ("安阳", 11439, 3610), "4970": ("鹤壁", 11430, 3575),
    "4980": ("新乡", 11393, 3530), "5010": ("焦作", 11324, 3522), "5017": ("济源", 11260, 3507),
    "5020": ("濮阳", 11503, 3576), "5030": ("许昌", 11385, 3404), "5040": ("漯河", 11402, 3358),
    "5050": ("三门峡", 11120, 3477), "5060": ("商丘", 11566, 3441), "5080": ("周口", 11470, 3363),
    "5110": ("驻马店", 11402, 3301), "5130": ("南阳", 11253, 3299), "5150": ("信阳", 11409, 3215),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Kiosks that stand so near one another that they are one mark."""

    x: int
    y: int
    kiosks: tuple[Standing, ...]

    @property
    def cell(self) -> str:
        """Its name in an address."""
        return f"{self.x}.{self.y}"

    @property
    def health(self) -> str:
        """The worst of them."""
        found = {one.health for one in self.kiosks}
        return next(word for word in kiosk_words.WORST if word in found)


def spots(found: Iterable[Standing]) -> tuple[list[Spot], list[Standing]]:
    """Marks for kiosks with a place, or at least a city; and those with neither."""
    placed: dict[tuple[int, int], list[Standing]] = {}
    nowhere: list[Standing] = []
    for one in found:
        at = _point(one)
        if at is None:
            nowhere.append(one)
        else:
            placed.setdefault(at, []).append(one)
    return [Spot(x=x, y=y, kiosks=tuple(each)) for (x, y), each in sorted(placed.items())], nowhere


def province(marks: Sequence[Spot], *, told: str) -> SafeString:
    """The map: degrees, cities, and one link for each mark, said in words too."""
    across = [(x, x // _SCALE + EAST[0] // _DEGREE) for x in range(_SCALE, WIDE, _SCALE)]
    down = [
        (round((NORTH[1] - degree * _DEGREE) / _DEGREE * _SCALE * _STRETCH), degree)
        for degree in range(NORTH[0] // _DEGREE + 1, NORTH[1] // _DEGREE + 1)
    ]
    lines = format_html_join(
        "", '<path d="M{} 0V{}"/><text x="{}" y="{}">{}°E</text>',
        ((x, TALL, x + 4, TALL - 6, degree) for x, degree in across),
    ) + format_html_join(
        "", '<path d="M0 {}H{}"/><text x="4" y="{}">{}°N</text>',
        ((y, WIDE, y - 4, degree) for y, degree in down),
    )  # fmt: skip
    cities = format_html_join(
        "", '<circle cx="{}" cy="{}" r="2.5"/><text x="{}" y="{}">{}</text>',
        (
            (x, y, x + 14, y + 22, name)
            for name, east, north in CITIES.values()
            for x, y in [_xy(east * 1_000, north * 1_000)]
        ),
    )  # fmt: skip
    drawn = format_html_join("", "{}", ((_mark(one),) for one in marks))
    return format_html(
        '<svg class="province" viewBox="0 0 {} {}" role="group" aria-label="{}">'
        '<g class="degrees" aria-hidden="true">{}</g><g class="cities" aria-hidden="true">{}</g>'
        "{}</svg>",
        WIDE, TALL, told, lines, cities, drawn,
    )  # fmt: skip


def hours(pulses: Sequence[Pulse], now: datetime, *, told: str) -> SafeString:
    """A bar for each of the last 48 hours: how often it spoke, and whether it complained."""
    last = now.replace(minute=0, second=0, microsecond=0)
    by_hour = {one.hour: one for one in pulses}
    bars = []
    for at in range(HOURS):
        one = by_hour.get(last - timedelta(hours=HOURS - 1 - at))
        tall = 0 if one is None else max(4, min(40, one.beats * 40 // 60))
        wrong = one is not None and (one.errors or one.paper == "out")
        word = "none" if one is None else "wrong" if wrong else "low" if one.paper == "low" else ""
        bars.append((word, at * 10, 44 - (tall or 2), 8, tall or 2))
    drawn = format_html_join("", '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>', bars)
    return format_html(
        '<svg class="hours" viewBox="0 0 {} 46" role="img" aria-label="{}"><title>{}</title>'
        '<path class="rule" d="M0 45H{}"/>{}</svg>',
        HOURS * 10, told, told, HOURS * 10, drawn,
    )  # fmt: skip


def share(used_fen: int, all_fen: int, *, told: str) -> SafeString:
    """A bar of which a part is used; empty where there is nothing to use."""
    if all_fen <= 0:
        return SafeString("")
    part = max(0, min(100, used_fen * 100 // all_fen))
    word = "wrong" if part >= 95 else "low" if part >= 80 else ""
    return format_html(
        '<svg class="share" viewBox="0 0 100 6" preserveAspectRatio="none" role="img"'
        ' aria-label="{}"><title>{}</title><rect class="all" width="100" height="6"/>'
        '<rect class="used {}" width="{}" height="6"/></svg>',
        told, told, word, part,
    )  # fmt: skip


def _mark(one: Spot) -> SafeString:
    meaning, word = kiosk_words.HEALTH[one.health]
    first = one.kiosks[0]
    many = len(one.kiosks)
    name = first.kiosk.code if many == 1 else f"{many}"
    where = f"/console/kiosks/{first.kiosk.pk}" if many == 1 else f"?view=list&cell={one.cell}"
    told = f"{name} · {first.kiosk.place} · {word}"
    shape = {
        "settled": f"M{one.x - 8} {one.y}a8 8 0 1 0 16 0a8 8 0 1 0 -16 0",
        "waiting": f"M{one.x} {one.y - 10}l10 10l-10 10l-10 -10z",
        "wrong": f"M{one.x} {one.y - 11}l11 19h-22z",
        "information": f"M{one.x - 8} {one.y - 8}h16v16h-16z",
    }[meaning]
    count = (
        format_html('<text class="many" x="{}" y="{}">{}</text>', one.x, one.y + 24, many)
        if many > 1
        else ""
    )
    return format_html(
        '<a href="{}" aria-label="{}"><title>{}</title><path class="mark {}" d="{}"/>{}</a>',
        where, told, told, meaning, shape, count,
    )  # fmt: skip


def _point(one: Standing) -> tuple[int, int] | None:
    if one.position is not None:
        x, y = _xy(one.position.longitude_e5, one.position.latitude_e5)
    elif one.kiosk.operator.city_code in CITIES:
        _, east, north = CITIES[one.kiosk.operator.city_code]
        x, y = _xy(east * 1_000, north * 1_000)
    else:
        return None
    return round(x / CELL) * CELL, round(y / CELL) * CELL


def _xy(longitude_e5: int, latitude_e5: int) -> tuple[int, int]:
    return (
        round((longitude_e5 - EAST[0]) / _DEGREE * _SCALE),
        round((NORTH[1] - latitude_e5) / _DEGREE * _SCALE * _STRETCH),
    )
