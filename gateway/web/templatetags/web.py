"""The parts that citizens' pages are made of: `{% load pages web %}`.

Each is one tag, looks right at 320 px, in the dark and in 大字, and says with a word what it says
with a colour. From the design system (`{% load pages %}`): `money`, `moment`, `chip`, `field`,
`empty`, `icon`, `code`. The error summary is `{% include "pages/parts/mistakes.html" %}` with
`mistake` (a DomainError) and `mistake_at` (the name of the field).

    {% amount topup.amount_fen %}                      a sum of money, large
    {% card_object card balance_fen=3750 seen_at=t %}  a card as an object
    {% notice "waiting" title sentence %}              what happened, what it means, what to do
    {% steps rows %}                                   钱在哪儿: a list of `parts.Step`
    {% amount_chips "amount" choices chosen %}         radio buttons for sums, no script
    {% places %}                                       the five places of navigation (the shell)
    {% bell %}                                         how many notices are unread (the shell)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import TransitCard
from gateway.notifying import queries
from gateway.pages import words
from gateway.pages.timeline import MEANINGS
from gateway.web import navigation
from gateway.web.parts import Step

register = template.Library()


@register.simple_tag
def amount(fen: int) -> SafeString:
    """A sum as the main thing of a page: `¥50.00`, large, in figures that do not jump."""
    return format_html('<p class="amount money">{}</p>', words.money(fen))


@register.inclusion_tag("web/parts/card.html", takes_context=True)
def card_object(
    context: Mapping[str, Any],
    card: TransitCard,
    balance_fen: int | None = None,
    seen_at: datetime | None = None,
) -> dict[str, Any]:
    """A card as an object: issuer, last four digits, the balance last seen and when.

    A balance is only ever what some reader saw: without `seen_at` it says that nobody has yet.
    """
    return {
        "card": card,
        "last": card.asn[-4:],
        "balance_fen": balance_fen,
        "seen_at": seen_at,
        "look": context["look"],
        "now": context["now"],
    }


@register.inclusion_tag("web/parts/notice.html")
def notice(meaning: str, title: str, sentence: str = "", more: str = "") -> dict[str, Any]:
    """What happened, what it means for the money, what to do next: three short sentences at most.

    `meaning` is settled, waiting, wrong or information; its icon and its word come along.
    """
    return {
        "meaning": meaning,
        "word": MEANINGS[meaning],
        "title": title,
        "sentence": sentence,
        "more": more,
    }


@register.inclusion_tag("web/parts/steps.html", takes_context=True)
def steps(context: Mapping[str, Any], rows: Iterable[Step]) -> dict[str, Any]:
    """Steps of something under way, done ones first; the present one says what to do."""
    return {"rows": list(rows), "now": context["now"]}


@register.inclusion_tag("web/parts/amount_chips.html")
def amount_chips(
    name: str, choices: Iterable[int], chosen: int | None = None, needed: bool = True
) -> dict[str, Any]:
    """Sums to choose from, as radio buttons under one `fieldset` of the page's own.

    `needed` is False where a sum may be typed instead.
    """
    return {"name": name, "choices": list(choices), "chosen": chosen, "needed": needed}


@register.inclusion_tag("web/parts/places.html", takes_context=True)
def places(context: Mapping[str, Any]) -> dict[str, Any]:
    """The five places, those that have a page; at the thumb on a phone, on top elsewhere."""
    return {"links": navigation.links(context["request"])}


@register.inclusion_tag("web/parts/bell.html", takes_context=True)
def bell(context: Mapping[str, Any]) -> dict[str, Any]:
    """How many notices nobody has read yet, and the way to them (the shell)."""
    count = queries.unread_count(context["request"].person)
    shown = f"{queries.MOST_COUNTED}+" if count > queries.MOST_COUNTED else str(count)
    return {"count": count, "shown": shown}
