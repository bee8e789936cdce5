"""What no hand may do to keys and ceremonies, whoever speaks SQL."""

from django.db import migrations

from accounts import secrets
from accounts.moves import lifecycle_operations

KEYS = """
CREATE TABLE nfc_topup_keylaw (test_keys boolean NOT NULL);
REVOKE ALL ON nfc_topup_keylaw FROM gateway_app;

CREATE TRIGGER nfc_topup_key_keeps_what_was_sealed BEFORE UPDATE ON nfc_topup_cardkey
    FOR EACH ROW EXECUTE FUNCTION nfc_topup_keep_content('state', 'sealed', 'approval_id');

CREATE FUNCTION nfc_topup_guard_key_arrival() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    known text;
BEGIN
    IF NEW.origin = 'test_issuer' AND NOT EXISTS (
        SELECT 1 FROM public.nfc_topup_keylaw WHERE test_keys)
    THEN
        RAISE EXCEPTION 'live keys come in by ceremony'
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'nfc_topup_test_keys_stay_in_the_sandbox',
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    IF (NEW.origin = 'house') <> (NEW.purpose = 'kek') THEN
        RAISE EXCEPTION 'the house itself has key-encryption keys and no others'
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'nfc_topup_house_keys_are_key_encryption_keys',
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    IF NEW.fingerprint IS NOT NULL THEN
        INSERT INTO public.nfc_topup_keyvalue (fingerprint, purpose)
            VALUES (NEW.fingerprint, NEW.purpose) ON CONFLICT DO NOTHING;
        SELECT v.purpose INTO known FROM public.nfc_topup_keyvalue AS v
            WHERE v.fingerprint = NEW.fingerprint;
    END IF;
    IF known <> NEW.purpose OR (NEW.origin = 'ceremony' AND EXISTS (
        SELECT 1 FROM public.nfc_topup_cardkey AS k
         WHERE k.check_value = NEW.check_value AND k.check_rule = NEW.check_rule
           AND k.algorithm = NEW.algorithm AND k.purpose <> NEW.purpose))
    THEN
        RAISE EXCEPTION 'this value has another purpose'
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'nfc_topup_one_key_one_purpose',
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER nfc_topup_key_arrival_is_guarded BEFORE INSERT ON nfc_topup_cardkey
    FOR EACH ROW EXECUTE FUNCTION nfc_topup_guard_key_arrival();

CREATE FUNCTION nfc_topup_key_fingerprint(k public.nfc_topup_cardkey) RETURNS bytea
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT sha256(convert_to(concat_ws('|', 'card_key_activation', k.id, k.purpose, k.index,
        k.version, k.algorithm, k.check_rule, k.check_value, COALESCE(k.fingerprint, ''),
        k.levels::text, k.home, floor(extract(epoch FROM k.valid_from))::bigint,
        floor(extract(epoch FROM k.expires_at))::bigint), 'UTF8'))
$$;

CREATE FUNCTION nfc_topup_guard_key_move() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    said text;
BEGIN
    IF NEW.state = 'active' AND OLD.state <> 'active' AND NEW.origin = 'ceremony' THEN
        IF NOT EXISTS (
            SELECT 1 FROM public.nfc_topup_keyceremony AS c
             WHERE c.key_id = NEW.id AND c.state = 'activated')
        THEN
            RAISE EXCEPTION 'key % has no finished ceremony', NEW.id
                USING ERRCODE = 'check_violation',
                      CONSTRAINT = 'nfc_topup_active_key_has_its_ceremony',
                      TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
        END IF;
        said := public.accounts_spend_approval(
            NEW.approval_id, 0, public.nfc_topup_key_fingerprint(NEW));
        IF said <> 'spent' THEN
            RAISE EXCEPTION 'the activation of key % is not approved: %', NEW.id, said
                USING ERRCODE = 'check_violation',
                      CONSTRAINT = 'nfc_topup_active_key_is_approved_by_two', DETAIL = said,
                      TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
        END IF;
    ELSIF NEW.approval_id IS DISTINCT FROM OLD.approval_id THEN
        RAISE EXCEPTION 'key % keeps its approval', NEW.id
            USING ERRCODE = 'restrict_violation',
                  CONSTRAINT = 'nfc_topup_key_keeps_its_approval',
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    IF NEW.sealed <> OLD.sealed AND (NEW.sealed <> ''::bytea OR NEW.state <> 'destroyed') THEN
        RAISE EXCEPTION 'key % keeps its sealed value until it is destroyed', NEW.id
            USING ERRCODE = 'restrict_violation',
                  CONSTRAINT = 'nfc_topup_key_keeps_its_value_until_destroyed',
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    IF NEW.state = 'destroyed' AND OLD.state <> 'destroyed' AND EXISTS (
        SELECT 1 FROM public.nfc_topup_load AS l
         WHERE l.state IN ('opened', 'sealed', 'in_doubt')
           AND ((NEW.purpose = 'load' AND l.load_key_version = NEW.version)
             OR (NEW.purpose = 'tac' AND l.tac_key_version = NEW.version)))
        AND OLD.state <> 'prepared'
    THEN
        RAISE EXCEPTION 'a load without result still needs version %', NEW.version
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'nfc_topup_key_waits_for_its_loads',
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER nfc_topup_key_move_is_guarded BEFORE UPDATE ON nfc_topup_cardkey
    FOR EACH ROW EXECUTE FUNCTION nfc_topup_guard_key_move();

REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON nfc_topup_keyvalue FROM gateway_app;
"""

