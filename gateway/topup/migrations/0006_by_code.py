"""Tells top-ups whose payer chooses the channel by scanning from those that name one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("topup", "0005_reopened")]

    operations = [
        migrations.AddField(
            model_name="topup",
            name="by_code",
            field=models.BooleanField(default=False),
        ),
    ]
