"""Operators with their pools, and the card number prefixes of their issuers."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Operator(models.Model):
    """运营单位: one operator, whose reserve fund is the pool of that number."""

    code = models.CharField(max_length=32, primary_key=True)
    name_zh = models.CharField(max_length=32, unique=True)
    name_en = models.CharField(max_length=64)
    level = models.CharField(max_length=8)
    city_code = models.CharField(max_length=4, null=True, unique=True)
    pool = models.PositiveIntegerField(unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="accounts_operator_is_city_or_county",
                condition=Q(level__in=["city", "county"]),
            ),
            models.CheckConstraint(
                name="accounts_operator_pool_is_positive", condition=Q(pool__gt=0)
            ),
            models.CheckConstraint(
                name="accounts_operator_city_code_has_four_digits",
                condition=Q(city_code__isnull=True) | Q(city_code__regex=r"^[0-9]{4}$"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} (pool {self.pool})"


class IssuerPrefix(models.Model):
    """The beginning of the card numbers an issuer gives out, and where that is known from."""

    prefix = models.CharField(max_length=18, primary_key=True)
    issuer_name = models.CharField(max_length=64)
    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="prefixes")
    source = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="accounts_prefix_is_6_to_18_digits",
                condition=Q(prefix__regex=r"^[0-9]{6,18}$"),
            ),
            models.CheckConstraint(
                name="accounts_prefix_names_its_source", condition=~Q(source="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix} {self.issuer_name}"
