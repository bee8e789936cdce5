"""The database keeps the lifecycles of enterprises' orders; lists and what is asked back never change."""

from django.db import migrations

from accounts.moves import append_only_operations, lifecycle_operations

ORDER = {
    "drafted": {"asked", "withdrawn"},
    "asked": {"approved", "refused", "lapsed"},
    "approved": {"shared", "lapsed"},
    "shared": set[str](),
    "lapsed": set[str](),
    "refused": set[str](),
    "withdrawn": set[str](),
}
RETURN = {
    "asked": {"agreed", "refused", "lapsed"},
    "agreed": set[str](),
    "refused": set[str](),
    "lapsed": set[str](),
}
PART = {
    "planned": {"going"},
    "going": {"done", "stopped"},
    "stopped": {"going"},
    "done": {"stopped"},
}
KEPT = ("enterprise", "contact", "order", "return", "part")


class Migration(migrations.Migration):
    """Lifecycles, rows that are never deleted, and two append-only tables."""

    dependencies = [("bulk", "0001_initial"), ("accounts", "0003_approvals_law")]
    operations = [
        *lifecycle_operations("bulk_order", "bulk_order", ORDER),
        *lifecycle_operations("bulk_return", "bulk_return", RETURN),
        *lifecycle_operations("bulk_part", "bulk_part", PART),
        *append_only_operations("bulk_row"),
        *append_only_operations("bulk_returned_claim"),
        *(
            migrations.RunSQL(
                f"REVOKE DELETE, TRUNCATE ON bulk_{table} FROM gateway_app",
                f"GRANT DELETE ON bulk_{table} TO gateway_app",
            )
            for table in KEPT
        ),
    ]
