"""`manage.py sentences`: brings the English catalogues up to date and compiles them."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gateway.pages import catalogue, sentences

GATEWAY = Path(__file__).resolve().parents[3]
ENGLISH = "locale/en/LC_MESSAGES/django.po"
HEADER = "Language: en\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"


class Command(BaseCommand):
    """Every sentence of every room that has a catalogue: new ones are added without English."""

    help = __doc__ or ""
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One option: to look and change nothing."""
        parser.add_argument("--check", action="store_true", help="change nothing; fail on a gap")

    def handle(self, *args: Any, **options: Any) -> None:
        """Rewrite and compile each catalogue; name the sentences that have no English."""
        gaps = []
        for room in rooms():
            wanted = sentences.of_room(room)
            source = room / ENGLISH
            had = catalogue.read(source.read_text(encoding="utf-8")) if source.exists() else {}
            now = {"": HEADER} | {sentence: had.get(sentence, "") for sentence in wanted}
            gaps += [f"{room.name}: {key}" for key, english in now.items() if not english]
            if not options["check"]:
                source.parent.mkdir(parents=True, exist_ok=True)
                source.write_text("\n".join(catalogue.entries(now)), encoding="utf-8")
                source.with_suffix(".mo").write_bytes(catalogue.compiled(now))
        if gaps:
            raise CommandError("no English for:\n" + "\n".join(gaps))


def rooms() -> list[Path]:
    """The rooms of the gateway that have words of their own, by name."""
    return sorted(path.parent for path in GATEWAY.glob("*/locale"))
