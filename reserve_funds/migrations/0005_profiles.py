"""The handbooks of profiles PBOC and MOFCOM, and the profile a pool has from a day on."""

from django.db import migrations

from reserve_funds.ledger.lawbook import add_handbook, add_law


class Migration(migrations.Migration):
    dependencies = [("reserve_funds", "0004_coverage")]
    operations = [
        add_handbook(),
        add_law(
            "sql_profiles",
            "0001_changes.sql",
            undo="""
            DROP TRIGGER ledger_day_takes_its_profile ON ledger.business_day;
            DROP TRIGGER ledger_day_keeps_its_profile ON ledger.business_day;
            DROP FUNCTION ledger.day_takes_its_profile();
            DROP FUNCTION ledger.change_profile(integer, text, date, uuid);
            DROP FUNCTION ledger.profile_on(integer, date);
            DROP TABLE ledger.profile_change;
            """,
        ),
    ]
