"""What an account needs for channels that share no secret with us, or prove themselves by chains."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_law")]

    operations = [
        migrations.RenameField("merchantaccount", "answer_key_secret", "shared_key_secret"),
        migrations.AlterField(
            "merchantaccount",
            "shared_key_secret",
            models.CharField(blank=True, default="", max_length=80),
        ),
        migrations.AddField(
            "merchantaccount", "trusted_roots", models.TextField(blank=True, default="")
        ),
        migrations.AddField("merchantaccount", "options", models.JSONField(default=dict)),
    ]