KEYS_BACK = """
GRANT INSERT, UPDATE, DELETE ON nfc_topup_keyvalue TO gateway_app;
DROP TRIGGER nfc_topup_key_move_is_guarded ON nfc_topup_cardkey;
DROP FUNCTION nfc_topup_guard_key_move();
DROP FUNCTION nfc_topup_key_fingerprint(public.nfc_topup_cardkey);
DROP TRIGGER nfc_topup_key_arrival_is_guarded ON nfc_topup_cardkey;
DROP FUNCTION nfc_topup_guard_key_arrival();
DROP TRIGGER nfc_topup_key_keeps_what_was_sealed ON nfc_topup_cardkey;
DROP TABLE nfc_topup_keylaw;
"""

CEREMONIES = """
CREATE TRIGGER nfc_topup_ceremony_keeps_its_plan BEFORE UPDATE ON nfc_topup_keyceremony
    FOR EACH ROW EXECUTE FUNCTION nfc_topup_keep_content(
        'state', 'ended_at', 'key_id', 'approval_id', 'asked_by_id', 'approved_by_id',
        'pair_public', 'pair_sealed', 'block_out');
CREATE TRIGGER nfc_topup_component_keeps_what_was_given BEFORE UPDATE ON nfc_topup_keycomponent
    FOR EACH ROW EXECUTE FUNCTION nfc_topup_keep_content('sealed');

CREATE FUNCTION nfc_topup_guard_ceremony() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM public.nfc_topup_keycomponent AS c
         WHERE c.ceremony_id = NEW.id AND c.custodian_id IN (NEW.asked_by_id, NEW.approved_by_id))
    THEN
        RAISE EXCEPTION 'who gave a component of ceremony % activates no key of it', NEW.id
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'nfc_topup_custodian_is_not_activator',
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    IF NEW.state <> 'gathering' AND EXISTS (
        SELECT 1 FROM public.nfc_topup_keycomponent AS c
         WHERE c.ceremony_id = NEW.id AND c.sealed <> ''::bytea)
    THEN
        RAISE EXCEPTION 'ceremony % ended with components left', NEW.id
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'nfc_topup_ended_gathering_leaves_no_component',
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    IF NEW.state = 'brought' AND OLD.state = 'gathering' AND NEW.needed <> (
        SELECT count(*) FROM public.nfc_topup_keycomponent AS c WHERE c.ceremony_id = NEW.id)
    THEN
        RAISE EXCEPTION 'ceremony % lacks components', NEW.id
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'nfc_topup_brought_key_has_all_its_components',
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    IF (OLD.asked_by_id IS NOT NULL AND NEW.asked_by_id IS DISTINCT FROM OLD.asked_by_id
            AND NEW.state <> 'brought')
        OR (OLD.approved_by_id IS NOT NULL AND NEW.approved_by_id IS DISTINCT FROM
            OLD.approved_by_id)
        OR (OLD.key_id IS NOT NULL AND NEW.key_id IS DISTINCT FROM OLD.key_id)
        OR (OLD.state = 'activated' AND NEW.approval_id IS DISTINCT FROM OLD.approval_id)
    THEN
        RAISE EXCEPTION 'ceremony % keeps its people and its key', NEW.id
            USING ERRCODE = 'restrict_violation',
                  CONSTRAINT = 'nfc_topup_ceremony_keeps_its_people_and_its_key',
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER nfc_topup_ceremony_is_guarded BEFORE UPDATE ON nfc_topup_keyceremony
    FOR EACH ROW EXECUTE FUNCTION nfc_topup_guard_ceremony();

CREATE FUNCTION nfc_topup_guard_component() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    at_ceremony public.nfc_topup_keyceremony;
BEGIN
    SELECT * INTO at_ceremony FROM public.nfc_topup_keyceremony AS c
        WHERE c.id = NEW.ceremony_id FOR UPDATE;
    IF TG_OP = 'INSERT' AND (at_ceremony.state <> 'gathering' OR NEW.number > at_ceremony.needed)
    THEN
        RAISE EXCEPTION 'ceremony % takes no such component', NEW.ceremony_id
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'nfc_topup_components_come_while_they_are_gathered',
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.sealed <> ''::bytea AND NEW.sealed <> OLD.sealed THEN
        RAISE EXCEPTION 'a component is erased or stays'
            USING ERRCODE = 'restrict_violation',
                  CONSTRAINT = 'nfc_topup_component_is_erased_or_stays',
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER nfc_topup_component_is_guarded BEFORE INSERT OR UPDATE ON nfc_topup_keycomponent
    FOR EACH ROW EXECUTE FUNCTION nfc_topup_guard_component();

REVOKE DELETE, TRUNCATE ON nfc_topup_keyceremony, nfc_topup_keycomponent FROM gateway_app;
"""

