"""Administrator, security officer and auditor are three people at every moment."""

from django.db import migrations

SEPARATED = """
CREATE EXTENSION IF NOT EXISTS btree_gist;
ALTER TABLE accounts_rolegrant ADD CONSTRAINT accounts_separated_roles_are_separate_people
    EXCLUDE USING gist (
        person_id WITH =,
        role WITH <>,
        tstzrange(valid_from, valid_until) WITH &&
    ) WHERE (role IN ('administrator', 'auditor', 'security_officer'));
"""

NOT_SEPARATED = """
ALTER TABLE accounts_rolegrant DROP CONSTRAINT accounts_separated_roles_are_separate_people;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_approvals_law")]

    operations = [migrations.RunSQL(SEPARATED, NOT_SEPARATED)]
