"""Bills move as their lifecycle says; their files, lines and costs are only ever added to."""

from django.db import migrations

from accounts.moves import append_only_operations, lifecycle_operations

BILL = {
    "expected": {"stored", "quarantined", "nothing"},
    "nothing": {"stored", "quarantined"},
    "quarantined": {"stored", "nothing"},
    "stored": {"changed"},
    "changed": {"stored"},
}


# Where another file of a day lies while it is compared, and only then.
OTHER = """
CREATE UNLOGGED TABLE payments_bill_line_other (LIKE payments_bill_line INCLUDING DEFAULTS);
"""
NO_OTHER = "DROP TABLE payments_bill_line_other;"


class Migration(migrations.Migration):
    dependencies = [("payments", "0008_bills"), ("accounts", "0002_law")]

    operations = [
        *lifecycle_operations("bill", "payments_bill", BILL),
        *append_only_operations("payments_bill_file"),
        *append_only_operations("payments_bill_line"),
        *append_only_operations("payments_channel_cost"),
        migrations.RunSQL(OTHER, NO_OTHER),
        migrations.RunSQL(
            "REVOKE DELETE, TRUNCATE ON payments_bill FROM gateway_app",
            "GRANT DELETE ON payments_bill TO gateway_app",
        ),
    ]
