"""Marks and proved balances never change; a stop is lifted once and keeps what it was for."""

from django.db import migrations

from accounts.moves import append_only_operations, lifecycle_operations

MOVES = {"standing": {"lifted"}, "lifted": set()}

KEPT = """
CREATE FUNCTION custody_coverage_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of a stop refused', TG_OP
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME,
              TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
END
$$;
CREATE TRIGGER custody_coverage_stop_is_kept BEFORE DELETE OR TRUNCATE ON custody_coverage_stop
    FOR EACH STATEMENT EXECUTE FUNCTION custody_coverage_refuse();
CREATE TRIGGER custody_coverage_stop_stays_what_it_is BEFORE UPDATE ON custody_coverage_stop
    FOR EACH ROW WHEN (
        OLD.state <> 'standing'
        OR (OLD.id, OLD.pool, OLD.subject, OLD.because, OLD.since)
           IS DISTINCT FROM (NEW.id, NEW.pool, NEW.subject, NEW.because, NEW.since)
    ) EXECUTE FUNCTION custody_coverage_refuse();
ALTER TABLE custody_coverage_stop ENABLE ALWAYS TRIGGER custody_coverage_stop_is_kept;
ALTER TABLE custody_coverage_stop ENABLE ALWAYS TRIGGER custody_coverage_stop_stays_what_it_is;
REVOKE DELETE, TRUNCATE, TRIGGER, REFERENCES ON custody_coverage_stop FROM gateway_app;
"""
NOT_KEPT = """
DROP TRIGGER custody_coverage_stop_is_kept ON custody_coverage_stop;
DROP TRIGGER custody_coverage_stop_stays_what_it_is ON custody_coverage_stop;
DROP FUNCTION custody_coverage_refuse();
GRANT DELETE ON custody_coverage_stop TO gateway_app;
"""


class Migration(migrations.Migration):
    dependencies = [("custody_coverage", "0001_initial"), ("accounts", "0002_law")]

    operations = [
        *lifecycle_operations("stop", "custody_coverage_stop", MOVES),
        migrations.RunSQL(KEPT, NOT_KEPT),
        *append_only_operations("custody_coverage_mark"),
        *append_only_operations("custody_coverage_provedbalance"),
    ]
