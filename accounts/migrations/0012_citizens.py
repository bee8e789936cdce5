"""Citizens sign in: codes, devices, refresh tokens, real-name checks; people who left."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0011_parties_of_an_approval"),
    ]

    operations = [
        migrations.CreateModel(
            name="RealNameCheck",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("state", models.CharField(default="asked", max_length=16)),
                ("name_masked", models.CharField(max_length=40)),
                ("id_masked", models.CharField(max_length=18)),
                ("id_digest", models.BinaryField(max_length=32, null=True)),
                ("asked_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="RefreshToken",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("digest", models.BinaryField(max_length=32, unique=True)),
                ("minted_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(db_index=True)),
                ("spent_at", models.DateTimeField(null=True)),
                ("spent_key", models.BinaryField(max_length=32, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="SignIn",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=8)),
                ("label", models.CharField(max_length=80)),
                ("digest", models.BinaryField(max_length=32, null=True, unique=True)),
                ("began_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_because", models.CharField(blank=True, default="", max_length=24)),
            ],
        ),
        migrations.CreateModel(
            name="SignInCode",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("challenge", models.BinaryField(max_length=32, unique=True)),
                ("phone_sealed", models.BinaryField(max_length=64)),
                ("phone_key", models.CharField(max_length=63)),
                ("digest", models.BinaryField(max_length=32)),
                ("compares", models.PositiveSmallIntegerField(default=0)),
                ("sent_at", models.DateTimeField(db_index=True)),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="person",
            name="deleted_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("deleted_at__isnull", True),
                    models.Q(("is_active", False), ("phone_key", ""), ("phone_sealed", b"")),
                    _connector="OR",
                ),
                name="accounts_person_deleted_keeps_no_number",
            ),
        ),
        migrations.AddField(
            model_name="realnamecheck",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="signin",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sign_ins",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="refreshtoken",
            name="sign_in",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="refresh_tokens",
                to="accounts.signin",
            ),
        ),
        migrations.AddField(
            model_name="bearertoken",
            name="sign_in",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="access_token",
                to="accounts.signin",
            ),
        ),
        migrations.AddConstraint(
            model_name="bearertoken",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("sign_in__isnull", True), ("person__isnull", False), _connector="OR"
                ),
                name="accounts_token_of_a_sign_in_is_a_persons",
            ),
        ),
        migrations.AddConstraint(
            model_name="signincode",
            constraint=models.CheckConstraint(
                condition=models.Q(("compares__lte", 5)),
                name="accounts_code_is_compared_five_times_at_most",
            ),
        ),
        migrations.AddConstraint(
            model_name="signincode",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("used_at__isnull", True), ("compares__gte", 1), _connector="OR"
                ),
                name="accounts_code_used_was_compared",
            ),
        ),
        migrations.AddIndex(
            model_name="realnamecheck",
            index=models.Index(fields=["person", "-id"], name="accounts_real_name_of_person"),
        ),
        migrations.AddIndex(
            model_name="realnamecheck",
            index=models.Index(fields=["id_digest"], name="accounts_real_name_of_number"),
        ),
        migrations.AddConstraint(
            model_name="realnamecheck",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["asked", "unclear", "confirmed"])),
                fields=("person",),
                name="accounts_real_name_is_one_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="realnamecheck",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "withdrawn"), _negated=True),
                    models.Q(("id_digest__isnull", True), ("id_masked", ""), ("name_masked", "")),
                    _connector="OR",
                ),
                name="accounts_real_name_withdrawn_keeps_no_number",
            ),
        ),
        migrations.AddIndex(
            model_name="signin",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True)),
                fields=["person"],
                name="accounts_sign_in_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="signin",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("digest__isnull", False), ("kind", "browser")),
                    models.Q(("digest__isnull", True), ("kind", "app")),
                    _connector="OR",
                ),
                name="accounts_sign_in_of_a_browser_has_a_secret",
            ),
        ),
        migrations.AddConstraint(
            model_name="signin",
            constraint=models.CheckConstraint(
                condition=models.Q(("seen_at__gte", models.F("began_at"))),
                name="accounts_sign_in_is_seen_after_it_began",
            ),
        ),
        migrations.AddConstraint(
            model_name="refreshtoken",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("spent_at__isnull", True), ("spent_key__isnull", True)),
                    models.Q(("spent_at__isnull", False), ("spent_key__isnull", False)),
                    _connector="OR",
                ),
                name="accounts_refresh_token_is_spent_with_a_key",
            ),
        ),
        migrations.AddConstraint(
            model_name="refreshtoken",
            constraint=models.UniqueConstraint(
                condition=models.Q(("spent_at__isnull", True)),
                fields=("sign_in",),
                name="accounts_refresh_token_is_one_at_a_time",
            ),
        ),
    ]
