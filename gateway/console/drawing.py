"""Small drawings beside numbers, made here as SVG: the course of a ratio, ages as bars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

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
        '<svg class="share" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img"'
        ' aria-label="{}"><title>{}</title>'
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


def ladder(
    there: Sequence[int],
    leaving: Sequence[int],
    *,
    floor: int,
    told: str,
    width: int = 640,
    height: int = 160,
) -> SafeString:
    """Day by day, what can be at banks and what may have left by then, as two stairs.

    A rule at `floor` is what must stay. Empty below two days. `told` says the same in words; the
    days on which more may have left than is there are marked in red.
    """  # fmt: skip
    if len(there) < 2 or len(there) != len(leaving):
        return SafeString("")
    most = max(*there, *leaving, floor, 1)
    across = (width - 8) / len(there)

    def y(fen: int) -> float:
        return round(height - 4 - max(0, fen) * (height - 12) / most, 1)

    def stairs(values: Sequence[int]) -> str:
        return "".join(
            f"{'M' if at == 0 else 'L'}{4 + at * across:.1f} {y(fen)}H{4 + (at + 1) * across:.1f}"
            for at, fen in enumerate(values)
        )

    short = format_html_join(
        "",
        '<rect class="gap" x="{}" y="{}" width="{}" height="{}"/>',
        (
            (round(4 + at * across, 1), y(out), round(days * across, 1),
             round(y(have) - y(out), 1))
            for at, days, (have, out) in _runs(list(zip(there, leaving, strict=True)))
            if out > have
        ),
    )  # fmt: skip
    return format_html(
        '<svg class="ladder" viewBox="0 0 {} {}" role="img" aria-label="{}"><title>{}</title>{}'
        '<path class="rule" d="M4 {}H{}"/><path class="out" d="{}"/><path class="there" d="{}"/>'
        "</svg>",
        width, height, told, told, short, y(floor), width - 4, stairs(leaving), stairs(there),
    )  # fmt: skip


def _runs(steps: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, tuple[int, int]]]:
    """Steps that are alike and next to each other as one: where it begins, how many, what."""
    at = 0
    for step, alike in groupby(steps):
        number = len(list(alike))
        yield at, number, step
        at += number
