"""The tags and filters that pages are written with: `{% load pages %}`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from accounts.errors import DomainError
from accounts.masking import mask_card_no
from gateway.pages import icons, timeline, words

register = template.Library()


@register.filter
def money(fen: int | None) -> SafeString:
    """Fen as yuan, in figures that stand under one another; nothing known is a dash."""
    text = "–" if fen is None else words.money(fen)
    return format_html('<span class="money">{}</span>', text)


@register.simple_tag(takes_context=True)
def moment(context: Mapping[str, Any], at: datetime | None) -> SafeString:
    """A time as people say it, exact on hover, and machine-readable."""
    if at is None:
        return format_html("<span>{}</span>", "–")
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.isoformat(timespec="seconds"),
        words.exact(at),
        words.moment(at, context["now"]),
    )


@register.simple_tag
def exact(at: datetime | None) -> SafeString:
    """A time to the second, for papers that are kept: no 今天 on them."""
    if at is None:
        return format_html("<span>{}</span>", "–")
    return format_html(
        '<time datetime="{}">{}</time>', at.isoformat(timespec="seconds"), words.exact(at)
    )


@register.simple_tag(takes_context=True)
def age(context: Mapping[str, Any], at: datetime) -> SafeString:
    """How long ago, or how long still, with the exact moment on hover."""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.isoformat(timespec="seconds"),
        words.exact(at),
        words.lasting(context["now"] - at),
    )


@register.filter
def masked(card_no: str) -> SafeString:
    """A card's number, first and last four."""
    return format_html('<span class="number">{}</span>', mask_card_no(card_no))


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon by its name, beside the word it belongs to."""
    return icons.drawn(name)


@register.simple_tag
def chip(meaning: str, word: str) -> SafeString:
    """A state: colour, icon and word together."""
    return format_html(
        '<span class="chip {}">{}<span>{}</span></span>', meaning, icons.drawn(meaning), word
    )


@register.simple_tag
def code(text: str | UUID) -> SafeString:
    """An id for the hotline: small, whole, selected at one tap."""
    return format_html('<code class="code">{}</code>', text)


@register.filter
def fingerprint(value: bytes | memoryview) -> SafeString:
    """A digest in groups that eyes can compare."""
    return format_html('<code class="fingerprint">{}</code>', words.grouped(bytes(value).hex()))


@register.filter
def said(error: DomainError) -> str:
    """What an error tells people, in the language of the page."""
    return error.en if (get_language() or "").startswith("en") else error.zh


@register.inclusion_tag("pages/parts/timeline.html", takes_context=True)
def column_of_facts(context: Mapping[str, Any], facts: Iterable[timeline.Fact]) -> dict[str, Any]:
    """The facts, oldest first, each with the icon and the name of its source."""
    rows = [
        {"fact": fact, "source": timeline.SOURCES[fact.source]} for fact in timeline.in_order(facts)
    ]
    return {"rows": rows, "now": context["now"]}


@register.inclusion_tag("pages/parts/empty.html")
def empty(title: str, teaching: str = "") -> dict[str, str]:
    """What stands where there is nothing: that it is so, and what would bring something."""
    return {"title": title, "teaching": teaching}


@register.inclusion_tag("pages/parts/field.html")
def field(
    name: str,
    label: str,
    value: str = "",
    *,
    kind: str = "text",
    hint: str = "",
    wrong: str = "",
    autocomplete: str = "off",
    numeric: bool = False,
) -> dict[str, Any]:
    """One labelled input; `wrong` is what is the matter with it."""
    return {
        "name": name,
        "label": label,
        "value": value,
        "kind": kind,
        "hint": hint,
        "wrong": wrong,
        "autocomplete": autocomplete,
        "numeric": numeric,
    }
