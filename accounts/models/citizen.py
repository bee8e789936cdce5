"""How citizens sign in: one-time codes, signed-in devices, refresh tokens; and real-name checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models.person import Person

COMPARES = 5


class SignInCode(models.Model):
    """One code sent to one number. Whoever asked holds the challenge, the phone holds the code.

    Of both only digests are kept. `compares` is burned before a guess is looked at; the number is
    sealed (bound to this row) so that the right code can enrol it.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    challenge = models.BinaryField(max_length=32, unique=True)
    phone_sealed = models.BinaryField(max_length=64)
    phone_key = models.CharField(max_length=63)
    digest = models.BinaryField(max_length=32)
    compares = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(db_index=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="accounts_code_is_compared_five_times_at_most",
                condition=Q(compares__lte=COMPARES),
            ),
            models.CheckConstraint(
                name="accounts_code_used_was_compared",
                condition=Q(used_at__isnull=True) | Q(compares__gte=1),
            ),
        ]

    def __str__(self) -> str:
        return f"sign-in code {self.pk}"


class SignIn(models.Model):
    """One device that somebody has signed in on: a browser with a secret, or an app with tokens.

    Of a browser's secret only the digest is here. `confirmed_at` is when a code was last shown.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="sign_ins")
    kind = models.CharField(max_length=8)
    label = models.CharField(max_length=80)
    digest = models.BinaryField(max_length=32, null=True, unique=True)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    confirmed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=24, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["person"],
                name="accounts_sign_in_open",
                condition=Q(ended_at__isnull=True),
            )
        ]
        constraints = [
            models.CheckConstraint(
                name="accounts_sign_in_of_a_browser_has_a_secret",
                condition=Q(kind="browser", digest__isnull=False)
                | Q(kind="app", digest__isnull=True),
            ),
            models.CheckConstraint(
                name="accounts_sign_in_is_seen_after_it_began",
                condition=Q(seen_at__gte=F("began_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"sign-in {self.pk}"


class RefreshToken(models.Model):
    """One link of an app's chain of tokens; spent when its successor was given out.

    `spent_key` is the digest of the Idempotency-Key with which it was spent: the same key gets
    the same successor told again, any other use is theft.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    sign_in = models.ForeignKey(SignIn, on_delete=models.PROTECT, related_name="refresh_tokens")
    digest = models.BinaryField(max_length=32, unique=True)
    minted_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    spent_at = models.DateTimeField(null=True)
    spent_key = models.BinaryField(max_length=32, null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="accounts_refresh_token_is_spent_with_a_key",
                condition=Q(spent_at__isnull=True, spent_key__isnull=True)
                | Q(spent_at__isnull=False, spent_key__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["sign_in"],
                condition=Q(spent_at__isnull=True),
                name="accounts_refresh_token_is_one_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"refresh token {self.pk}"


class RealNameCheck(models.Model):
    """One question to the real-name provider; its id is the number by which it is asked again.

    The ID number is never here in clear: a keyed digest finds it, the masked text shows it.
    *Unclear*: the provider has not said yet. *Lapsed*: it never will, and one may ask anew.
    """

    MOVES: ClassVar[Mapping[str, frozenset[str]]] = {
        "asked": frozenset({"confirmed", "refused", "unclear", "lapsed"}),
        "unclear": frozenset({"confirmed", "refused", "lapsed"}),
        "confirmed": frozenset({"withdrawn"}),
        "lapsed": frozenset({"withdrawn"}),
        "refused": frozenset({"withdrawn"}),
        "withdrawn": frozenset(),
    }
    TRAIL_KIND: ClassVar[str] = "real_name"

    id = models.UUIDField(primary_key=True, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, default="asked")
    name_masked = models.CharField(max_length=40)
    id_masked = models.CharField(max_length=18)
    id_digest = models.BinaryField(max_length=32, null=True)
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["person", "-id"], name="accounts_real_name_of_person"),
            models.Index(fields=["id_digest"], name="accounts_real_name_of_number"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(state__in=["asked", "unclear", "confirmed"]),
                name="accounts_real_name_is_one_at_a_time",
            ),
            models.CheckConstraint(
                name="accounts_real_name_withdrawn_keeps_no_number",
                condition=~Q(state="withdrawn")
                | Q(id_digest__isnull=True, id_masked="", name_masked=""),
            ),
        ]

    def __str__(self) -> str:
        return f"real-name check {self.pk}"
