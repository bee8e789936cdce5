"""Loads say at which index they are, seals which version a card had, keys what their cards say."""

from django.db import migrations, models

from nfc_topup.card.errors import ProfileUnknown
from nfc_topup.card.profiles import by_name


def say_which_index(apps, schema_editor):
    """A load's index is its profile's; where a profile is forgotten it stays unknown, and counts
    for every index."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT profile_name FROM nfc_topup_load")
        for [name] in cursor.fetchall():
            try:
                index = by_name(name).vault_index
            except ProfileUnknown:
                continue
            cursor.execute(
                "UPDATE nfc_topup_load SET key_index = %s WHERE profile_name = %s", [index, name]
            )


# What was sealed so far was sealed with the versions that its load began with.
CARRIED_OVER = """
UPDATE nfc_topup_loadseal AS s
   SET load_key_version = l.load_key_version,
       tac_keys = jsonb_build_array(
           jsonb_build_object('version', l.tac_key_version, 'factors', s.diversifiers))
  FROM nfc_topup_load AS l WHERE l.id = s.load_id;
"""
LET_GO = """
ALTER TABLE nfc_topup_load DISABLE TRIGGER nfc_topup_load_keeps_what_was_ordered;
ALTER TABLE nfc_topup_loadseal DISABLE TRIGGER nfc_topup_loadseal_is_append_only;
"""
KEPT_AGAIN = """
ALTER TABLE nfc_topup_load ENABLE TRIGGER nfc_topup_load_keeps_what_was_ordered;
ALTER TABLE nfc_topup_loadseal ENABLE ALWAYS TRIGGER nfc_topup_loadseal_is_append_only;
"""


class Migration(migrations.Migration):
    dependencies = [("nfc_topup", "0007_evidence_that_counts")]

    operations = [
        migrations.AddField(
            model_name="cardkey",
            name="card_byte",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="cardkey",
            name="destruction_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="keyceremony",
            name="card_byte",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="load",
            name="key_index",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="loadseal",
            name="load_key_version",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="loadseal",
            name="tac_keys",
            field=models.JSONField(default=list),
        ),
        migrations.RunSQL(LET_GO, KEPT_AGAIN),
        migrations.RunPython(say_which_index, migrations.RunPython.noop),
        migrations.RunSQL(CARRIED_OVER, migrations.RunSQL.noop),
        migrations.RunSQL(KEPT_AGAIN, LET_GO),
        migrations.AlterField(
            model_name="loadseal",
            name="load_key_version",
            field=models.PositiveIntegerField(),
        ),
        migrations.AddConstraint(
            model_name="cardkey",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["prepared", "active", "outgoing"])),
                fields=("purpose", "index", "card_byte"),
                name="nfc_topup_cards_answer_one_byte_per_serving_key",
            ),
        ),
        migrations.AddConstraint(
            model_name="cardkey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("card_byte__isnull", True),
                    models.Q(("card_byte__lte", 255), ("purpose__in", ["load", "tac"])),
                    _connector="OR",
                ),
                name="nfc_topup_key_card_byte_is_a_byte",
            ),
        ),
    ]
