"""Writes docs/card-profiles.md from the profiles' files, or checks files of new issuers."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from nfc_topup.card.errors import ProfileWrong
from nfc_topup.card.profiles.catalogue import DIRECTORY
from nfc_topup.card.profiles.page import PAGE, page
from nfc_topup.card.profiles.schema import read_texts


class Command(BaseCommand):
    """Checked files may extend and must not contradict the profiles that are there."""

    help = "卡片参数 Writes docs/card-profiles.md; with --check, checks profile files instead."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Files to check."""
        parser.add_argument("--check", nargs="+", type=Path, metavar="FILE", default=[])

    def handle(self, *args: Any, **options: Any) -> None:
        """The page's place, or one line a file; CommandError names the first fault."""
        if not options["check"]:
            PAGE.write_text(page(), encoding="utf-8")
            self.stdout.write(str(PAGE))
            return
        try:
            files = [*sorted(DIRECTORY.glob("*.toml")), *options["check"]]
            texts = {path.name: path.read_text(encoding="utf-8") for path in files}
            read_texts(texts.items())
        except (ProfileWrong, OSError, UnicodeDecodeError) as wrong:
            raise CommandError(str(wrong)) from wrong
        for path in options["check"]:
            self.stdout.write(f"{path}: good")
