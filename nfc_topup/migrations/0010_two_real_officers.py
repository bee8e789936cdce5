"""A key goes to work, and ends, by two officers who really asked and approved."""

from django.db import migrations

KEPT = """
DROP TRIGGER nfc_topup_key_keeps_what_was_sealed ON nfc_topup_cardkey;
CREATE TRIGGER nfc_topup_key_keeps_what_was_sealed BEFORE UPDATE ON nfc_topup_cardkey
    FOR EACH ROW EXECUTE FUNCTION nfc_topup_keep_content('state', 'sealed', 'approval_id' %s);
"""

OFFICERS = """
CREATE FUNCTION nfc_topup_key_destruction_fingerprint(k public.nfc_topup_cardkey) RETURNS bytea
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT sha256(convert_to(concat_ws('|', 'card_key_destruction', k.id, k.purpose, k.index,
        k.version, k.algorithm, k.check_rule, k.check_value, COALESCE(k.fingerprint, ''), k.home),
        'UTF8'))
$$;

-- Its trigger's name sorts behind that of nfc_topup_guard_key_move, which spends the approval.
CREATE FUNCTION nfc_topup_guard_key_officers() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    brought_by public.nfc_topup_keyceremony;
    parties record;
    said text;
BEGIN
    IF NEW.state = 'active' AND OLD.state <> 'active' AND NEW.origin = 'ceremony' THEN
        SELECT * INTO brought_by FROM public.nfc_topup_keyceremony AS c WHERE c.key_id = NEW.id;
        SELECT * INTO parties FROM public.accounts_parties_of_approval(NEW.approval_id);
        IF OLD.state = 'prepared' AND
            (brought_by.approval_id, brought_by.asked_by_id, brought_by.approved_by_id)
            IS DISTINCT FROM (NEW.approval_id, parties.maker, parties.checker)
        THEN
            RAISE EXCEPTION 'ceremony % names others than asked and approved', brought_by.id
                USING ERRCODE = 'check_violation',
                      CONSTRAINT = 'nfc_topup_activation_names_its_real_officers',
                      TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
        END IF;
        IF EXISTS (
            SELECT 1 FROM public.nfc_topup_keycomponent AS p
             WHERE p.ceremony_id = brought_by.id
               AND p.custodian_id IN (parties.maker, parties.checker))
        THEN
            RAISE EXCEPTION 'who gave a component of key % does not put it to work', NEW.id
                USING ERRCODE = 'check_violation',
                      CONSTRAINT = 'nfc_topup_custodian_is_not_activator',
                      TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
        END IF;
    END IF;
    IF NEW.state = 'destroyed' AND OLD.state = 'retired'
        AND (NEW.origin = 'ceremony' OR NEW.destruction_id IS NOT NULL)
    THEN
        said := public.accounts_spend_approval(
            NEW.destruction_id, 0, public.nfc_topup_key_destruction_fingerprint(NEW));
        IF said <> 'spent' THEN
            RAISE EXCEPTION 'the destruction of key % is not approved: %', NEW.id, said
                USING ERRCODE = 'check_violation',
                      CONSTRAINT = 'nfc_topup_destroyed_key_is_approved_by_two', DETAIL = said,
                      TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
        END IF;
    ELSIF NEW.destruction_id IS DISTINCT FROM OLD.destruction_id THEN
        RAISE EXCEPTION 'key % keeps the approval of its destruction', NEW.id
            USING ERRCODE = 'restrict_violation',
                  CONSTRAINT = 'nfc_topup_key_keeps_its_destruction',
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER nfc_topup_key_move_is_of_two_officers BEFORE UPDATE ON nfc_topup_cardkey
    FOR EACH ROW EXECUTE FUNCTION nfc_topup_guard_key_officers();
ALTER TABLE nfc_topup_cardkey ENABLE ALWAYS TRIGGER nfc_topup_key_move_is_of_two_officers;
"""

NO_OFFICERS = """
DROP TRIGGER nfc_topup_key_move_is_of_two_officers ON nfc_topup_cardkey;
DROP FUNCTION nfc_topup_guard_key_officers();
DROP FUNCTION nfc_topup_key_destruction_fingerprint(public.nfc_topup_cardkey);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("nfc_topup", "0009_serving_keys_law"),
        ("accounts", "0011_parties_of_an_approval"),
    ]

    operations = [
        migrations.RunSQL(KEPT % ", 'destruction_id'", KEPT % ""),
        migrations.RunSQL(OFFICERS, NO_OFFICERS),
    ]
