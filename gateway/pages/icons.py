"""The icons of the house: strokes on a grid of twenty, drawn in the colour of their text."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

_STROKES: dict[str, str] = {
    "settled": "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15M6.5 10.2l2.4 2.4 4.6-5",
    "waiting": "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15M10 6v4.3l2.8 1.7",
    "wrong": "M10 2.8 18 16.8H2zM10 8v4M10 14.4v.1",
    "information": "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15M10 9v5M10 6.2v.1",
    "notice": "M4.5 14V9a5.5 5.5 0 0 1 11 0v5l1 1h-13zM8.5 17.2h3",
    "bill": "M5 2.5h10v15l-2.5-1.6-2.5 1.6-2.5-1.6L5 17.5zM8 7h4M8 10.5h4",
    "bank": "M2.5 8 10 3l7.5 5zM4.5 8v7M8.2 8v7M11.8 8v7M15.5 8v7M2.5 17h15",
    "card": "M2.5 5h15v10h-15zM2.5 8.5h15M5 12h3",
    "clearing": "M3 7h12l-3-3M17 13H5l3 3",
    "person": "M10 3a3.2 3.2 0 1 0 0 6.4A3.2 3.2 0 0 0 10 3M3.5 17c.4-3.6 3-5.4 6.5-5.4S16.1 13.4 16.5 17",  # noqa: E501
    "house": "M3 9.5 10 3.5l7 6V17H3zM8 17v-4.5h4V17",
    "lock": "M5 9h10v8H5zM7 9V6.5a3 3 0 0 1 6 0V9M10 12.3v1.7",
    "key": "M6.5 9.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7M9 10.5l7.5-7.5M13.5 6l2.5 2.5M11 8.5l1.5 1.5",  # noqa: E501
    "search": "M8.5 3a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M12.7 12.7 17 17",
    "menu": "M3 5.5h14M3 10h14M3 14.5h14",
    "go": "M7.5 4.5 13 10l-5.5 5.5",
    "back": "M12.5 4.5 7 10l5.5 5.5",
    "print": "M6 8V3h8v5M6 14H3V8h14v6h-3M6 12h8v5H6z",
    "out": "M8 3H3.5v14H8M12 6l4 4-4 4M16 10H7.5",
    "later": "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15",
    "add": "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15M10 6.5v7M6.5 10h7",
    "scan": "M3 7V3h4M13 3h4v4M17 13v4h-4M7 17H3v-4M6.5 6.5h3v3h-3zM12 7h2M7 13h2M12 12h2v2",
    "look": "M10 3a7 7 0 1 0 0 14zM10 3a7 7 0 0 1 0 14",
}
NAMES = frozenset(_STROKES)


def drawn(name: str) -> SafeString:
    """The icon as inline SVG, silent to screen readers: a word always stands beside it."""
    return format_html(
        '<svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" '
        'focusable="false"><path d="{}"/></svg>',
        mark_safe(_STROKES[name]),  # noqa: S308
    )
