"""Officers: how people with a seat in the console sign in; their sessions; budgets of tries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models.person import Person


class Officer(models.Model):
    """How one person signs in to the console: a password and a second factor, both needed.

    The factor's secret is sealed under a key by name; `code_step` is the newest time step whose
    code was used, so that no code works twice. An invitation is kept as its digest.
    """

    MOVES: ClassVar[Mapping[str, frozenset[str]]] = {
        "invited": frozenset({"invited", "active", "suspended"}),
        "active": frozenset({"invited", "suspended"}),
        "suspended": frozenset({"invited"}),
    }
    TRAIL_KIND: ClassVar[str] = "officer"

    id = models.UUIDField(primary_key=True, editable=False)
    person = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="+")
    login_name = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=40)
    state = models.CharField(max_length=16, default="invited")
    password = models.CharField(max_length=200)
    factor_sealed = models.BinaryField(max_length=64)
    factor_key = models.CharField(max_length=63)
    code_step = models.BigIntegerField(default=0)
    invitation = models.BinaryField(max_length=32, null=True, unique=True)
    invited_until = models.DateTimeField(null=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="accounts_officer_login_name_is_plain",
                condition=Q(login_name__regex=r"^[a-z][a-z0-9.-]{2,31}$"),
            ),
            models.CheckConstraint(
                name="accounts_officer_is_active_without_an_invitation",
                condition=~Q(state="active") | Q(invitation__isnull=True),
            ),
            models.CheckConstraint(
                name="accounts_officer_is_active_with_a_password",
                condition=~Q(state="active") | Q(("password__startswith", "argon2")),
            ),
            models.CheckConstraint(
                name="accounts_officer_invitation_has_an_end",
                condition=Q(invitation__isnull=True, invited_until__isnull=True)
                | Q(invitation__isnull=False, invited_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"officer {self.pk}"


class RecoveryCode(models.Model):
    """One way in when the second factor is lost: used once, kept as a digest."""

    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="recovery_codes")
    digest = models.BinaryField(max_length=32, unique=True)
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"recovery code {self.pk}"


class OfficerSession(models.Model):
    """One sign-in. The browser holds a secret of which only the digest is here.

    `confirmed_at` is when the second factor was last shown.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="sessions")
    digest = models.BinaryField(max_length=32, unique=True)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    confirmed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["officer"],
                name="accounts_session_open",
                condition=Q(ended_at__isnull=True),
            )
        ]
        constraints = [
            models.CheckConstraint(
                name="accounts_session_is_seen_after_it_began",
                condition=Q(seen_at__gte=F("began_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"session {self.pk}"


class Budget(models.Model):
    """How often something was tried in the present window; burned before the try is looked at."""

    name = models.CharField(max_length=120, primary_key=True)
    began_at = models.DateTimeField()
    used = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"budget {self.name}"
