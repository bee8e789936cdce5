"""A million holders are read in the order they lie."""

from django.db import migrations

from reserve_funds.ledger.lawbook import add_law


class Migration(migrations.Migration):
    dependencies = [("reserve_funds", "0007_floor")]
    operations = [
        add_law(
            "sql_coverage",
            "0003_reading.sql",
            undo="ALTER FUNCTION ledger.holders(integer, timestamptz) SET enable_seqscan = off;",
        )
    ]
