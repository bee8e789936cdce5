"""A refund is found in whichever bill of its account lists it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One small index: of a bill's lines few are refunds."""

    dependencies = [("payments", "0010_abnormal_refunds")]

    operations = [
        migrations.AddIndex(
            model_name="billline",
            index=models.Index(
                condition=models.Q(refund_no__isnull=False),
                fields=["refund_no"],
                name="payments_bill_line_of_refund",
            ),
        ),
    ]
