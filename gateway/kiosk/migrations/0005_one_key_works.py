"""One key works and one is incoming, each with what brought it; a slot may follow another."""

import django.db.models.deletion
from django.db import migrations, models

# Where two keys worked, the kiosk signs with the newer one.
THE_NEWER_WORKS = """
UPDATE kiosk_key AS old SET state = 'retired'
 WHERE old.state = 'active' AND EXISTS (
    SELECT FROM kiosk_key AS new WHERE new.kiosk_id = old.kiosk_id AND new.state = 'active'
       AND (new.added_at, new.id) > (old.added_at, old.id));
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0016_renewed"),
        ("kiosk", "0004_two_people"),
    ]

    operations = [
        migrations.RunSQL(THE_NEWER_WORKS, migrations.RunSQL.noop),
        migrations.RemoveConstraint(
            model_name="key",
            name="kiosk_has_two_active_keys_at_most",
        ),
        migrations.RemoveConstraint(
            model_name="key",
            name="kiosk_key_slot_is_1_or_2",
        ),
        migrations.RemoveField(
            model_name="key",
            name="slot",
        ),
        migrations.AddField(
            model_name="intake",
            name="follows",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="followers",
                to="kiosk.intake",
            ),
        ),
        migrations.AddField(
            model_name="key",
            name="base",
            field=models.TextField(default=""),
        ),
        migrations.AddField(
            model_name="key",
            name="body",
            field=models.BinaryField(default=b""),
        ),
        migrations.AddField(
            model_name="key",
            name="signature",
            field=models.BinaryField(default=b""),
        ),
        migrations.AddField(
            model_name="key",
            name="signed_in_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="kiosk.key",
            ),
        ),
        migrations.AlterField(
            model_name="key",
            name="state",
            field=models.CharField(default="incoming", max_length=12),
        ),
        migrations.AddConstraint(
            model_name="key",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "active")),
                fields=("kiosk",),
                name="kiosk_has_one_working_key",
            ),
        ),
        migrations.AddConstraint(
            model_name="key",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "incoming")),
                fields=("kiosk",),
                name="kiosk_has_one_incoming_key",
            ),
        ),
    ]
