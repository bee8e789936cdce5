"""What no hand may do to loads, seals and keys, whoever speaks SQL."""

from django.db import migrations

from accounts.moves import append_only_operations, lifecycle_operations

KEPT_AS_THEY_ARE = """
CREATE FUNCTION nfc_topup_keep_content() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    may_change text[] := TG_ARGV;
BEGIN
    IF (to_jsonb(OLD) - may_change) IS DISTINCT FROM (to_jsonb(NEW) - may_change) THEN
        RAISE EXCEPTION '% keeps what it says: only % may change', TG_TABLE_NAME, may_change
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME,
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER nfc_topup_load_keeps_what_was_ordered BEFORE UPDATE ON nfc_topup_load
    FOR EACH ROW EXECUTE FUNCTION nfc_topup_keep_content(
        'state', 'sealed_at', 'ended_at', 'ended_by', 'counter', 'mac1_refusals', 'tac',
        'new_balance_fen', 'contradicted_at');
CREATE TRIGGER nfc_topup_inquiry_keeps_what_was_asked BEFORE UPDATE ON nfc_topup_inquiry
    FOR EACH ROW EXECUTE FUNCTION nfc_topup_keep_content(
        'state', 'answered_at', 'answers', 'outcome', 'reason');
CREATE TRIGGER nfc_topup_key_keeps_what_was_sealed BEFORE UPDATE ON nfc_topup_cardkey
    FOR EACH ROW EXECUTE FUNCTION nfc_topup_keep_content('state');
CREATE TRIGGER nfc_topup_application_only_counts_on BEFORE UPDATE ON nfc_topup_cardapplication
    FOR EACH ROW EXECUTE FUNCTION nfc_topup_keep_content('counter_watermark', 'retired_at');

CREATE FUNCTION nfc_topup_guard_load() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'sealed' AND OLD.state <> 'sealed' AND NOT EXISTS (
        SELECT 1 FROM public.nfc_topup_loadseal AS seal
          WHERE seal.load_id = NEW.id AND seal.counter = NEW.counter
            AND seal.application_id = NEW.application_id)
    THEN
        RAISE EXCEPTION 'load % has no seal', NEW.id
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'nfc_topup_sealed_load_has_its_seal',
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    IF (OLD.tac <> '' AND NEW.tac <> OLD.tac)
        OR (OLD.counter IS NOT NULL AND NEW.counter IS DISTINCT FROM OLD.counter)
        OR (OLD.sealed_at IS NOT NULL AND NEW.sealed_at IS DISTINCT FROM OLD.sealed_at)
    THEN
        RAISE EXCEPTION 'load % keeps its counter and TAC', NEW.id
            USING ERRCODE = 'restrict_violation',
                  CONSTRAINT = 'nfc_topup_load_keeps_its_counter_and_tac',
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER nfc_topup_load_is_guarded BEFORE UPDATE ON nfc_topup_load
    FOR EACH ROW EXECUTE FUNCTION nfc_topup_guard_load();

CREATE FUNCTION nfc_topup_guard_watermark() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.counter_watermark IS NOT NULL
        AND (NEW.counter_watermark IS NULL OR NEW.counter_watermark < OLD.counter_watermark)
    THEN
        RAISE EXCEPTION 'a counter never goes back'
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'nfc_topup_counter_never_goes_back',
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    IF OLD.retired_at IS NOT NULL AND NEW.retired_at IS DISTINCT FROM OLD.retired_at THEN
        RAISE EXCEPTION 'a retired application stays retired'
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'nfc_topup_retired_application_stays_retired',
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER nfc_topup_watermark_is_guarded BEFORE UPDATE ON nfc_topup_cardapplication
    FOR EACH ROW EXECUTE FUNCTION nfc_topup_guard_watermark();

REVOKE DELETE, TRUNCATE ON nfc_topup_load, nfc_topup_inquiry, nfc_topup_cardkey,
    nfc_topup_cardapplication FROM gateway_app;
"""

FREE_AGAIN = """
GRANT DELETE ON nfc_topup_load, nfc_topup_inquiry, nfc_topup_cardkey,
    nfc_topup_cardapplication TO gateway_app;
DROP TRIGGER nfc_topup_watermark_is_guarded ON nfc_topup_cardapplication;
DROP FUNCTION nfc_topup_guard_watermark();
DROP TRIGGER nfc_topup_load_is_guarded ON nfc_topup_load;
DROP FUNCTION nfc_topup_guard_load();
DROP TRIGGER nfc_topup_application_only_counts_on ON nfc_topup_cardapplication;
DROP TRIGGER nfc_topup_key_keeps_what_was_sealed ON nfc_topup_cardkey;
DROP TRIGGER nfc_topup_inquiry_keeps_what_was_asked ON nfc_topup_inquiry;
DROP TRIGGER nfc_topup_load_keeps_what_was_ordered ON nfc_topup_load;
DROP FUNCTION nfc_topup_keep_content();
"""

LOAD = {
    "opened": {"sealed", "abandoned"},
    "sealed": {"loaded", "in_doubt", "not_loaded"},
    "in_doubt": {"loaded", "not_loaded"},
    "loaded": set(),
    "not_loaded": set(),
    "abandoned": set(),
}
INQUIRY = {"asked": {"answered"}, "answered": set()}
KEY = {"active": {"retired"}, "retired": set()}


class Migration(migrations.Migration):
    dependencies = [("nfc_topup", "0001_initial"), ("accounts", "0002_law")]

    operations = [
        migrations.RunSQL(KEPT_AS_THEY_ARE, FREE_AGAIN),
        *append_only_operations("nfc_topup_loadseal"),
        *append_only_operations("nfc_topup_challenge"),
        *append_only_operations("nfc_topup_sighting"),
        *lifecycle_operations("load", "nfc_topup_load", LOAD),
        *lifecycle_operations("inquiry", "nfc_topup_inquiry", INQUIRY),
        *lifecycle_operations("card_key", "nfc_topup_cardkey", KEY),
    ]
