"""A crossing says for ever what it is about, arrives once, and is never deleted."""

from django.db import migrations

from accounts.moves import lifecycle_operations

MOVES = {"on_its_way": {"arrived"}, "arrived": set()}

KEPT = """
CREATE FUNCTION custody_bridges_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of a crossing refused', TG_OP
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME,
              TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
END
$$;
CREATE TRIGGER custody_bridges_crossing_is_kept
    BEFORE DELETE OR TRUNCATE ON custody_bridges_crossing
    FOR EACH STATEMENT EXECUTE FUNCTION custody_bridges_refuse();
CREATE TRIGGER custody_bridges_crossing_stays_what_it_is BEFORE UPDATE ON custody_bridges_crossing
    FOR EACH ROW WHEN (
        OLD.state <> 'on_its_way'
        OR (OLD.id, OLD.kind, OLD.from_pool, OLD.to_pool, OLD.source, OLD.target, OLD.amount_fen,
            OLD.event_at, OLD.begun_at)
           IS DISTINCT FROM
           (NEW.id, NEW.kind, NEW.from_pool, NEW.to_pool, NEW.source, NEW.target, NEW.amount_fen,
            NEW.event_at, NEW.begun_at)
    ) EXECUTE FUNCTION custody_bridges_refuse();
ALTER TABLE custody_bridges_crossing ENABLE ALWAYS TRIGGER custody_bridges_crossing_is_kept;
ALTER TABLE custody_bridges_crossing
    ENABLE ALWAYS TRIGGER custody_bridges_crossing_stays_what_it_is;
REVOKE DELETE, TRUNCATE, TRIGGER, REFERENCES ON custody_bridges_crossing FROM gateway_app;
"""
NOT_KEPT = """
DROP TRIGGER custody_bridges_crossing_is_kept ON custody_bridges_crossing;
DROP TRIGGER custody_bridges_crossing_stays_what_it_is ON custody_bridges_crossing;
DROP FUNCTION custody_bridges_refuse();
GRANT DELETE ON custody_bridges_crossing TO gateway_app;
"""


class Migration(migrations.Migration):
    dependencies = [("custody_bridges", "0001_initial"), ("accounts", "0002_law")]

    operations = [
        *lifecycle_operations("crossing", "custody_bridges_crossing", MOVES),
        migrations.RunSQL(KEPT, NOT_KEPT),
    ]
