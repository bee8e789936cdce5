"""What was handed over is never changed; an import is opened once and keeps its figures."""

from django.db import migrations

from accounts.moves import append_only_operations, lifecycle_operations

MOVES = {"taken": {"opened"}, "opened": set()}

KEPT = """
CREATE FUNCTION custody_cutover_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of a legacy import refused', TG_OP
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME,
              TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
END
$$;
CREATE TRIGGER custody_cutover_import_is_kept BEFORE DELETE OR TRUNCATE
    ON custody_cutover_legacyimport FOR EACH STATEMENT EXECUTE FUNCTION custody_cutover_refuse();
CREATE TRIGGER custody_cutover_import_stays_what_it_is BEFORE UPDATE
    ON custody_cutover_legacyimport FOR EACH ROW WHEN (
        (OLD.id, OLD.pool, OLD.issuer, OLD.digest, OLD.cards, OLD.total_fen, OLD.handed_fen,
         OLD.bank_account, OLD.as_of, OLD.taken_at)
        IS DISTINCT FROM
        (NEW.id, NEW.pool, NEW.issuer, NEW.digest, NEW.cards, NEW.total_fen, NEW.handed_fen,
         NEW.bank_account, NEW.as_of, NEW.taken_at)
    ) EXECUTE FUNCTION custody_cutover_refuse();
ALTER TABLE custody_cutover_legacyimport ENABLE ALWAYS TRIGGER custody_cutover_import_is_kept;
ALTER TABLE custody_cutover_legacyimport
    ENABLE ALWAYS TRIGGER custody_cutover_import_stays_what_it_is;
REVOKE DELETE, TRUNCATE, TRIGGER, REFERENCES ON custody_cutover_legacyimport FROM gateway_app;
"""
NOT_KEPT = """
DROP TRIGGER custody_cutover_import_is_kept ON custody_cutover_legacyimport;
DROP TRIGGER custody_cutover_import_stays_what_it_is ON custody_cutover_legacyimport;
DROP FUNCTION custody_cutover_refuse();
GRANT DELETE ON custody_cutover_legacyimport TO gateway_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("custody_cutover", "0001_initial"),
        ("custody_coverage", "0002_law"),
        ("accounts", "0002_law"),
    ]
    operations = [
        *lifecycle_operations("legacy_import", "custody_cutover_legacyimport", MOVES),
        migrations.RunSQL(KEPT, NOT_KEPT),
        *(
            operation
            for table in ("legacycard", "legacycardseen", "legacyday")
            for operation in append_only_operations(f"custody_cutover_{table}")
        ),
    ]
