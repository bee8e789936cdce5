"""Keys get a home, a validity and an origin of their own; ceremonies and their components."""

import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

LET_GO = "DROP TRIGGER nfc_topup_key_keeps_what_was_sealed ON nfc_topup_cardkey;"
KEPT_AGAIN = """
CREATE TRIGGER nfc_topup_key_keeps_what_was_sealed BEFORE UPDATE ON nfc_topup_cardkey
    FOR EACH ROW EXECUTE FUNCTION nfc_topup_keep_content('state');
"""
# Every key so far came from a file of a test issuer: nothing else could bring one in.
CARRIED_OVER = """
UPDATE nfc_topup_cardkey SET
    home = CASE WHEN kek_name LIKE 'pkcs11:%' THEN substr(kek_name, 8) ELSE 'software' END,
    kek_name = CASE WHEN kek_name LIKE 'pkcs11:%' THEN '' ELSE kek_name END,
    origin = 'test_issuer',
    valid_from = created_at;
"""
CARRIED_BACK = """
UPDATE nfc_topup_cardkey SET kek_name = 'pkcs11:' || home WHERE home NOT IN ('software', 'secrets');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("nfc_topup", "0002_law"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(LET_GO, KEPT_AGAIN),
        migrations.CreateModel(
            name="ExpiryWarning",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("days", models.PositiveSmallIntegerField()),
                ("warned_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="KeyCeremony",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("purpose", models.CharField(max_length=16)),
                ("index", models.PositiveSmallIntegerField()),
                ("version", models.PositiveIntegerField()),
                ("algorithm", models.CharField(max_length=8)),
                ("levels", models.JSONField(default=list)),
                ("home", models.CharField(max_length=63)),
                ("check_rule", models.CharField(max_length=16)),
                ("check_value", models.CharField(max_length=6)),
                ("valid_from", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("way", models.CharField(max_length=16)),
                ("needed", models.PositiveSmallIntegerField()),
                ("block_usage", models.CharField(blank=True, default="", max_length=2)),
                ("block_out", models.TextField(blank=True, default="")),
                ("pair_public", models.BinaryField(default=b"")),
                ("pair_sealed", models.BinaryField(default=b"")),
                ("state", models.CharField(default="gathering", max_length=16)),
                ("planned_at", models.DateTimeField()),
                ("closes_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("approval_id", models.UUIDField(null=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
        ),
        migrations.CreateModel(
            name="KeyComponent",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("number", models.PositiveSmallIntegerField()),
                ("check_value", models.CharField(blank=True, default="", max_length=6)),
                ("sealed", models.BinaryField(default=b"")),
                ("given_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="KeyValue",
            fields=[
                ("fingerprint", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("purpose", models.CharField(max_length=16)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="cardkey",
            name="nfc_topup_key_purpose_is_load_or_tac",
        ),
        migrations.AddField(
            model_name="cardkey",
            name="approval_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="cardkey",
            name="check_rule",
            field=models.CharField(default="ecb-zeros", max_length=16),
        ),
        migrations.AddField(
            model_name="cardkey",
            name="expires_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="cardkey",
            name="fingerprint",
            field=models.CharField(max_length=32, null=True),
        ),
        migrations.AddField(
            model_name="cardkey",
            name="home",
            field=models.CharField(default="", max_length=63),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="cardkey",
            name="origin",
            field=models.CharField(default="", max_length=16),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="cardkey",
            name="valid_from",
            field=models.DateTimeField(default=django.utils.timezone.now),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="cardkey",
            name="kek_name",
            field=models.CharField(blank=True, default="", max_length=63),
        ),
        migrations.AlterField(
            model_name="cardkey",
            name="purpose",
            field=models.CharField(max_length=16),
        ),
        migrations.AlterField(
            model_name="cardkey",
            name="sealed",
            field=models.BinaryField(default=b""),
        ),
        migrations.AlterField(
            model_name="cardkey",
            name="state",
            field=models.CharField(default="prepared", max_length=16),
        ),
        migrations.RunSQL(CARRIED_OVER, CARRIED_BACK),
        migrations.AddConstraint(
            model_name="cardkey",
            constraint=models.CheckConstraint(
                condition=models.Q(("purpose__in", ["load", "tac", "transport", "kek"])),
                name="nfc_topup_key_purpose_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="cardkey",
            constraint=models.CheckConstraint(
                condition=models.Q(("origin__in", ("ceremony", "test_issuer", "house"))),
                name="nfc_topup_key_origin_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="cardkey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("home", "secrets"), ("purpose", "kek"), ("sealed", b"")),
                    models.Q(("home", "software"), ("sealed", b""), ("state", "destroyed")),
                    models.Q(
                        ("home", "software"),
                        models.Q(("state", "destroyed"), _negated=True),
                        models.Q(("sealed", b""), _negated=True),
                        models.Q(("kek_name", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("home__in", ["secrets", "software", ""]), _negated=True),
                        ("kek_name", ""),
                        ("sealed", b""),
                    ),
                    _connector="OR",
                ),
                name="nfc_topup_key_rests_where_its_home_is",
            ),
        ),
        migrations.AddConstraint(
            model_name="cardkey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("expires_at__isnull", True),
                    ("expires_at__gt", models.F("valid_from")),
                    _connector="OR",
                ),
                name="nfc_topup_key_expires_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="cardkey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("origin", "ceremony"), _negated=True),
                    models.Q(("expires_at__isnull", False), ("fingerprint__isnull", False)),
                    _connector="OR",
                ),
                name="nfc_topup_key_of_a_ceremony_expires_and_has_a_fingerprint",
            ),
        ),
        migrations.AddConstraint(
            model_name="cardkey",
            constraint=models.CheckConstraint(
                condition=models.Q(("check_value__regex", "^[0-9A-F]{6}$")),
                name="nfc_topup_key_check_value_is_6_hex_digits",
            ),
        ),
        migrations.AddField(
            model_name="expirywarning",
            name="key",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="nfc_topup.cardkey",
            ),
        ),
        migrations.AddField(
            model_name="keyceremony",
            name="approved_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="keyceremony",
            name="asked_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="keyceremony",
            name="export_under",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="nfc_topup.cardkey",
            ),
        ),
        migrations.AddField(
            model_name="keyceremony",
            name="key",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="ceremony",
                to="nfc_topup.cardkey",
            ),
        ),
        migrations.AddField(
            model_name="keyceremony",
            name="planned_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="keyceremony",
            name="transport",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="nfc_topup.cardkey",
            ),
        ),
        migrations.AddField(
            model_name="keycomponent",
            name="ceremony",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="components",
                to="nfc_topup.keyceremony",
            ),
        ),
        migrations.AddField(
            model_name="keycomponent",
            name="custodian",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="expirywarning",
            constraint=models.UniqueConstraint(
                fields=("key", "days"), name="nfc_topup_expiry_is_warned_of_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="keyceremony",
            constraint=models.UniqueConstraint(
                fields=("purpose", "index", "version"),
                name="nfc_topup_ceremony_version_is_planned_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="keyceremony",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("gathering", "brought"))),
                fields=("purpose", "index"),
                name="nfc_topup_one_open_ceremony_per_purpose_and_index",
            ),
        ),
        migrations.AddConstraint(
            model_name="keyceremony",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("block_usage", ""),
                        ("needed__gte", 2),
                        ("needed__lte", 5),
                        ("transport__isnull", True),
                        ("way", "components"),
                    ),
                    models.Q(
                        ("needed", 1),
                        ("transport__isnull", False),
                        ("way", "key_block"),
                        models.Q(("block_usage", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="nfc_topup_ceremony_has_its_way_in",
            ),
        ),
        migrations.AddConstraint(
            model_name="keyceremony",
            constraint=models.CheckConstraint(
                condition=models.Q(("purpose__in", ["load", "tac", "transport"])),
                name="nfc_topup_ceremony_brings_a_load_tac_or_transport_key",
            ),
        ),
        migrations.AddConstraint(
            model_name="keyceremony",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("asked_by__isnull", True),
                    ("approved_by__isnull", True),
                    models.Q(("asked_by", models.F("approved_by")), _negated=True),
                    _connector="OR",
                ),
                name="nfc_topup_ceremony_is_asked_and_approved_by_two",
            ),
        ),
        migrations.AddConstraint(
            model_name="keyceremony",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("key__isnull", True), ("state__in", ["gathering", "refused"])),
                    ("state__in", ["aborted", "expired"]),
                    models.Q(("key__isnull", False), ("state", "brought")),
                    models.Q(
                        ("approval_id__isnull", False),
                        ("approved_by__isnull", False),
                        ("asked_by__isnull", False),
                        ("key__isnull", False),
                        ("state", "activated"),
                    ),
                    _connector="OR",
                ),
                name="nfc_topup_ceremony_has_its_key_once_brought",
            ),
        ),
        migrations.AddConstraint(
            model_name="keyceremony",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "gathering"),
                    models.Q(("pair_public", b""), ("pair_sealed", b"")),
                    _connector="OR",
                ),
                name="nfc_topup_ceremony_pair_ends_with_the_gathering",
            ),
        ),
        migrations.AddConstraint(
            model_name="keyceremony",
            constraint=models.CheckConstraint(
                condition=models.Q(("check_value__regex", "^[0-9A-F]{6}$")),
                name="nfc_topup_ceremony_expects_6_hex_digits",
            ),
        ),
        migrations.AddConstraint(
            model_name="keyceremony",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closes_at__gt", models.F("planned_at")),
                    ("expires_at__gt", models.F("valid_from")),
                ),
                name="nfc_topup_ceremony_closes_after_it_is_planned",
            ),
        ),
        migrations.AddConstraint(
            model_name="keycomponent",
            constraint=models.UniqueConstraint(
                fields=("ceremony", "custodian"),
                name="nfc_topup_component_custodians_are_different_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="keycomponent",
            constraint=models.UniqueConstraint(
                fields=("ceremony", "number"), name="nfc_topup_component_is_given_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="keycomponent",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__gte", 1), ("number__lte", 5)),
                name="nfc_topup_component_number_is_1_to_5",
            ),
        ),
    ]
