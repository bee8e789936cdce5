"""Nonces of signed requests, each used once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("idempotency", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="SeenNonce",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("principal", models.CharField(max_length=80)),
                ("nonce", models.CharField(max_length=128)),
                ("forget_at", models.DateTimeField()),
            ],
            options={
                "db_table": "idempotency_seen_nonce",
                "indexes": [models.Index(fields=["forget_at"], name="idempotency_nonce_by_age")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("principal", "nonce"), name="idempotency_nonce_is_used_once"
                    )
                ],
            },
        ),
    ]
