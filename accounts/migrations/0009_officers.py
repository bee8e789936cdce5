"""Officers, their recovery codes and sessions, budgets of tries; alarms found by their subject."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_wallet_providers_law"),
    ]

    operations = [
        migrations.CreateModel(
            name="Budget",
            fields=[
                ("name", models.CharField(max_length=120, primary_key=True, serialize=False)),
                ("began_at", models.DateTimeField()),
                ("used", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Officer",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("login_name", models.CharField(max_length=32, unique=True)),
                ("name", models.CharField(max_length=40)),
                ("state", models.CharField(default="invited", max_length=16)),
                ("password", models.CharField(max_length=200)),
                ("factor_sealed", models.BinaryField(max_length=64)),
                ("factor_key", models.CharField(max_length=63)),
                ("code_step", models.BigIntegerField(default=0)),
                ("invitation", models.BinaryField(max_length=32, null=True, unique=True)),
                ("invited_until", models.DateTimeField(null=True)),
                ("made_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="OfficerSession",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("digest", models.BinaryField(max_length=32, unique=True)),
                ("began_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.BinaryField(max_length=32, unique=True)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddIndex(
            model_name="securityevent",
            index=models.Index(fields=["subject", "id"], name="accounts_security_of_subject"),
        ),
        migrations.AddField(
            model_name="officer",
            name="person",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="officersession",
            name="officer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sessions",
                to="accounts.officer",
            ),
        ),
        migrations.AddField(
            model_name="recoverycode",
            name="officer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="recovery_codes",
                to="accounts.officer",
            ),
        ),
        migrations.AddConstraint(
            model_name="officer",
            constraint=models.CheckConstraint(
                condition=models.Q(("login_name__regex", "^[a-z][a-z0-9.-]{2,31}$")),
                name="accounts_officer_login_name_is_plain",
            ),
        ),
        migrations.AddConstraint(
            model_name="officer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "active"), _negated=True),
                    ("invitation__isnull", True),
                    _connector="OR",
                ),
                name="accounts_officer_is_active_without_an_invitation",
            ),
        ),
        migrations.AddConstraint(
            model_name="officer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "active"), _negated=True),
                    ("password__startswith", "argon2"),
                    _connector="OR",
                ),
                name="accounts_officer_is_active_with_a_password",
            ),
        ),
        migrations.AddConstraint(
            model_name="officer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("invitation__isnull", True), ("invited_until__isnull", True)),
                    models.Q(("invitation__isnull", False), ("invited_until__isnull", False)),
                    _connector="OR",
                ),
                name="accounts_officer_invitation_has_an_end",
            ),
        ),
        migrations.AddIndex(
            model_name="officersession",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True)),
                fields=["officer"],
                name="accounts_session_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="officersession",
            constraint=models.CheckConstraint(
                condition=models.Q(("seen_at__gte", models.F("began_at"))),
                name="accounts_session_is_seen_after_it_began",
            ),
        ),
    ]
