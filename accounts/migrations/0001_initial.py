"""The rows of accounts, and the privileges of the running system in this database."""

import django.core.serializers.json
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

PRIVILEGES = """
GRANT USAGE ON SCHEMA public TO gateway_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO gateway_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO gateway_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO gateway_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO gateway_app;
"""

NO_PRIVILEGES = """
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM gateway_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM gateway_app;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.RunSQL(PRIVILEGES, NO_PRIVILEGES),
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("name", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("beat_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="PartnerBank",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("code", models.CharField(max_length=32, unique=True)),
                ("name", models.CharField(max_length=64)),
                ("state", models.CharField(default="active", max_length=16)),
                ("added_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Person",
            fields=[
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("phone_sealed", models.BinaryField(max_length=64)),
                ("phone_key", models.CharField(max_length=63)),
                ("phone_index", models.BinaryField(max_length=32, unique=True)),
                ("is_active", models.BooleanField(default=True)),
                ("enrolled_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("password__startswith", "!")),
                        name="accounts_person_has_no_password",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("act", models.CharField(max_length=48)),
                ("subject", models.CharField(max_length=120)),
                ("actor_kind", models.CharField(max_length=16)),
                ("actor_id", models.CharField(max_length=64)),
                ("facts", models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ("acted_at", models.DateTimeField()),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["subject", "id"], name="accounts_audit_of_subject")
                ],
            },
        ),
        migrations.CreateModel(
            name="Duty",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=64)),
                ("subject_id", models.UUIDField()),
                ("state", models.CharField(default="owed", max_length=8)),
                ("due_at", models.DateTimeField()),
                ("owed_again", models.BooleanField(default=False)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("lease_until", models.DateTimeField(null=True)),
                ("fence", models.BigIntegerField(default=0)),
                ("last_code", models.CharField(blank=True, default="", max_length=64)),
                ("last_because", models.CharField(blank=True, default="", max_length=200)),
                ("owed_at", models.DateTimeField()),
                ("deadline", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["owed", "leased"])),
                        fields=["due_at", "id"],
                        name="accounts_duty_due",
                    ),
                    models.Index(
                        condition=models.Q(("state", "given_up")),
                        fields=["kind", "id"],
                        name="accounts_duty_given_up",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "subject_id"), name="accounts_duty_one_per_kind_and_subject"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["owed", "leased", "done", "given_up"])),
                        name="accounts_duty_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lease_until__isnull", False), ("state", "leased")),
                            models.Q(
                                models.Q(("state", "leased"), _negated=True),
                                ("lease_until__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="accounts_duty_leased_has_a_lease",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Operator",
            fields=[
                ("code", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("name_zh", models.CharField(max_length=32, unique=True)),
                ("name_en", models.CharField(max_length=64)),
                ("level", models.CharField(max_length=8)),
                ("city_code", models.CharField(max_length=4, null=True, unique=True)),
                ("pool", models.PositiveIntegerField(unique=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("level__in", ["city", "county"])),
                        name="accounts_operator_is_city_or_county",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("pool__gt", 0)),
                        name="accounts_operator_pool_is_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("city_code__isnull", True),
                            ("city_code__regex", "^[0-9]{4}$"),
                            _connector="OR",
                        ),
                        name="accounts_operator_city_code_has_four_digits",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Kiosk",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("code", models.CharField(max_length=32, unique=True)),
                ("place", models.CharField(max_length=120)),
                ("terminal_no", models.CharField(max_length=12, unique=True)),
                ("state", models.CharField(default="planned", max_length=16)),
                ("added_at", models.DateTimeField()),
                (
                    "operator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.operator",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="IssuerPrefix",
            fields=[
                ("prefix", models.CharField(max_length=18, primary_key=True, serialize=False)),
                ("issuer_name", models.CharField(max_length=64)),
                ("source", models.CharField(max_length=120)),
                (
                    "operator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="prefixes",
                        to="accounts.operator",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BearerToken",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("digest", models.BinaryField(max_length=32, unique=True)),
                ("label", models.CharField(max_length=80)),
                ("minted_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("last_used_day", models.DateField(null=True)),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tokens",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "kiosk",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tokens",
                        to="accounts.kiosk",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tokens",
                        to="accounts.partnerbank",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RoleGrant",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("role", models.CharField(max_length=24)),
                ("pool", models.PositiveIntegerField(null=True)),
                ("valid_from", models.DateTimeField()),
                ("valid_until", models.DateTimeField(null=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "granted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="grants",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SecurityEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=48)),
                ("subject", models.CharField(blank=True, max_length=120)),
                ("actor_kind", models.CharField(max_length=16)),
                ("actor_id", models.CharField(max_length=64)),
                ("facts", models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ("happened_at", models.DateTimeField()),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["code", "id"], name="accounts_security_by_code")],
            },
        ),
        migrations.CreateModel(
            name="TransitCard",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("asn", models.CharField(max_length=20, unique=True)),
                ("named", models.BooleanField(default=False)),
                ("state", models.CharField(default="in_use", max_length=16)),
                ("profile_name", models.CharField(default="tunion", max_length=48)),
                ("added_at", models.DateTimeField()),
                (
                    "holder",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cards",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "operator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.operator",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Transition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=48)),
                ("subject_id", models.UUIDField()),
                ("from_state", models.CharField(max_length=24)),
                ("to_state", models.CharField(max_length=24)),
                ("actor_kind", models.CharField(max_length=16)),
                ("actor_id", models.CharField(max_length=64)),
                ("because", models.CharField(max_length=200)),
                ("moved_at", models.DateTimeField()),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["subject_id", "id"], name="accounts_transition_of_subject")
                ],
            },
        ),
        migrations.CreateModel(
            name="Approval",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("checker_role", models.CharField(max_length=24)),
                ("purpose", models.CharField(max_length=64)),
                ("pool", models.PositiveIntegerField()),
                (
                    "content",
                    models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder),
                ),
                ("fingerprint", models.BinaryField(max_length=32)),
                ("state", models.CharField(default="asked", max_length=16)),
                ("asked_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("spent_at", models.DateTimeField(null=True)),
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
                    "maker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["pool", "state"], name="accounts_approval_by_pool")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("checker__isnull", True),
                            models.Q(("maker", models.F("checker")), _negated=True),
                            _connector="OR",
                        ),
                        name="accounts_approval_maker_is_not_checker",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state__in", ["approved", "refused", "spent"]), _negated=True
                            ),
                            models.Q(("checker__isnull", False), ("decided_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="accounts_approval_decided_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "asked"), _negated=True),
                            models.Q(("checker__isnull", True), ("decided_at__isnull", True)),
                            _connector="OR",
                        ),
                        name="accounts_approval_asked_has_no_checker",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("spent_at__isnull", False), ("state", "spent")),
                            models.Q(
                                models.Q(("state", "spent"), _negated=True),
                                ("spent_at__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="accounts_approval_spent_has_its_moment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("asked_at"))),
                        name="accounts_approval_expires_after_it_is_asked",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="kiosk",
            constraint=models.CheckConstraint(
                condition=models.Q(("terminal_no__regex", "^[0-9]{12}$")),
                name="accounts_kiosk_terminal_no_has_12_digits",
            ),
        ),
        migrations.AddConstraint(
            model_name="issuerprefix",
            constraint=models.CheckConstraint(
                condition=models.Q(("prefix__regex", "^[0-9]{6,18}$")),
                name="accounts_prefix_is_6_to_18_digits",
            ),
        ),
        migrations.AddConstraint(
            model_name="issuerprefix",
            constraint=models.CheckConstraint(
                condition=models.Q(("source", ""), _negated=True),
                name="accounts_prefix_names_its_source",
            ),
        ),
        migrations.AddConstraint(
            model_name="bearertoken",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kiosk__isnull", True),
                        ("partner__isnull", True),
                        ("person__isnull", False),
                    ),
                    models.Q(
                        ("kiosk__isnull", False),
                        ("partner__isnull", True),
                        ("person__isnull", True),
                    ),
                    models.Q(
                        ("kiosk__isnull", True),
                        ("partner__isnull", False),
                        ("person__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="accounts_token_has_one_owner",
            ),
        ),
        migrations.AddConstraint(
            model_name="bearertoken",
            constraint=models.CheckConstraint(
                condition=models.Q(("expires_at__gt", models.F("minted_at"))),
                name="accounts_token_expires_after_it_is_minted",
            ),
        ),
        migrations.AddIndex(
            model_name="rolegrant",
            index=models.Index(fields=["person", "role"], name="accounts_grant_of_person"),
        ),
        migrations.AddConstraint(
            model_name="rolegrant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "role__in",
                        [
                            "administrator",
                            "auditor",
                            "citizen",
                            "clerk",
                            "finance_officer",
                            "key_custodian",
                            "kiosk_operator",
                            "regulator",
                            "security_officer",
                        ],
                    )
                ),
                name="accounts_grant_names_a_role",
            ),
        ),
        migrations.AddConstraint(
            model_name="rolegrant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_until__isnull", True),
                    ("valid_until__gte", models.F("valid_from")),
                    _connector="OR",
                ),
                name="accounts_grant_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="rolegrant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("granted_by__isnull", True),
                    models.Q(("granted_by", models.F("person")), _negated=True),
                    _connector="OR",
                ),
                name="accounts_grant_is_not_by_its_holder",
            ),
        ),
        migrations.AddConstraint(
            model_name="rolegrant",
            constraint=models.CheckConstraint(
                condition=models.Q(("pool__isnull", True), ("pool__gt", 0), _connector="OR"),
                name="accounts_grant_pool_is_positive",
            ),
        ),
        migrations.AddConstraint(
            model_name="transitcard",
            constraint=models.CheckConstraint(
                condition=models.Q(("asn__regex", "^0[0-9]{19}$")),
                name="accounts_card_asn_is_a_zero_and_19_digits",
            ),
        ),
        migrations.AddConstraint(
            model_name="transitcard",
            constraint=models.CheckConstraint(
                condition=models.Q(("named", False), ("holder__isnull", False), _connector="OR"),
                name="accounts_card_named_has_a_holder",
            ),
        ),
    ]
