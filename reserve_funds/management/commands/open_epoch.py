"""After a dump was restored: opens the next epoch, an instant whatever the book's size."""

from __future__ import annotations

from django.core.management.base import BaseCommand
from django.db import connections, transaction


class Command(BaseCommand):
    help = "数据库恢复后重开账期序号 After a restore: opens a new epoch."

    def handle(self, *args: object, **options: object) -> None:
        with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
            cursor.execute("SELECT ledger.open_epoch()")
            self.stdout.write(f"epoch {cursor.fetchone()[0]}")
