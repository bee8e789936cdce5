"""Namings, losses, the list of cards, departures and their parts."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0014_word_of_an_approval"),
        ("payments", "0011_refunds_in_bills"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Departure",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=12)),
                ("why", models.CharField(max_length=12)),
                ("pool", models.IntegerField()),
                ("state", models.CharField(default="asked", max_length=12)),
                ("payee_no", models.CharField(blank=True, default="", max_length=40)),
                ("payee_name", models.CharField(blank=True, default="", max_length=120)),
                ("payee_bank", models.CharField(blank=True, default="", max_length=120)),
                ("asked_at", models.DateTimeField()),
                ("moves_at", models.DateTimeField(null=True)),
                ("moved_at", models.DateTimeField(null=True)),
                ("amount_fen", models.BigIntegerField(default=0)),
                ("covered_fen", models.BigIntegerField(default=0)),
                ("round_no", models.PositiveSmallIntegerField(default=0)),
                ("approval_id", models.UUIDField(null=True)),
                ("request_id", models.UUIDField(null=True)),
                (
                    "card",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.transitcard",
                    ),
                ),
                (
                    "new_card",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.transitcard",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "card_service_departure",
            },
        ),
        migrations.CreateModel(
            name="ListEntry",
            fields=[
                ("version", models.BigIntegerField(primary_key=True, serialize=False)),
                ("pool", models.IntegerField()),
                ("asn", models.CharField(max_length=20)),
                ("act", models.CharField(max_length=10)),
                ("because", models.CharField(max_length=12)),
                ("since", models.DateTimeField()),
                ("until", models.DateField(null=True)),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "db_table": "card_service_list_entry",
                "indexes": [
                    models.Index(fields=["asn", "-version"], name="card_service_list_of_card")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("act__in", ("listed", "delisted", "renewed"))),
                        name="card_service_list_acts_are_three",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ListVersion",
            fields=[
                ("id", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ("version", models.BigIntegerField()),
            ],
            options={
                "db_table": "card_service_list_version",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="card_service_list_has_one_version"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LossReport",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("pool", models.IntegerField()),
                ("state", models.CharField(default="reported", max_length=12)),
                ("reported_at", models.DateTimeField()),
                ("in_force_at", models.DateTimeField()),
                (
                    "card",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.transitcard",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "card_service_loss_report",
            },
        ),
        migrations.CreateModel(
            name="Naming",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("state", models.CharField(default="asked", max_length=12)),
                ("load_id", models.UUIDField(null=True)),
                ("asked_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(null=True)),
                (
                    "card",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.transitcard",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "card_service_naming",
            },
        ),
        migrations.CreateModel(
            name="Part",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("round_no", models.PositiveSmallIntegerField()),
                ("way", models.CharField(max_length=10)),
                ("amount_fen", models.BigIntegerField()),
                ("goes_as", models.UUIDField(null=True, unique=True)),
                ("box", models.CharField(blank=True, default="", max_length=80)),
                ("state", models.CharField(default="planned", max_length=10)),
                (
                    "departure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="card_service.departure",
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.payment",
                    ),
                ),
            ],
            options={
                "db_table": "card_service_part",
            },
        ),
        migrations.AddIndex(
            model_name="departure",
            index=models.Index(fields=["person", "-id"], name="card_service_departures_of"),
        ),
        migrations.AddIndex(
            model_name="departure",
            index=models.Index(fields=["pool", "state"], name="card_service_departures_in"),
        ),
        migrations.AddConstraint(
            model_name="departure",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "withdrawn"), _negated=True),
                fields=("card",),
                name="card_service_a_balance_leaves_a_card_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="departure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "replacement"), ("new_card__isnull", False)),
                    models.Q(("kind", "redemption"), ("new_card__isnull", True)),
                    _connector="OR",
                ),
                name="card_service_only_a_replacement_has_a_new_card",
            ),
        ),
        migrations.AddConstraint(
            model_name="departure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("new_card__isnull", True),
                    models.Q(("new_card", models.F("card")), _negated=True),
                    _connector="OR",
                ),
                name="card_service_a_card_does_not_replace_itself",
            ),
        ),
        migrations.AddConstraint(
            model_name="departure",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_fen__gte", 0), ("covered_fen__gte", 0)),
                name="card_service_departure_amounts_are_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="lossreport",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("reported", "in_force"))),
                fields=("card",),
                name="card_service_a_card_is_lost_once_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="lossreport",
            constraint=models.CheckConstraint(
                condition=models.Q(("in_force_at__gte", models.F("reported_at"))),
                name="card_service_loss_takes_effect_later",
            ),
        ),
        migrations.AddConstraint(
            model_name="naming",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "asked")),
                fields=("card", "person"),
                name="card_service_naming_is_asked_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="naming",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "confirmed"), _negated=True),
                    ("load_id__isnull", False),
                    _connector="OR",
                ),
                name="card_service_named_means_shown",
            ),
        ),
        migrations.AddConstraint(
            model_name="part",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_fen__gt", 0)), name="card_service_part_is_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="part",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("payment__isnull", False), ("way", "original")),
                    models.Q(("way__in", ("claim", "bank", "cash")), ("payment__isnull", True)),
                    _connector="OR",
                ),
                name="card_service_only_the_original_route_has_a_payment",
            ),
        ),
    ]
