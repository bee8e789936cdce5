"""Wallet providers and their keys, by hand: list, add, add-key, retire-key, suspend, resume."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import clock, providers
from accounts.actors import SYSTEM
from accounts.errors import DomainError
from accounts.models import ProviderKey, WalletProvider
from accounts.models.provider import KEY_ALGORITHMS
from gateway.server_fetch import registration


class Command(BaseCommand):
    """What a key says is shown as its fingerprint; its text is public, and never shown either."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """One word for what to do, and what that needs."""
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("list")
        new = acts.add_parser("add")
        _code(new)
        for name in ("--name-zh", "--name-en", "--order-profile"):
            new.add_argument(name, required=True)
        new.add_argument("--rate-per-minute", type=int, default=600)
        key = acts.add_parser("add-key")
        _code(key)
        key.add_argument("--key-id", required=True)
        key.add_argument("--algorithm", required=True, choices=KEY_ALGORITHMS)
        key.add_argument("--pem", required=True, type=Path, help="the public key's file")
        key.add_argument("--days", type=int, default=397, help="how long it works")
        old = acts.add_parser("retire-key")
        old.add_argument("--key-id", required=True)
        old.add_argument("--because", required=True)
        for act in ("suspend", "resume"):
            word = acts.add_parser(act)
            _code(word)
            word.add_argument("--because", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Does it, and says what there is then."""
        try:
            self._act(options)
        except (DomainError, OSError) as error:
            raise CommandError(str(error)) from error
        for provider in WalletProvider.objects.prefetch_related("keys").order_by("code"):
            self.stdout.write(
                f"{provider.code}: {provider.state}, {provider.name_zh}, orders by "
                f"{provider.order_profile}, {provider.rate_per_minute} a minute"
            )
            for key in sorted(provider.keys.all(), key=lambda one: one.added_at):
                self.stdout.write(
                    f"  {key.key_id}: {key.state}, {key.algorithm}, {key.fingerprint[:16]}…, "
                    f"until {key.expires_at:%Y-%m-%d}"
                )

    def _act(self, options: dict[str, Any]) -> None:
        now, act = clock.now(), options["act"]
        if act == "add":
            words = ("code", "name_zh", "name_en", "order_profile", "rate_per_minute")
            registration.add(**{word: options[word] for word in words}, actor=SYSTEM, now=now)
        elif act == "add-key":
            registration.add_key(
                _provider(options["code"]),
                key_id=options["key_id"],
                algorithm=options["algorithm"],
                public_pem=options["pem"].read_text(encoding="ascii"),
                expires_at=now + timedelta(days=options["days"]),
                actor=SYSTEM,
                now=now,
            )
        elif act == "retire-key":
            key = ProviderKey.objects.filter(key_id=options["key_id"]).first()
            if key is None:
                raise CommandError("there is no such key")
            providers.retire_key(key, actor=SYSTEM, because=options["because"], now=now)
        elif act in ("suspend", "resume"):
            move = providers.suspend if act == "suspend" else providers.resume
            move(_provider(options["code"]), actor=SYSTEM, because=options["because"], now=now)


def _code(parser: ArgumentParser) -> None:
    parser.add_argument("code")


def _provider(code: str) -> WalletProvider:
    found = WalletProvider.objects.filter(code=code).first()
    if found is None:
        raise CommandError(f"there is no provider {code}")
    return found
