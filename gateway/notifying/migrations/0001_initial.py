"""Notices, their short messages, and what each citizen wants."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0015_when_spent"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=32)),
                ("subject_kind", models.CharField(max_length=48)),
                ("subject_id", models.UUIDField()),
                ("transition_id", models.BigIntegerField(unique=True)),
                ("place", models.CharField(max_length=12)),
                ("place_id", models.UUIDField()),
                ("facts", models.JSONField(default=dict)),
                ("happened_at", models.DateTimeField()),
                ("made_at", models.DateTimeField()),
                ("read_at", models.DateTimeField(null=True)),
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
                "db_table": "notifying_notice",
            },
        ),
        migrations.CreateModel(
            name="NoticePreference",
            fields=[
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("sms_all", models.BooleanField(default=False)),
                ("language", models.CharField(default="zh", max_length=2)),
            ],
            options={
                "db_table": "notifying_preference",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("language__in", ("zh", "en"))),
                        name="notifying_speaks_two_languages",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TextMessage",
            fields=[
                (
                    "notice",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="text_message",
                        serialize=False,
                        to="notifying.notice",
                    ),
                ),
                ("state", models.CharField(default="waiting", max_length=10)),
                ("language", models.CharField(max_length=2)),
                ("urgent", models.BooleanField()),
                ("due_at", models.DateTimeField()),
                ("tried_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, default="", max_length=64)),
            ],
            options={
                "db_table": "notifying_text",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["due_at"],
                        name="notifying_text_due",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ("waiting", "sending", "sent", "dropped", "doubtful", "refused"),
                            )
                        ),
                        name="notifying_text_waits_or_is_over",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["person", "-id"], name="notifying_of_person"),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("read_at__isnull", True)),
                fields=["person"],
                name="notifying_unread",
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["made_at"], name="notifying_by_age"),
        ),
    ]
