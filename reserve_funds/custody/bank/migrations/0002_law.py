"""What a bank has told is never changed; what is arriving has a table that needs no log."""

from django.db import migrations

from accounts.moves import append_only_operations


class Migration(migrations.Migration):
    dependencies = [("custody_bank", "0001_initial"), ("accounts", "0002_law")]

    operations = [
        migrations.RunSQL(
            """
            CREATE UNLOGGED TABLE custody_bank_arriving (LIKE custody_bank_bankentry);
            ALTER TABLE custody_bank_arriving ADD COLUMN file_id uuid NOT NULL;
            """,
            "DROP TABLE custody_bank_arriving;",
        ),
        *(
            operation
            for table in (
                "custody_bank_statementfile",
                "custody_bank_statement",
                "custody_bank_bankentry",
            )
            for operation in append_only_operations(table)
        ),
    ]
