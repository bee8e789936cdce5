"""Bearer tokens: only a digest is kept of each."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from accounts.models.citizen import SignIn
from accounts.models.device import Kiosk, PartnerBank
from accounts.models.person import Person


class BearerToken(models.Model):
    """A secret somebody carries; found by the SHA-256 of it, and never shown again.

    The access token of an app that signed in belongs to its `sign_in`: one row, whose digest
    changes with every refresh, so that the token before works no more.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    digest = models.BinaryField(max_length=32, unique=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="tokens")
    kiosk = models.ForeignKey(Kiosk, on_delete=models.PROTECT, null=True, related_name="tokens")
    partner = models.ForeignKey(
        PartnerBank, on_delete=models.PROTECT, null=True, related_name="tokens"
    )
    sign_in = models.OneToOneField(
        SignIn, on_delete=models.PROTECT, null=True, related_name="access_token"
    )
    label = models.CharField(max_length=80)
    minted_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_day = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="accounts_token_has_one_owner",
                condition=(
                    Q(person__isnull=False, kiosk__isnull=True, partner__isnull=True)
                    | Q(person__isnull=True, kiosk__isnull=False, partner__isnull=True)
                    | Q(person__isnull=True, kiosk__isnull=True, partner__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="accounts_token_expires_after_it_is_minted",
                condition=Q(expires_at__gt=F("minted_at")),
            ),
            models.CheckConstraint(
                name="accounts_token_of_a_sign_in_is_a_persons",
                condition=Q(sign_in__isnull=True) | Q(person__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"token {self.pk}"
