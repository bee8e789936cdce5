"""Small drawings beside numbers, made here as SVG: the course of a ratio, ages as bars."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

MOST_POINTS = 240
WIDE = 200


def course(
    values: Sequence[int], *, floor: int, told: str, width: int = 96, height: int = 24
) -> SafeString:
    """A line through `values`, oldest first, with a rule at `floor`; empty below two values.

    `told` says the same in words. A value below `floor` ends the line in red.
    """
    if len(values) < 2:
        return SafeString("")
    step = max(1, len(values) // MOST_POINTS)
    shown = [*values[:-1:step], values[-1]]
    low, high = min(*shown, floor), max(*shown, floor)
    span = max(1, high - low)

    def y(value: int) -> float:
        return round(height - 3 - (value - low) * (height - 6) / span, 1)

    across = (width - 8) / (len(shown) - 1)
    points = " ".join(f"{4 + at * across:.1f},{y(value)}" for at, value in enumerate(shown))
    return format_html(
        '<svg class="course{}{}" viewBox="0 0 {} {}" width="{}" height="{}" role="img"'
        ' aria-label="{}"><title>{}</title><path class="rule" d="M4 {}H{}"/>'
        '<polyline points="{}"/><circle cx="{}" cy="{}" r="2.5"/></svg>',
        " short" if shown[-1] < floor else "",
        " wide" if width > WIDE else "",
        width, height, width, height, told, told, y(floor), width - 4, points,
        width - 4, y(shown[-1]),
    )  # fmt: skip


def share(
    parts: Sequence[tuple[str, str, int]], *, width: int = 240, height: int = 10
) -> SafeString:
    """One bar of how many stand where: (word, class, count) each; empty without any.

    Its title says the same in words.
    """
    whole = sum(count for _, _, count in parts)
    if not whole:
        return SafeString("")
    told = " · ".join(f"{word} {count}" for word, _, count in parts if count)
    ends, so_far = [], 0
    for _, kind, count in parts:
        ends.append((kind, so_far * width // whole, (so_far + count) * width // whole))
        so_far += count
    drawn = format_html_join(
        "",
        '<rect class="{}" x="{}" y="0" width="{}" height="{}"/>',
        ((kind, start, end - start, height) for kind, start, end in ends if end > start),
    )
    return format_html(
        '<svg class="share" viewBox="0 0 {} {}" role="img" aria-label="{}"><title>{}</title>'
        "{}</svg>",
        width, height, told, told, drawn,
    )  # fmt: skip


def bars(
    parts: Sequence[tuple[str, int]], *, told: str, width: int = 40, height: int = 20
) -> SafeString:
    """A bar each for amounts by age, the youngest first; empty when there is nothing."""
    most = max((fen for _, fen in parts), default=0)
    if most <= 0:
        return SafeString("")
    each = width // len(parts)
    drawn = format_html_join(
        "",
        '<rect class="age-{}" x="{}" y="{}" width="{}" height="{}"/>',
        (
            (at, at * each, height - tall, each - 3, tall)
            for at, (_, fen) in enumerate(parts)
            for tall in [max(1, round(max(0, fen) * height / most))]
        ),
    )
    return format_html(
        '<svg class="bars" viewBox="0 0 {} {}" width="{}" height="{}" role="img"'
        ' aria-label="{}"><title>{}</title>{}</svg>',
        width, height, width, height, told, told, drawn,
    )  # fmt: skip
