"""Events, endpoints and deliveries."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Endpoint",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("subscriber", models.CharField(max_length=64)),
                ("url", models.URLField(max_length=500)),
                ("state", models.CharField(default="unproven", max_length=12)),
                ("kinds", models.JSONField(default=list)),
                ("pools", models.JSONField(default=list)),
                ("failures", models.IntegerField(default=0)),
                ("resting_until", models.DateTimeField(null=True)),
                ("added_at", models.DateTimeField()),
            ],
            options={
                "db_table": "events_endpoint",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "retired"), _negated=True),
                        fields=("subscriber", "url"),
                        name="events_endpoint_is_registered_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("subscriber__regex", "^(operator|app):[a-z0-9][a-z0-9-]{0,40}$")
                        ),
                        name="events_subscriber_is_an_operator_or_an_app",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("subscriber__startswith", "operator:"), _negated=True),
                            models.Q(("pools", []), _negated=True),
                            _connector="OR",
                        ),
                        name="events_operator_is_told_of_named_pools",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=40)),
                ("version", models.IntegerField()),
                ("pool", models.IntegerField()),
                ("operator_code", models.CharField(max_length=32)),
                ("subject_kind", models.CharField(max_length=48)),
                ("subject_id", models.UUIDField()),
                ("sequence", models.IntegerField()),
                ("transition_id", models.BigIntegerField()),
                ("happened_at", models.DateTimeField()),
                ("made_at", models.DateTimeField()),
                ("data", models.JSONField()),
            ],
            options={
                "db_table": "events_event",
                "indexes": [models.Index(fields=["happened_at"], name="events_by_moment")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("transition_id",), name="events_a_move_is_told_as_one_event"
                    ),
                    models.UniqueConstraint(
                        fields=("subject_id", "subject_kind", "sequence"),
                        name="events_of_a_subject_are_counted_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Told",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("subject_kind", models.CharField(max_length=48)),
                ("subject_id", models.UUIDField()),
                ("transition_id", models.BigIntegerField(default=0)),
                ("sequence", models.IntegerField(default=0)),
            ],
            options={
                "db_table": "events_told",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("subject_kind", "subject_id"),
                        name="events_subject_is_told_by_one_row",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("state", models.CharField(default="waiting", max_length=12)),
                ("attempts", models.IntegerField(default=0)),
                ("replays", models.IntegerField(default=0)),
                ("next_at", models.DateTimeField()),
                ("give_up_at", models.DateTimeField()),
                ("last_status", models.IntegerField(null=True)),
                ("last_code", models.CharField(default="", max_length=64)),
                ("last_at", models.DateTimeField(null=True)),
                (
                    "endpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="events.endpoint",
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="events.event",
                    ),
                ),
            ],
            options={
                "db_table": "events_delivery",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["endpoint", "next_at"],
                        name="events_delivery_waiting",
                    ),
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["give_up_at"],
                        name="events_delivery_to_give_up",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("event", "endpoint"),
                        name="events_event_is_owed_once_to_an_endpoint",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ("waiting", "delivered", "given_up"))),
                        name="events_delivery_waits_or_is_over",
                    ),
                ],
            },
        ),
    ]
