"""Writes docs/accounting.md from the code that books."""

from __future__ import annotations

from django.core.management.base import BaseCommand

from reserve_funds.handbook_page import PAGE, page


class Command(BaseCommand):
    help = "会计手册 Writes docs/accounting.md from chart.py and handbook.py."
    requires_system_checks = ()

    def handle(self, *args: object, **options: object) -> None:
        PAGE.write_text(page(), encoding="utf-8")
        self.stdout.write(f"{PAGE}")
