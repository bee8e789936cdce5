"""Wallet providers and their keys."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_queue_privileges"),
    ]

    operations = [
        migrations.CreateModel(
            name="WalletProvider",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("code", models.CharField(max_length=32, unique=True)),
                ("name_zh", models.CharField(max_length=64)),
                ("name_en", models.CharField(max_length=64)),
                ("order_profile", models.CharField(max_length=32)),
                ("rate_per_minute", models.PositiveIntegerField()),
                ("state", models.CharField(default="active", max_length=16)),
                ("added_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("rate_per_minute__gte", 1), ("rate_per_minute__lte", 100000)
                        ),
                        name="accounts_provider_rate_is_1_to_100000",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ProviderKey",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("key_id", models.CharField(max_length=64, unique=True)),
                ("algorithm", models.CharField(max_length=24)),
                ("public_pem", models.TextField()),
                ("fingerprint", models.CharField(max_length=64)),
                ("slot", models.PositiveSmallIntegerField()),
                ("state", models.CharField(default="active", max_length=16)),
                ("added_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="keys",
                        to="accounts.walletprovider",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "active")),
                        fields=("provider", "slot"),
                        name="accounts_provider_has_two_active_keys_at_most",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("slot__in", (1, 2))),
                        name="accounts_provider_key_slot_is_1_or_2",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("algorithm__in", ("ed25519", "ecdsa-p256-sha256", "sm2-sm3"))
                        ),
                        name="accounts_provider_key_algorithm_has_a_public_key",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("added_at"))),
                        name="accounts_provider_key_expires_after_it_is_added",
                    ),
                ],
            },
        ),
    ]
