"""An import says who took it, and whose word opened it."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def fill(apps, schema_editor):
    """Who took the imports there are: the trail has said so from the first."""
    alias = schema_editor.connection.alias
    entries = apps.get_model("accounts", "AuditEntry").objects.using(alias)
    for row in apps.get_model("custody_cutover", "LegacyImport").objects.using(alias):
        said = entries.filter(
            act="legacy_balances_taken", subject=f"legacy_import:{row.pk}", actor_kind="officer"
        ).first()
        if said is None:
            raise ValueError(f"the trail does not say which officer took legacy import {row.pk}")
        row.taken_by_id = uuid.UUID(said.actor_id)
        row.save(update_fields=["taken_by"])


class Migration(migrations.Migration):
    dependencies = [
        ("custody_cutover", "0002_law"),
        ("accounts", "0015_when_spent"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AddField(
            model_name="legacyimport",
            name="approval_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="legacyimport",
            name="taken_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="legacyimport",
            name="taken_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