CEREMONIES_BACK = """
GRANT DELETE ON nfc_topup_keyceremony, nfc_topup_keycomponent TO gateway_app;
DROP TRIGGER nfc_topup_component_is_guarded ON nfc_topup_keycomponent;
DROP FUNCTION nfc_topup_guard_component();
DROP TRIGGER nfc_topup_ceremony_is_guarded ON nfc_topup_keyceremony;
DROP FUNCTION nfc_topup_guard_ceremony();
DROP TRIGGER nfc_topup_component_keeps_what_was_given ON nfc_topup_keycomponent;
DROP TRIGGER nfc_topup_ceremony_keeps_its_plan ON nfc_topup_keyceremony;
"""

KEY = {
    "prepared": {"active", "destroyed"},
    "active": {"outgoing", "retired"},
    "outgoing": {"active", "retired"},
    "retired": {"destroyed"},
    "destroyed": set(),
}
CEREMONY = {
    "gathering": {"brought", "refused", "aborted", "expired"},
    "brought": {"activated", "aborted", "expired"},
    "activated": set(),
    "refused": set(),
    "aborted": set(),
    "expired": set(),
}


def say_where_we_are(apps, schema_editor):
    """Keys of a test issuer may be rows of a database that was made as the sandbox's, only."""
    schema_editor.execute("INSERT INTO nfc_topup_keylaw VALUES (%s)", [secrets.in_sandbox()])


class Migration(migrations.Migration):
    dependencies = [("nfc_topup", "0003_key_custody"), ("accounts", "0003_approvals_law")]

    operations = [
        migrations.RunSQL(KEYS, KEYS_BACK),
        migrations.RunPython(say_where_we_are, migrations.RunPython.noop),
        migrations.RunSQL(CEREMONIES, CEREMONIES_BACK),
        *lifecycle_operations("card_key", "nfc_topup_cardkey", KEY),
        *lifecycle_operations("key_ceremony", "nfc_topup_keyceremony", CEREMONY),
    ]
