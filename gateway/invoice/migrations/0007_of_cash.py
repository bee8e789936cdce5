"""An invoice may be of cash at a kiosk; what a redemption gives back of such cash is written down."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bulk", "0004_winding_down"),
        ("card_service", "0004_migration"),
        ("invoice", "0006_of_enterprises_law"),
        ("kiosk", "0006_proofs_in_law"),
        ("payments", "0013_kept_years"),
        ("topup", "0010_sent_back"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CashReturn",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("amount_fen", models.BigIntegerField()),
                ("noted_at", models.DateTimeField()),
            ],
            options={
                "db_table": "invoice_cash_return",
            },
        ),
        migrations.RemoveConstraint(
            model_name="invoice",
            name="invoice_is_of_a_person_or_an_enterprise",
        ),
        migrations.AddField(
            model_name="invoice",
            name="cash_claim",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="kiosk.claim",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("asked", "sent", "issued", "reversing"))),
                fields=("cash_claim",),
                name="invoice_a_cash_order_has_one_invoice",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("bulk_order__isnull", True),
                        ("cash_claim__isnull", True),
                        ("payment__isnull", False),
                        ("person__isnull", False),
                        ("topup__isnull", False),
                    ),
                    models.Q(
                        ("bulk_order__isnull", False),
                        ("cash_claim__isnull", True),
                        ("payment__isnull", True),
                        ("person__isnull", True),
                        ("title_kind", "enterprise"),
                        ("topup__isnull", True),
                    ),
                    models.Q(
                        ("bulk_order__isnull", True),
                        ("cash_claim__isnull", False),
                        ("payment__isnull", True),
                        ("topup", models.F("cash_claim")),
                        ("topup__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="invoice_is_of_a_payment_an_enterprise_or_cash",
            ),
        ),
        migrations.AddField(
            model_name="cashreturn",
            name="departure",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="card_service.departure",
            ),
        ),
        migrations.AddField(
            model_name="cashreturn",
            name="topup",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="topup.topup"
            ),
        ),
        migrations.AddConstraint(
            model_name="cashreturn",
            constraint=models.UniqueConstraint(
                fields=("topup", "departure"), name="invoice_cash_return_is_noted_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="cashreturn",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_fen__gte", 0)),
                name="invoice_cash_return_is_not_negative",
            ),
        ),
    ]
