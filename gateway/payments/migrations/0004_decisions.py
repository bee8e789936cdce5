"""Officers' decisions, words that contradict the book, and which refund an answer spoke of."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0003_any_channel"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="evidence",
            name="refund",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="evidence",
                to="payments.refund",
            ),
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("pool", models.IntegerField()),
                ("ref", models.CharField(max_length=120)),
                ("matter", models.CharField(max_length=24)),
                ("subject_id", models.UUIDField()),
                ("choice", models.CharField(max_length=24)),
                ("state", models.CharField(default="proposed", max_length=12)),
                ("reason", models.CharField(max_length=200)),
                ("details", models.JSONField(default=dict)),
                ("seen", models.CharField(max_length=64)),
                ("proposed_at", models.DateTimeField()),
                (
                    "maker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "payments_decision",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "proposed")),
                        fields=("ref",),
                        name="payments_matter_has_one_open_proposal",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="payments_decision_has_its_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Disagreement",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("pool", models.IntegerField()),
                ("channel", models.CharField(max_length=20)),
                ("order_no", models.CharField(max_length=64)),
                ("state", models.CharField(default="open", max_length=12)),
                ("source", models.CharField(max_length=10)),
                ("against", models.JSONField()),
                ("said", models.JSONField()),
                ("seen_at", models.DateTimeField()),
                (
                    "payment",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="disagreements",
                        to="payments.payment",
                    ),
                ),
            ],
            options={
                "db_table": "payments_disagreement",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "open")),
                        fields=["pool", "id"],
                        name="payments_open_disagreements",
                    )
                ],
            },
        ),
    ]
