"""Orders of wallet providers, their reports and their budgets."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0008_wallet_providers_law"),
    ]

    operations = [
        migrations.CreateModel(
            name="Budget",
            fields=[
                (
                    "provider",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="accounts.walletprovider",
                    ),
                ),
                ("minute", models.DateTimeField()),
                ("asked", models.PositiveIntegerField()),
            ],
            options={
                "db_table": "server_fetch_budget",
            },
        ),
        migrations.CreateModel(
            name="FetchOrder",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("order_no", models.CharField(max_length=32, unique=True)),
                ("topup_id", models.UUIDField()),
                ("signed_at", models.DateTimeField()),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.walletprovider",
                    ),
                ),
            ],
            options={
                "db_table": "server_fetch_order",
            },
        ),
        migrations.CreateModel(
            name="Report",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("load_id", models.UUIDField()),
                ("status", models.CharField(max_length=32)),
                ("tac", models.CharField(max_length=8)),
                ("outcome", models.CharField(max_length=24)),
                ("said_at", models.DateTimeField()),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="server_fetch.fetchorder",
                    ),
                ),
            ],
            options={
                "db_table": "server_fetch_report",
            },
        ),
        migrations.AddConstraint(
            model_name="fetchorder",
            constraint=models.UniqueConstraint(
                fields=("topup_id", "provider"), name="server_fetch_one_order_per_provider"
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.UniqueConstraint(
                fields=("load_id", "status", "tac"), name="server_fetch_report_is_kept_once"
            ),
        ),
    ]
