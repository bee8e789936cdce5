"""The database keeps the lifecycles of card services, and the list of cards is only ever added to."""

from django.db import migrations

from accounts.moves import append_only_operations, lifecycle_operations

NAMING = {"asked": {"confirmed"}, "confirmed": set[str]()}
LOSS = {
    "reported": {"in_force", "lifted"},
    "in_force": {"lifted", "settled"},
    "lifted": set[str](),
    "settled": set[str](),
}
DEPARTURE = {
    "asked": {"waiting", "withdrawn"},
    "waiting": {"moved", "settled", "withdrawn"},
    "moved": {"proposed", "settled"},
    "proposed": {"paying", "moved"},
    "paying": {"settled", "moved"},
    "settled": {"moved"},
    "withdrawn": set[str](),
}
PART = {
    "planned": {"going", "dropped"},
    "going": {"done", "failed"},
    "done": {"failed"},
    "failed": set[str](),
    "dropped": set[str](),
}
KEPT = ("naming", "loss_report", "list_version", "departure", "part")


class Migration(migrations.Migration):
    """Lifecycles, rows that are never deleted, and an append-only table."""

    dependencies = [("card_service", "0001_services"), ("accounts", "0002_law")]
    operations = [
        *lifecycle_operations("naming", "card_service_naming", NAMING),
        *lifecycle_operations("loss_report", "card_service_loss_report", LOSS),
        *lifecycle_operations("departure", "card_service_departure", DEPARTURE),
        *lifecycle_operations("departure_part", "card_service_part", PART),
        *append_only_operations("card_service_list_entry"),
        *(
            migrations.RunSQL(
                f"REVOKE DELETE, TRUNCATE ON card_service_{table} FROM gateway_app",
                f"GRANT DELETE ON card_service_{table} TO gateway_app",
            )
            for table in KEPT
        ),
    ]
