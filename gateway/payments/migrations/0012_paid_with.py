"""An order keeps whether credit cards may pay it; what one wallet pays in a day is found at once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Orders there are already were opened under rules that are told to the channel."""

    dependencies = [("payments", "0011_refunds_in_bills")]

    operations = [
        migrations.AddField(
            model_name="payment",
            name="no_credit",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(
                    ("paid_at__isnull", False), models.Q(("payer_openid", ""), _negated=True)
                ),
                fields=["payer_openid", "paid_at"],
                name="payments_paid_by_wallet",
            ),
        ),
    ]
