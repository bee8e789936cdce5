"""Loads, the seals given out for them, and the questions that end a doubt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from nfc_topup.lifecycle import INQUIRY_MOVES, LIVE, LOAD_MOVES, UNRESOLVED
from nfc_topup.models.card import CardApplication


class Load(models.Model):
    """One attempt to put value into one purse, from the opening script to proof or doubt's end.

    `key_index` and the versions tell which keys worked when it was opened; its seal tells which
    key the card turned out to have. `key_index` is null on old rows whose profile is forgotten.
    `counter` is the online counter before +1. `ended_by`: credit, prove, counter, fresh_mac1 or
    officers. `contradicted_at`: when the card proved the opposite of what had been decided: a
    credit after *not loaded*, or nothing written after two officers had said *loaded*.
    `opened_by_*`: who stood before the card; empty on rows older than these columns.
    """

    MOVES: ClassVar[Mapping[str, frozenset[str]]] = LOAD_MOVES
    TRAIL_KIND: ClassVar[str] = "load"

    id = models.UUIDField(primary_key=True, editable=False)
    order_id = models.UUIDField(db_index=True)
    application = models.ForeignKey(CardApplication, on_delete=models.PROTECT, related_name="loads")
    amount_fen = models.BigIntegerField()
    terminal = models.CharField(max_length=12)
    profile_name = models.CharField(max_length=48)
    key_index = models.PositiveSmallIntegerField(null=True)
    load_key_version = models.PositiveIntegerField()
    tac_key_version = models.PositiveIntegerField()
    state = models.CharField(max_length=16, default="opened")
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    sealed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=16, default="", blank=True)
    counter = models.PositiveIntegerField(null=True)
    mac1_refusals = models.PositiveSmallIntegerField(default=0)
    tac = models.CharField(max_length=8, default="", blank=True)
    new_balance_fen = models.BigIntegerField(null=True)
    contradicted_at = models.DateTimeField(null=True)
    opened_by_kind = models.CharField(max_length=16, default="", blank=True)
    opened_by_id = models.CharField(max_length=64, default="", blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(state__in=LIVE),
                name="nfc_topup_one_unresolved_load_per_application",
            ),
            models.UniqueConstraint(
                fields=["application", "counter"],
                condition=Q(state="loaded", contradicted_at__isnull=True),
                name="nfc_topup_one_loaded_per_application_and_counter",
            ),
            models.UniqueConstraint(
                fields=["order_id"],
                condition=Q(state__in=[*UNRESOLVED, "loaded"], contradicted_at__isnull=True),
                name="nfc_topup_one_order_is_credited_once",
            ),
            models.CheckConstraint(
                name="nfc_topup_load_amount_is_positive", condition=Q(amount_fen__gt=0)
            ),
            models.CheckConstraint(
                name="nfc_topup_load_has_its_counter_once_sealed",
                condition=Q(state__in=["opened", "abandoned"])
                | Q(counter__isnull=False, sealed_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["state", "expires_at"], name="nfc_topup_load_by_state")]

    def __str__(self) -> str:
        return f"load {self.id} ({self.state})"


class LoadSeal(models.Model):
    """The authorisation of one load: committed before MAC2 leaves, never changed.

    `digits` are the fourteen digits of date and time under MAC2; hex texts are upper case.
    `key_version` is the card's byte as it came. `load_key_version` is our version that verified
    MAC1 and made MAC2, with `diversifiers`; `tac_keys` are the TAC keys that this card may have,
    the likeliest first, as [{"version": 2, "factors": [hex, ...]}].
    """

    id = models.UUIDField(primary_key=True, editable=False)
    load = models.OneToOneField(Load, on_delete=models.PROTECT, related_name="seal")
    application = models.ForeignKey(CardApplication, on_delete=models.PROTECT, related_name="+")
    counter = models.PositiveIntegerField()
    card_random = models.CharField(max_length=8)
    balance_raw = models.BigIntegerField()
    mac1 = models.CharField(max_length=8)
    key_version = models.PositiveSmallIntegerField()
    load_key_version = models.PositiveIntegerField()
    tac_keys = models.JSONField(default=list)
    digits = models.CharField(max_length=14)
    mac2 = models.CharField(max_length=8)
    diversifiers = models.JSONField(default=list)
    sealed_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "counter", "card_random"],
                name="nfc_topup_seal_answers_a_challenge_once",
            ),
            models.CheckConstraint(
                name="nfc_topup_seal_is_whole",
                condition=Q(
                    mac1__regex=r"^[0-9A-F]{8}$",
                    mac2__regex=r"^[0-9A-F]{8}$",
                    card_random__regex=r"^[0-9A-F]{8}$",
                    digits__regex=r"^[0-9]{14}$",
                    counter__lt=65535,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"seal {self.id}"


class Inquiry(models.Model):
    """A single-use question to a card with a load in doubt: amount and terminal at random.

    Issued after the load's MAC2, so that an answer with MAC1 over them cannot be a recording.
    `answers` are kept as they came. `asked_by_*` as `opened_by_*` of a load.
    """

    MOVES: ClassVar[Mapping[str, frozenset[str]]] = INQUIRY_MOVES
    TRAIL_KIND: ClassVar[str] = "inquiry"

    id = models.UUIDField(primary_key=True, editable=False)
    load = models.ForeignKey(Load, on_delete=models.PROTECT, related_name="inquiries")
    amount_fen = models.BigIntegerField()
    terminal = models.CharField(max_length=12)
    state = models.CharField(max_length=16, default="asked")
    issued_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answers = models.JSONField(default=list)
    outcome = models.CharField(max_length=16, default="", blank=True)
    reason = models.CharField(max_length=32, default="", blank=True)
    asked_by_kind = models.CharField(max_length=16, default="", blank=True)
    asked_by_id = models.CharField(max_length=64, default="", blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="nfc_topup_inquiry_amount_is_positive", condition=Q(amount_fen__gt=0)
            ),
            models.UniqueConstraint(
                fields=["terminal", "amount_fen"], name="nfc_topup_inquiry_is_asked_once"
            ),
        ]

    def __str__(self) -> str:
        return f"inquiry {self.id} ({self.state})"
