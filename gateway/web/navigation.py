"""The citizens' five places, in the order of a thumb; a place shows once its page is there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One entry: the URL name that makes it show, what it is called, and its icon."""

    name: str
    word: str | Promise
    icon: str


PLACES: Final = (
    Place(name="web:home", word=_("首页"), icon="house"),
    Place(name="web:topup", word=_("充值"), icon="add"),
    Place(name="web:ride", word=_("乘车码"), icon="scan"),
    Place(name="web:records", word=_("记录"), icon="bill"),
    Place(name="web:me", word=_("我的"), icon="person"),
)
"""A room that builds one of these pages gives it this URL name (app `web`), without arguments.
Pages below an address belong to its place: `/me/devices` to `/me`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A place as it is drawn: `here` when the page that is looked at belongs to it."""

    address: str
    word: str | Promise
    icon: str
    here: bool


def links(request: HttpRequest, places: Iterable[Place] = PLACES) -> list[Link]:
    """The places that have a page."""
    found = []
    for place in places:
        try:
            address = reverse(place.name)
        except NoReverseMatch:
            continue
        below = address != "/" and request.path.startswith(f"{address}/")
        found.append(
            Link(
                address=address,
                word=place.word,
                icon=place.icon,
                here=below or request.path == address,
            )
        )
    return found


SERVICES: Final = (Place(name="web:card-services", word=_("挂失、补换卡、退卡"), icon="lock"),)
"""更多服务 of one card. A room that builds one of these gives it this URL name (app `web`) with
the one argument `card_id`; the link shows on the card's page once it is there."""


def services_of(card_id: UUID) -> list[Link]:
    """The services of this card that have a page."""
    found = []
    for place in SERVICES:
        try:
            address = reverse(place.name, kwargs={"card_id": card_id})
        except NoReverseMatch:
            continue
        found.append(Link(address=address, word=place.word, icon=place.icon, here=False))
    return found
