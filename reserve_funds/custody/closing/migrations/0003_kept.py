"""Looks at whole books, and reports of closed days, are kept and never changed."""

from django.db import migrations, models

from accounts.moves import append_only_operations


class Migration(migrations.Migration):
    dependencies = [("custody_closing", "0002_law")]

    operations = [
        migrations.CreateModel(
            name="BookCheck",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("pool", models.IntegerField()),
                ("found", models.IntegerField()),
                ("findings", models.JSONField()),
                ("checked_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["pool", "checked_at"], name="custody_closing_book_in_turn")
                ],
            },
        ),
        migrations.CreateModel(
            name="KeptReport",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("pool", models.IntegerField()),
                ("day", models.DateField()),
                ("name", models.CharField(max_length=40)),
                ("known_at", models.DateTimeField()),
                ("told", models.TextField()),
                ("digest", models.BinaryField()),
                ("kept_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("pool", "day", "name"), name="custody_closing_one_report_a_day"
                    )
                ],
            },
        ),
        migrations.RunSQL(
            "ALTER TABLE custody_closing_keptreport ADD CONSTRAINT custody_closing_digest_is_of_it"
            " CHECK (digest = sha256(convert_to(told, 'UTF8')))",
            "ALTER TABLE custody_closing_keptreport DROP CONSTRAINT custody_closing_digest_is_of_it",
        ),
        *append_only_operations("custody_closing_bookcheck"),
        *append_only_operations("custody_closing_keptreport"),
    ]
