"""An invoice is of a citizen's payment, or of an enterprise's order as a whole."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bulk", "0004_winding_down"),
        ("invoice", "0004_decisions_law"),
        ("payments", "0013_kept_years"),
        ("topup", "0010_sent_back"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="invoice",
            name="bulk_order",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="bulk.bulkorder",
            ),
        ),
        migrations.AlterField(
            model_name="invoice",
            name="payment",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="payments.payment",
            ),
        ),
        migrations.AlterField(
            model_name="invoice",
            name="person",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="invoice",
            name="topup",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="topup.topup",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("asked", "sent", "issued", "reversing"))),
                fields=("bulk_order",),
                name="invoice_a_bulk_order_has_one_invoice",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("bulk_order__isnull", True),
                        ("payment__isnull", False),
                        ("person__isnull", False),
                        ("topup__isnull", False),
                    ),
                    models.Q(
                        ("bulk_order__isnull", False),
                        ("payment__isnull", True),
                        ("person__isnull", True),
                        ("title_kind", "enterprise"),
                        ("topup__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="invoice_is_of_a_person_or_an_enterprise",
            ),
        ),
    ]
