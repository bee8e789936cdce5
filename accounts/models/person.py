"""People and the roles they are granted."""

from __future__ import annotations

from typing import ClassVar, NoReturn

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts import phones
from accounts.errors import PersonUnknown
from accounts.roles import ROLES


class People(BaseUserManager["Person"]):
    """Looks people up; `people.enrol` alone makes them."""

    use_in_migrations = False


class Person(AbstractBaseUser):
    """Somebody with a mobile number. The number is sealed, found by a blind index, shown masked.

    There are no passwords: the column holds an unusable marker whose change ends all sessions.
    Who deleted their data (`deleted_at`) stays as a bare id, without a number and without a way in.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    phone_sealed = models.BinaryField(max_length=64)
    phone_key = models.CharField(max_length=63)
    phone_index = models.BinaryField(max_length=32, unique=True)
    is_active = models.BooleanField(default=True)
    enrolled_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)
    last_login = None

    USERNAME_FIELD = "id"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = People()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="accounts_person_has_no_password", condition=Q(("password__startswith", "!"))
            ),
            models.CheckConstraint(
                name="accounts_person_deleted_keeps_no_number",
                condition=Q(deleted_at__isnull=True)
                | Q(is_active=False, phone_sealed=b"", phone_key=""),
            ),
        ]

    def __str__(self) -> str:
        return f"person {self.pk}"

    @property
    def phone(self) -> str:
        """The number in clear: for the one message that must be sent to it, never for a log.

        PersonUnknown of who deleted their data.
        """
        if self.deleted_at is not None:
            raise PersonUnknown(id=self.pk)
        return phones.unseal(bytes(self.phone_sealed), self.phone_key, self.id)

    @property
    def masked_phone(self) -> str:
        """The number as people are shown it: `138****0984`; stars alone of who left."""
        return phones.mask_phone("" if self.deleted_at else self.phone)

    def set_password(self, raw_password: str | None) -> NoReturn:
        raise TypeError("people have no passwords")

    def check_password(self, raw_password: str) -> bool:
        return False


class RoleGrant(models.Model):
    """A role somebody holds for a pool (or the whole province) from one moment to another.

    `accounts_separated_roles_are_separate_people` (an exclusion, in the migration of the law)
    lets nobody hold two of the three separated roles at once. `approval_id` is the approval by
    which two officers gave it (`granted_by` asked), `ended_by` the one by which two withdrew it.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(max_length=24)
    pool = models.PositiveIntegerField(null=True)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    granted_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    approval_id = models.UUIDField(null=True, unique=True)
    ended_by = models.UUIDField(null=True, unique=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["person", "role"], name="accounts_grant_of_person")]
        constraints = [
            models.CheckConstraint(
                name="accounts_grant_names_a_role", condition=Q(role__in=sorted(ROLES))
            ),
            models.CheckConstraint(
                name="accounts_grant_ends_after_it_begins",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
            ),
            models.CheckConstraint(
                name="accounts_grant_is_not_by_its_holder",
                condition=Q(granted_by__isnull=True) | ~Q(granted_by=F("person")),
            ),
            models.CheckConstraint(
                name="accounts_grant_pool_is_positive",
                condition=Q(pool__isnull=True) | Q(pool__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} for {'province' if self.pool is None else f'pool {self.pool}'}"
