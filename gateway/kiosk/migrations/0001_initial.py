"""Keys, lines, sessions, boxes, cash, journals and settlements of kiosks."""

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0014_word_of_an_approval"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                (
                    "kiosk",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="accounts.kiosk",
                    ),
                ),
                ("version", models.CharField(max_length=32)),
                ("paper", models.CharField(max_length=8)),
                ("cash_fen", models.BigIntegerField()),
                ("notes", models.IntegerField()),
                ("errors", models.JSONField(default=list)),
                ("waiting_records", models.IntegerField()),
                ("said_at", models.DateTimeField()),
                ("heard_at", models.DateTimeField()),
            ],
            options={
                "db_table": "kiosk_heartbeat",
            },
        ),
        migrations.CreateModel(
            name="Line",
            fields=[
                (
                    "kiosk",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="accounts.kiosk",
                    ),
                ),
                ("sequence", models.BigIntegerField(default=0)),
            ],
            options={
                "db_table": "kiosk_line",
            },
        ),
        migrations.CreateModel(
            name="ShopKiosk",
            fields=[
                (
                    "kiosk",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="accounts.kiosk",
                    ),
                ),
                ("shop", models.CharField(max_length=32)),
                ("since", models.DateTimeField()),
            ],
            options={
                "db_table": "kiosk_shop",
            },
        ),
        migrations.CreateModel(
            name="Box",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("pool", models.IntegerField()),
                ("label", models.CharField(max_length=64, unique=True)),
                ("state", models.CharField(default="in_kiosk", max_length=12)),
                ("opened_at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(null=True)),
                ("restored_fen", models.BigIntegerField(default=0)),
                ("restored_times", models.IntegerField(default=0)),
                (
                    "kiosk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="boxes",
                        to="accounts.kiosk",
                    ),
                ),
            ],
            options={
                "db_table": "kiosk_box",
            },
        ),
        migrations.CreateModel(
            name="CarriedLoad",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("load_id", models.UUIDField()),
                ("opened_at", models.DateTimeField()),
                (
                    "kiosk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.kiosk",
                    ),
                ),
            ],
            options={
                "db_table": "kiosk_carried_load",
            },
        ),
        migrations.CreateModel(
            name="Count",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("state", models.CharField(default="asked", max_length=8)),
                ("counted_fen", models.BigIntegerField()),
                ("notes", models.JSONField(default=dict)),
                ("counter_slip", models.CharField(default="", max_length=64)),
                ("difference_fen", models.BigIntegerField(default=0)),
                ("counted_at", models.DateTimeField()),
                (
                    "box",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="counts",
                        to="kiosk.box",
                    ),
                ),
                (
                    "first",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "second",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "kiosk_count",
            },
        ),
        migrations.CreateModel(
            name="Enrolment",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("state", models.CharField(default="asked", max_length=12)),
                ("code_digest", models.BinaryField(max_length=32, null=True, unique=True)),
                ("expires_at", models.DateTimeField()),
                ("asked_at", models.DateTimeField()),
                (
                    "checker",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "kiosk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="enrolments",
                        to="accounts.kiosk",
                    ),
                ),
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
                "db_table": "kiosk_enrolment",
            },
        ),
        migrations.CreateModel(
            name="Grant",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("amount_fen", models.BigIntegerField()),
                ("granted_at", models.DateTimeField()),
                (
                    "checker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "kiosk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="grants",
                        to="accounts.kiosk",
                    ),
                ),
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
                "db_table": "kiosk_grant",
            },
        ),
        migrations.CreateModel(
            name="Intake",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("state", models.CharField(default="open", max_length=8)),
                ("most_fen", models.BigIntegerField()),
                ("taken_fen", models.BigIntegerField(default=0)),
                ("topup_id", models.UUIDField(null=True, unique=True)),
                ("opened_at", models.DateTimeField()),
                ("ordered_at", models.DateTimeField(null=True)),
                ("day", models.DateField()),
                (
                    "card",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.transitcard",
                    ),
                ),
                (
                    "kiosk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.kiosk",
                    ),
                ),
            ],
            options={
                "db_table": "kiosk_intake",
            },
        ),
        migrations.CreateModel(
            name="Key",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("key_id", models.CharField(max_length=64, unique=True)),
                ("algorithm", models.CharField(max_length=24)),
                ("public_pem", models.TextField()),
                ("fingerprint", models.CharField(max_length=64, unique=True)),
                ("slot", models.PositiveSmallIntegerField()),
                ("state", models.CharField(default="active", max_length=12)),
                ("added_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                (
                    "kiosk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="keys",
                        to="accounts.kiosk",
                    ),
                ),
            ],
            options={
                "db_table": "kiosk_key",
            },
        ),
        migrations.CreateModel(
            name="Record",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("number", models.BigIntegerField()),
                ("kind", models.CharField(max_length=8)),
                ("amount_fen", models.BigIntegerField()),
                ("ref", models.UUIDField()),
                ("said_at", models.DateTimeField()),
                ("taken_at", models.DateTimeField()),
                (
                    "box",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="records",
                        to="kiosk.box",
                    ),
                ),
                (
                    "intake",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="records",
                        to="kiosk.intake",
                    ),
                ),
                (
                    "kiosk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="records",
                        to="accounts.kiosk",
                    ),
                ),
            ],
            options={
                "db_table": "kiosk_record",
            },
        ),
        migrations.CreateModel(
            name="Refused",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("who", models.CharField(max_length=64)),
                ("code", models.CharField(max_length=60)),
                ("hour", models.DateTimeField()),
                ("times", models.BigIntegerField(default=1)),
            ],
            options={
                "db_table": "kiosk_refused",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("who", "code", "hour"), name="kiosk_refusals_are_counted_by_hour"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SeenRequest",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("sequence", models.BigIntegerField()),
                ("print", models.BinaryField(max_length=32)),
                ("seen_at", models.DateTimeField()),
                (
                    "kiosk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.kiosk",
                    ),
                ),
            ],
            options={
                "db_table": "kiosk_seen_request",
            },
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("state", models.CharField(default="on", max_length=8)),
                ("parameters_version", models.CharField(max_length=16)),
                ("list_version", models.BigIntegerField()),
                ("signed_on_at", models.DateTimeField()),
                ("signed_off_at", models.DateTimeField(null=True)),
                (
                    "kiosk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sessions",
                        to="accounts.kiosk",
                    ),
                ),
            ],
            options={
                "db_table": "kiosk_session",
            },
        ),
        migrations.CreateModel(
            name="Settlement",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("day", models.DateField()),
                ("first", models.BigIntegerField()),
                ("last", models.BigIntegerField()),
                ("state", models.CharField(default="differs", max_length=8)),
                ("theirs", models.JSONField()),
                ("ours", models.JSONField()),
                ("settled_at", models.DateTimeField()),
                (
                    "kiosk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.kiosk",
                    ),
                ),
            ],
            options={
                "db_table": "kiosk_settlement",
            },
        ),
        migrations.CreateModel(
            name="Difference",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("number", models.BigIntegerField()),
                ("kind", models.CharField(max_length=20)),
                ("theirs", models.JSONField(null=True)),
                ("ours", models.JSONField(null=True)),
                ("found_at", models.DateTimeField()),
                ("healed_at", models.DateTimeField(null=True)),
                (
                    "settlement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="differences",
                        to="kiosk.settlement",
                    ),
                ),
            ],
            options={
                "db_table": "kiosk_difference",
            },
        ),
        migrations.AddConstraint(
            model_name="box",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "in_kiosk")),
                fields=("kiosk",),
                name="kiosk_holds_one_box",
            ),
        ),
        migrations.AddIndex(
            model_name="carriedload",
            index=models.Index(fields=["kiosk", "-opened_at"], name="kiosk_loads_of_kiosk"),
        ),
        migrations.AddConstraint(
            model_name="carriedload",
            constraint=models.UniqueConstraint(
                fields=("load_id", "kiosk"), name="kiosk_carries_a_load_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="count",
            constraint=models.CheckConstraint(
                condition=models.Q(("counted_fen__gte", 0)), name="kiosk_count_is_no_debt"
            ),
        ),
        migrations.AddConstraint(
            model_name="count",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("second__isnull", True),
                    models.Q(("second", models.F("first")), _negated=True),
                    _connector="OR",
                ),
                name="kiosk_count_takes_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="count",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "booked"), _negated=True),
                    ("second__isnull", False),
                    models.Q(("counter_slip", ""), _negated=True),
                    _connector="OR",
                ),
                name="kiosk_count_is_by_two_or_by_counter",
            ),
        ),
        migrations.AddConstraint(
            model_name="count",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "booked")),
                fields=("box",),
                name="kiosk_box_is_counted_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("checker__isnull", True),
                    models.Q(("checker", models.F("maker")), _negated=True),
                    _connector="OR",
                ),
                name="kiosk_enrolment_maker_is_not_checker",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ("asked", "refused")), ("checker__isnull", False), _connector="OR"
                ),
                name="kiosk_enrolment_is_approved_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_fen__gt", 0)), name="kiosk_grant_is_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.CheckConstraint(
                condition=models.Q(("maker", models.F("checker")), _negated=True),
                name="kiosk_grant_takes_two_officers",
            ),
        ),
        migrations.AddIndex(
            model_name="intake",
            index=models.Index(fields=["card", "day"], name="kiosk_intakes_of_card"),
        ),
        migrations.AddIndex(
            model_name="intake",
            index=models.Index(
                condition=models.Q(("state__in", ("open", "kept"))),
                fields=["opened_at"],
                name="kiosk_intakes_unfinished",
            ),
        ),
        migrations.AddConstraint(
            model_name="intake",
            constraint=models.CheckConstraint(
                condition=models.Q(("most_fen__gt", 0), ("taken_fen__gte", 0)),
                name="kiosk_intake_takes_money",
            ),
        ),
        migrations.AddConstraint(
            model_name="intake",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "ordered"), ("topup_id__isnull", False)),
                    models.Q(
                        models.Q(("state", "ordered"), _negated=True), ("topup_id__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="kiosk_intake_ordered_means_its_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="key",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "active")),
                fields=("kiosk", "slot"),
                name="kiosk_has_two_active_keys_at_most",
            ),
        ),
        migrations.AddConstraint(
            model_name="key",
            constraint=models.CheckConstraint(
                condition=models.Q(("slot__in", (1, 2))), name="kiosk_key_slot_is_1_or_2"
            ),
        ),
        migrations.AddConstraint(
            model_name="key",
            constraint=models.CheckConstraint(
                condition=models.Q(("algorithm__in", ("ed25519", "ecdsa-p256-sha256", "sm2-sm3"))),
                name="kiosk_key_algorithm_is_public",
            ),
        ),
        migrations.AddConstraint(
            model_name="record",
            constraint=models.UniqueConstraint(
                fields=("kiosk", "number"), name="kiosk_record_is_kept_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="record",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_fen__gt", 0), ("number__gt", 0)),
                name="kiosk_record_is_numbered",
            ),
        ),
        migrations.AddConstraint(
            model_name="record",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("box__isnull", False), ("intake__isnull", False), ("kind", "note")),
                    models.Q(
                        ("box__isnull", True),
                        ("intake__isnull", True),
                        ("kind__in", ("load", "doubt")),
                    ),
                    _connector="OR",
                ),
                name="kiosk_record_is_a_note_or_a_load",
            ),
        ),
        migrations.AddConstraint(
            model_name="seenrequest",
            constraint=models.UniqueConstraint(
                fields=("kiosk", "sequence"), name="kiosk_sequence_is_used_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="session",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "on")),
                fields=("kiosk",),
                name="kiosk_is_signed_on_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlement",
            constraint=models.UniqueConstraint(
                fields=("kiosk", "first"), name="kiosk_records_settle_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="settlement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("first__gt", 0),
                    (
                        "last__gte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("first"), "-", models.Value(1)
                        ),
                    ),
                ),
                name="kiosk_settlement_has_an_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="difference",
            constraint=models.UniqueConstraint(
                fields=("settlement", "number", "kind"), name="kiosk_difference_is_kept_once"
            ),
        ),
    ]
