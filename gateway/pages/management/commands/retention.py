"""Tells how long every table is kept, and from when on its oldest rows may go; deletes nothing."""

from __future__ import annotations

from django.core.management.base import BaseCommand

from gateway import retention


class Command(BaseCommand):
    help = "档案保管期限 How long every table is kept, and what may go when."

    def handle(self, *args: object, **options: object) -> None:
        for kept in retention.report():
            years = "–" if kept.keeping.years is None else f"{kept.keeping.years} 年 years"
            self.stdout.write(
                f"{kept.table:<36} {kept.keeping.zh} {kept.keeping.en:<40} {years:<12}"
                f" {kept.oldest or '–'} → {kept.may_go_on or '–'}"
            )
