"""A placement keeps what was agreed for ever; only how far it has come moves, as it may."""

from django.db import migrations

from accounts.moves import lifecycle_operations

MOVES = {
    "asked": {"placed", "dropped"},
    "placed": {"ended", "dropped"},
    "ended": set(),
    "dropped": set(),
}

KEPT = """
CREATE FUNCTION custody_placements_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of a placement refused', TG_OP
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME,
              TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
END
$$;
CREATE TRIGGER custody_placements_is_kept BEFORE DELETE OR TRUNCATE ON custody_placements_placement
    FOR EACH STATEMENT EXECUTE FUNCTION custody_placements_refuse();
CREATE TRIGGER custody_placements_stays_what_it_is BEFORE UPDATE ON custody_placements_placement
    FOR EACH ROW WHEN (
        (OLD.id, OLD.pool, OLD.account_id, OLD.kind, OLD.institution, OLD.contract_no,
         OLD.principal_fen, OLD.rate_bp, OLD.matures_on, OLD.asked_on, OLD.asked_at)
        IS DISTINCT FROM
        (NEW.id, NEW.pool, NEW.account_id, NEW.kind, NEW.institution, NEW.contract_no,
         NEW.principal_fen, NEW.rate_bp, NEW.matures_on, NEW.asked_on, NEW.asked_at)
    ) EXECUTE FUNCTION custody_placements_refuse();
ALTER TABLE custody_placements_placement ENABLE ALWAYS TRIGGER custody_placements_is_kept;
ALTER TABLE custody_placements_placement ENABLE ALWAYS TRIGGER custody_placements_stays_what_it_is;
REVOKE DELETE, TRUNCATE, TRIGGER, REFERENCES ON custody_placements_placement FROM gateway_app;
"""
NOT_KEPT = """
DROP TRIGGER custody_placements_is_kept ON custody_placements_placement;
DROP TRIGGER custody_placements_stays_what_it_is ON custody_placements_placement;
DROP FUNCTION custody_placements_refuse();
GRANT DELETE ON custody_placements_placement TO gateway_app;
"""


class Migration(migrations.Migration):
    dependencies = [("custody_placements", "0001_initial"), ("accounts", "0002_law")]

    operations = [
        *lifecycle_operations("placement", "custody_placements_placement", MOVES),
        migrations.RunSQL(KEPT, NOT_KEPT),
    ]
