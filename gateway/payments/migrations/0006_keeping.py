"""Tallies of refused pushes, sightings and uses of keys, and the daily seals of notices."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0005_decisions_law"),
    ]

    operations = [
        migrations.CreateModel(
            name="NoticePurge",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("count", models.BigIntegerField()),
                ("purged_at", models.DateTimeField()),
            ],
            options={
                "db_table": "payments_notice_purge",
            },
        ),
        migrations.CreateModel(
            name="NoticeSeal",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("count", models.BigIntegerField()),
                ("hours", models.JSONField()),
                ("root", models.BinaryField(max_length=32)),
                ("previous_day", models.DateField(null=True, unique=True)),
                ("previous_chain", models.BinaryField(max_length=32)),
                ("chain", models.BinaryField(max_length=32)),
                ("sealed_at", models.DateTimeField()),
            ],
            options={
                "db_table": "payments_notice_seal",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("previous_day__isnull", True),
                            ("previous_day__lt", models.F("day")),
                            _connector="OR",
                        ),
                        name="payments_seal_follows_an_earlier_day",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ForgeryTally",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("verdict", models.CharField(max_length=60)),
                ("hour", models.DateTimeField()),
                ("seen", models.BigIntegerField(default=0)),
                ("kept", models.IntegerField(default=0)),
                ("last_at", models.DateTimeField()),
                (
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.merchantaccount",
                    ),
                ),
            ],
            options={
                "db_table": "payments_forgery_tally",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("merchant", "verdict", "hour"), name="payments_tally_is_one_an_hour"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="KeySighting",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("key_id", models.CharField(max_length=80)),
                ("first_seen_at", models.DateTimeField()),
                ("refresh_asked_at", models.DateTimeField()),
                (
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.merchantaccount",
                    ),
                ),
            ],
            options={
                "db_table": "payments_key_sighting",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("merchant", "key_id"), name="payments_key_is_sighted_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="KeyUse",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("key_id", models.CharField(max_length=80)),
                ("day", models.DateField()),
                ("answers", models.BigIntegerField(default=0)),
                ("last_at", models.DateTimeField()),
                (
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.merchantaccount",
                    ),
                ),
            ],
            options={
                "db_table": "payments_key_use",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("merchant", "key_id", "day"), name="payments_key_use_is_one_a_day"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="KeyWarning",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("key_id", models.CharField(max_length=80)),
                ("days", models.IntegerField()),
                ("warned_at", models.DateTimeField()),
                (
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.merchantaccount",
                    ),
                ),
            ],
            options={
                "db_table": "payments_key_warning",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("merchant", "key_id", "days"), name="payments_key_is_warned_of_once"
                    )
                ],
            },
        ),
    ]
