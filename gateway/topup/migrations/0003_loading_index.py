"""Lets the sweep find the top-ups that are being loaded without walking all there ever were."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("topup", "0002_law")]

    operations = [
        migrations.AddIndex(
            model_name="topup",
            index=models.Index(
                condition=models.Q(("state", "loading")), fields=["id"], name="topup_loading"
            ),
        ),
    ]
