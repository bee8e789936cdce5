"""Lets the officers' list find the refunds a channel cannot do without walking all there were."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0009_bills_law"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="refund",
            index=models.Index(
                condition=models.Q(("state", "abnormal")),
                fields=["id"],
                name="payments_abnormal_refunds",
            ),
        ),
    ]
