"""Sellers, invoices, red invoices, the office's words and files."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("payments", "0013_kept_years"),
        ("topup", "0007_at_kiosks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="InvoiceSeller",
            fields=[
                ("pool", models.IntegerField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=100)),
                ("taxpayer_no", models.CharField(max_length=18)),
                ("office", models.CharField(max_length=32)),
                ("base_url", models.URLField()),
                ("key_id", models.CharField(max_length=80)),
                ("signing_key_secret", models.CharField(max_length=80)),
                ("office_keys", models.JSONField(default=dict)),
                ("is_open", models.BooleanField(default=True)),
            ],
            options={
                "db_table": "invoice_seller",
            },
        ),
        migrations.CreateModel(
            name="Invoice",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("pool", models.IntegerField()),
                ("request_no", models.CharField(max_length=32, unique=True)),
                ("state", models.CharField(default="asked", max_length=10)),
                ("amount_fen", models.BigIntegerField()),
                ("given_back_fen", models.BigIntegerField()),
                ("title_kind", models.CharField(max_length=12)),
                ("title_name", models.CharField(max_length=100)),
                ("taxpayer_no", models.CharField(blank=True, default="", max_length=18)),
                ("invoice_no", models.CharField(max_length=32, null=True, unique=True)),
                ("issued_at", models.DateTimeField(null=True)),
                ("marks", models.JSONField(default=dict)),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
                ("asked_at", models.DateTimeField()),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.payment",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="invoice.invoice",
                    ),
                ),
                (
                    "topup",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="topup.topup",
                    ),
                ),
            ],
            options={
                "db_table": "invoice_invoice",
            },
        ),
        migrations.CreateModel(
            name="InvoiceFile",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("is_red", models.BooleanField()),
                ("form", models.CharField(max_length=3)),
                ("sha256", models.CharField(max_length=64)),
                ("size_bytes", models.BigIntegerField()),
                ("fetched_at", models.DateTimeField()),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="invoice.invoice",
                    ),
                ),
            ],
            options={
                "db_table": "invoice_file",
            },
        ),
        migrations.CreateModel(
            name="OfficeWord",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("request_no", models.CharField(max_length=32)),
                ("said", models.CharField(max_length=32)),
                ("body", models.BinaryField()),
                ("sha256", models.CharField(max_length=64)),
                ("heard_at", models.DateTimeField()),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="words",
                        to="invoice.invoice",
                    ),
                ),
            ],
            options={
                "db_table": "invoice_word",
            },
        ),
        migrations.CreateModel(
            name="RedInvoice",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("request_no", models.CharField(max_length=32, unique=True)),
                ("round_no", models.PositiveSmallIntegerField(default=1)),
                ("state", models.CharField(default="asked", max_length=10)),
                ("invoice_no", models.CharField(max_length=32, null=True, unique=True)),
                ("issued_at", models.DateTimeField(null=True)),
                ("marks", models.JSONField(default=dict)),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
                ("asked_at", models.DateTimeField()),
                (
                    "invoice",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="red",
                        to="invoice.invoice",
                    ),
                ),
            ],
            options={
                "db_table": "invoice_red",
            },
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["person", "-id"], name="invoice_of_person"),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["topup"], name="invoice_of_topup"),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                condition=models.Q(("state__in", ("asked", "sent", "reversing"))),
                fields=["id"],
                name="invoice_under_way",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("asked", "sent", "issued", "reversing"))),
                fields=("payment",),
                name="invoice_an_order_has_one_invoice",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_fen__gt", 0)), name="invoice_is_of_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "issued"), _negated=True),
                    models.Q(("invoice_no__isnull", False), ("issued_at__isnull", False)),
                    _connector="OR",
                ),
                name="invoice_issued_means_its_number",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("taxpayer_no", ""), ("title_kind", "personal")),
                    models.Q(
                        ("title_kind", "enterprise"), models.Q(("taxpayer_no", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="invoice_of_an_enterprise_has_its_number",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoicefile",
            constraint=models.UniqueConstraint(
                fields=("invoice", "is_red", "form"), name="invoice_file_is_one_of_its_form"
            ),
        ),
        migrations.AddConstraint(
            model_name="officeword",
            constraint=models.UniqueConstraint(
                fields=("request_no", "sha256"), name="invoice_word_is_kept_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="redinvoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "issued"), _negated=True),
                    models.Q(("invoice_no__isnull", False), ("issued_at__isnull", False)),
                    _connector="OR",
                ),
                name="invoice_red_issued_means_its_number",
            ),
        ),
    ]
