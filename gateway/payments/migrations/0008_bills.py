"""Channels' bills, the files they came in, their lines and what each day cost."""

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0007_keeping_law"),
    ]

    operations = [
        migrations.CreateModel(
            name="Bill",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("channel", models.CharField(max_length=20)),
                ("pool", models.IntegerField()),
                ("day", models.DateField()),
                ("state", models.CharField(default="expected", max_length=12)),
                ("lines", models.BigIntegerField(default=0)),
                ("difference", models.JSONField(default=dict)),
                ("expected_at", models.DateTimeField()),
            ],
            options={
                "db_table": "payments_bill",
            },
        ),
        migrations.CreateModel(
            name="BillFile",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("sha256", models.CharField(max_length=64)),
                ("announced_hash", models.CharField(max_length=128)),
                ("size_bytes", models.BigIntegerField()),
                ("verdict", models.CharField(max_length=12)),
                ("difference", models.JSONField(default=dict)),
                ("fetched_at", models.DateTimeField()),
            ],
            options={
                "db_table": "payments_bill_file",
            },
        ),
        migrations.CreateModel(
            name="BillLine",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("line_no", models.IntegerField()),
                ("kind", models.CharField(max_length=8)),
                ("at", models.DateTimeField()),
                ("order_no", models.CharField(max_length=64)),
                ("transaction_no", models.CharField(max_length=64)),
                ("refund_no", models.CharField(max_length=64, null=True)),
                ("channel_refund_no", models.CharField(max_length=64, null=True)),
                ("refund_state", models.CharField(max_length=32, null=True)),
                ("raw_state", models.CharField(max_length=32)),
                ("app_no", models.CharField(max_length=32)),
                ("amount_fen", models.BigIntegerField()),
                ("settled_fen", models.BigIntegerField()),
                ("fee_in_100000", models.BigIntegerField()),
            ],
            options={
                "db_table": "payments_bill_line",
            },
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                fields=["merchant", "settlement_day"], name="payments_by_settlement_day"
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("state", "contested")),
                fields=["pool", "id"],
                name="payments_contested",
            ),
        ),
        migrations.AddField(
            model_name="bill",
            name="merchant",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="payments.merchantaccount",
            ),
        ),
        migrations.AddField(
            model_name="billfile",
            name="bill",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="files",
                to="payments.bill",
            ),
        ),
        migrations.AddField(
            model_name="billline",
            name="bill",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="payments.bill",
            ),
        ),
        migrations.CreateModel(
            name="ChannelCost",
            fields=[
                (
                    "bill",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="cost",
                        serialize=False,
                        to="payments.bill",
                    ),
                ),
                ("payments", models.BigIntegerField()),
                ("refunds", models.BigIntegerField()),
                ("gross_fen", models.BigIntegerField()),
                ("refunds_fen", models.BigIntegerField()),
                ("coupon_fen", models.BigIntegerField()),
                ("fee_fen", models.BigIntegerField()),
                ("returned_fen", models.BigIntegerField()),
                ("returned_due_fen", models.BigIntegerField()),
                ("net_fen", models.BigIntegerField()),
                ("booked_at", models.DateTimeField()),
            ],
            options={
                "db_table": "payments_channel_cost",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "net_fen",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("gross_fen"), "-", models.F("refunds_fen")
                                            ),
                                            "-",
                                            models.F("coupon_fen"),
                                        ),
                                        "-",
                                        models.F("fee_fen"),
                                    ),
                                    "+",
                                    models.F("returned_fen"),
                                ),
                            )
                        ),
                        name="payments_net_is_gross_less_refunds_and_costs",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("returned_due_fen__gte", 0),
                            ("returned_due_fen__lte", models.F("returned_fen")),
                        ),
                        name="payments_returned_fee_is_split",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="bill",
            index=models.Index(
                condition=models.Q(("state__in", ("quarantined", "changed"))),
                fields=["pool", "day"],
                name="payments_bills_set_aside",
            ),
        ),
        migrations.AddConstraint(
            model_name="bill",
            constraint=models.UniqueConstraint(
                fields=("merchant", "day"), name="payments_account_has_one_bill_a_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="billfile",
            constraint=models.UniqueConstraint(
                fields=("bill", "sha256"), name="payments_bill_file_is_kept_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="billfile",
            constraint=models.CheckConstraint(
                condition=models.Q(("verdict__in", ("stored", "unreadable", "changed"))),
                name="payments_bill_file_has_its_verdict",
            ),
        ),
        migrations.AddConstraint(
            model_name="billline",
            constraint=models.UniqueConstraint(
                fields=("bill", "line_no"), name="payments_bill_has_each_line_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="billline",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_fen__gte", 0)),
                name="payments_bill_line_is_not_negative",
            ),
        ),
    ]
