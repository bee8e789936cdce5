"""Shows what the last days of a pool would have been under another profile; changes nothing."""

from __future__ import annotations

import json
from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from accounts.clock import business_day, now
from reserve_funds.custody.rules import book, changing
from reserve_funds.custody.rules.replay import replay


class Command(BaseCommand):
    help = "试算备付金规则 What another rule profile would have refused in the last days."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("pool", type=int)
        parser.add_argument("profile", choices=book.NAMES)
        parser.add_argument("--days", type=int, default=changing.REPLAYED_DAYS)

    def handle(self, *args: object, **options: object) -> None:
        pool, name, days = options["pool"], options["profile"], options["days"]
        assert isinstance(pool, int)
        assert isinstance(days, int)
        seen = replay(pool, str(name), today=business_day(now()), days=days)
        self.stdout.write(json.dumps(changing.told(seen), ensure_ascii=False, indent=1))
