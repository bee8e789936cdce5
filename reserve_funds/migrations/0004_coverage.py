"""What every holder's account comes to, and the coverage that is read from it."""

from django.db import migrations

from reserve_funds.ledger.lawbook import add_law


class Migration(migrations.Migration):
    dependencies = [("reserve_funds", "0003_bank_events")]
    operations = [
        add_law(
            "sql_coverage",
            "0001_holders.sql",
            undo="""
            DROP FUNCTION ledger.coverage(integer, timestamptz);
            DROP FUNCTION ledger.ageing(integer, uuid, bigint, timestamptz);
            DROP FUNCTION ledger.holders(integer, timestamptz);
            DROP FUNCTION ledger.fold_holders();
            DROP FUNCTION ledger.fold_holders_of(integer, bigint, bigint);
            DROP INDEX ledger.ledger_transfer_by_moment;
            DROP TABLE ledger.holder;
            DROP TABLE ledger.holder_fold;
            """,
        )
    ]
