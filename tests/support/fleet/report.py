"""What happened in a fleet's day, as JSON and as a page with one line for each kiosk."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

COLOURS = {
    "served": "#14633a", "went away": "#7a4b00", "killed": "#a11c1c", "torn": "#6b2fa0",
    "down": "#333333", "cut_before": "#c46a00", "cut_after": "#d98b00", "doubled": "#0b5d8f",
    "late": "#0b8f86", "slow": "#9aa7aa", "clock": "#888888",
}  # fmt: skip


@dataclass(slots=True)
class Report:
    """Events as they come from many threads."""

    events: list[tuple[datetime, str, str]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, at: datetime, who: str, what: str) -> None:
        with self._lock:
            self.events.append((at, who, what))

    def write(self, directory: Path, sums: dict[str, Any]) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        told = [{"at": at.isoformat(), "who": who, "what": what} for at, who, what in self.events]
        (directory / "report.json").write_text(
            json.dumps({"sums": sums, "events": told}, ensure_ascii=False, indent=1),
            encoding="utf-8",
        )
        (directory / "report.html").write_text(self._page(sums), encoding="utf-8")

    def _page(self, sums: dict[str, Any]) -> str:
        rows = sorted({who for _, who, _ in self.events})
        first, last = min(at for at, *_ in self.events), max(at for at, *_ in self.events)
        span = max((last - first).total_seconds(), 1.0)
        marks = [
            f'<circle cx="{150 + 1000 * (at - first).total_seconds() / span:.1f}"'
            f' cy="{20 + 18 * rows.index(who)}" r="4" fill="{COLOURS[what]}">'
            f"<title>{at:%m-%d %H:%M} {escape(who)} {escape(what)}</title></circle>"
            for at, who, what in self.events
        ]
        names = [
            f'<text x="4" y="{24 + 18 * at}">{escape(who)}</text>' for at, who in enumerate(rows)
        ]
        table = "".join(
            f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>"
            for name, value in sums.items()
        )
        legend = " ".join(
            f'<span><i class="dot {name.replace(" ", "-")}">●</i> {escape(name)}</span>'
            for name in COLOURS
        )
        style = "".join(
            f".{name.replace(' ', '-')}{{color:{colour}}}" for name, colour in COLOURS.items()
        )
        return (
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>Fleet day</title><style>'
            "body{font:15px sans-serif;margin:2em}th{text-align:left;padding-right:2em}"
            f"svg text{{font:12px monospace}}{style}</style>"
            f"<h1>{first:%Y-%m-%d %H:%M} – {last:%m-%d %H:%M}, {len(rows)} lines</h1>"
            f"<table>{table}</table><p>{legend}</p>"
            f'<svg width="1200" height="{40 + 18 * len(rows)}" role="img" aria-label="timeline">'
            f"{''.join(names)}{''.join(marks)}</svg></html>"
        )
