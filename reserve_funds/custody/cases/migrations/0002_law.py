"""A case is never deleted, says for ever what it is about, and is changed only while open."""

from django.db import migrations

from accounts.moves import append_only_operations, lifecycle_operations

MOVES = {"open": {"resolved"}, "resolved": set()}

KEPT = """
CREATE FUNCTION custody_cases_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of a case refused', TG_OP
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME,
              TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
END
$$;
CREATE TRIGGER custody_cases_case_is_kept BEFORE DELETE OR TRUNCATE ON custody_cases_case
    FOR EACH STATEMENT EXECUTE FUNCTION custody_cases_refuse();
CREATE TRIGGER custody_cases_case_stays_what_it_is BEFORE UPDATE ON custody_cases_case
    FOR EACH ROW WHEN (
        OLD.state <> 'open'
        OR (OLD.id, OLD.kind, OLD.pool, OLD.subject, OLD.owner, OLD.deadline, OLD.opened_at)
           IS DISTINCT FROM
           (NEW.id, NEW.kind, NEW.pool, NEW.subject, NEW.owner, NEW.deadline, NEW.opened_at)
    ) EXECUTE FUNCTION custody_cases_refuse();
ALTER TABLE custody_cases_case ENABLE ALWAYS TRIGGER custody_cases_case_is_kept;
ALTER TABLE custody_cases_case ENABLE ALWAYS TRIGGER custody_cases_case_stays_what_it_is;
REVOKE DELETE, TRUNCATE, TRIGGER, REFERENCES ON custody_cases_case FROM gateway_app;
"""
NOT_KEPT = """
DROP TRIGGER custody_cases_case_is_kept ON custody_cases_case;
DROP TRIGGER custody_cases_case_stays_what_it_is ON custody_cases_case;
DROP FUNCTION custody_cases_refuse();
GRANT DELETE ON custody_cases_case TO gateway_app;
"""


class Migration(migrations.Migration):
    dependencies = [("custody_cases", "0001_initial"), ("accounts", "0002_law")]

    operations = [
        *lifecycle_operations("case", "custody_cases_case", MOVES),
        migrations.RunSQL(KEPT, NOT_KEPT),
        *append_only_operations("custody_cases_casenote"),
    ]
