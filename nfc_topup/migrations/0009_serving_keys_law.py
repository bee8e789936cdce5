"""Only keys that serve seal; few serve at once; a key waits for the loads that its cards have."""

from django.db import migrations

# The same function as before, but for which loads a key waits, which is a trigger of its own now.
MOVE = """
CREATE OR REPLACE FUNCTION nfc_topup_guard_key_move() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    said text;
BEGIN
    IF NEW.state = 'active' AND OLD.state <> 'active' AND NEW.origin = 'ceremony' THEN
        IF NOT EXISTS (
            SELECT 1 FROM public.nfc_topup_keyceremony AS c
             WHERE c.key_id = NEW.id AND c.state = 'activated')
        THEN
            RAISE EXCEPTION 'key %% has no finished ceremony', NEW.id
                USING ERRCODE = 'check_violation',
                      CONSTRAINT = 'nfc_topup_active_key_has_its_ceremony',
                      TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
        END IF;
        said := public.accounts_spend_approval(
            NEW.approval_id, 0, public.nfc_topup_key_fingerprint(NEW));
        IF said <> 'spent' THEN
            RAISE EXCEPTION 'the activation of key %% is not approved: %%', NEW.id, said
                USING ERRCODE = 'check_violation',
                      CONSTRAINT = 'nfc_topup_active_key_is_approved_by_two', DETAIL = said,
                      TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
        END IF;
    ELSIF NEW.approval_id IS DISTINCT FROM OLD.approval_id THEN
        RAISE EXCEPTION 'key %% keeps its approval', NEW.id
            USING ERRCODE = 'restrict_violation',
                  CONSTRAINT = 'nfc_topup_key_keeps_its_approval',
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    IF NEW.sealed <> OLD.sealed AND (NEW.sealed <> ''::bytea OR NEW.state <> 'destroyed') THEN
        RAISE EXCEPTION 'key %% keeps its sealed value until it is destroyed', NEW.id
            USING ERRCODE = 'restrict_violation',
                  CONSTRAINT = 'nfc_topup_key_keeps_its_value_until_destroyed',
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    %s
    RETURN NEW;
END
$$;
"""
WAITED = """
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
"""

# concat_ws leaves nulls out: the fingerprint of a key that tells no byte is what it was.
FINGERPRINT = """
CREATE OR REPLACE FUNCTION nfc_topup_key_fingerprint(k public.nfc_topup_cardkey) RETURNS bytea
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT sha256(convert_to(concat_ws('|', 'card_key_activation', k.id, k.purpose, k.index,
        k.version, k.algorithm, k.check_rule, k.check_value, COALESCE(k.fingerprint, ''),
        k.levels::text, k.home, floor(extract(epoch FROM k.valid_from))::bigint,
        floor(extract(epoch FROM k.expires_at))::bigint %s), 'UTF8'))
$$;
"""

SERVICE = """
CREATE FUNCTION nfc_topup_guard_key_service() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.state = 'active' AND NEW.purpose IN ('load', 'tac') AND 4 <= (
        SELECT count(*) FROM public.nfc_topup_cardkey AS k
         WHERE k.purpose = NEW.purpose AND k.index = NEW.index AND k.id <> NEW.id
           AND k.state IN ('active', 'outgoing'))
    THEN
        RAISE EXCEPTION 'four versions of % % serve already', NEW.purpose, NEW.index
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'nfc_topup_few_versions_serve_at_once',
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    IF NEW.state = 'destroyed' AND OLD.state <> 'prepared' AND EXISTS (
        SELECT 1 FROM public.nfc_topup_load AS l
          LEFT JOIN public.nfc_topup_loadseal AS s ON s.load_id = l.id
         WHERE l.state IN ('opened', 'sealed', 'in_doubt')
           AND (l.key_index = NEW.index OR l.key_index IS NULL)
           AND CASE NEW.purpose
               WHEN 'load' THEN COALESCE(s.load_key_version, l.load_key_version) = NEW.version
               WHEN 'tac' THEN CASE WHEN s.id IS NULL THEN l.tac_key_version = NEW.version
                   ELSE s.tac_keys @> jsonb_build_array(
                       jsonb_build_object('version', NEW.version)) END
               ELSE false END)
    THEN
        RAISE EXCEPTION 'a load without result still needs version %', NEW.version
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'nfc_topup_key_waits_for_its_loads',
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER nfc_topup_key_service_is_guarded BEFORE UPDATE ON nfc_topup_cardkey
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION nfc_topup_guard_key_service();
ALTER TABLE nfc_topup_cardkey ENABLE ALWAYS TRIGGER nfc_topup_key_service_is_guarded;

CREATE FUNCTION nfc_topup_guard_seal_keys() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    at_index integer;
    serving bigint;
BEGIN
    SELECT l.key_index INTO at_index FROM public.nfc_topup_load AS l WHERE l.id = NEW.load_id;
    PERFORM 1 FROM public.nfc_topup_cardkey AS k
     WHERE k.index = at_index AND k.state IN ('active', 'outgoing')
       AND ((k.purpose = 'load' AND k.version = NEW.load_key_version)
         OR (k.purpose = 'tac' AND NEW.tac_keys @> jsonb_build_array(
                jsonb_build_object('version', k.version))))
     ORDER BY k.purpose, k.version FOR SHARE;
    GET DIAGNOSTICS serving = ROW_COUNT;
    IF jsonb_array_length(NEW.tac_keys) NOT BETWEEN 1 AND 4
        OR serving <> 1 + jsonb_array_length(NEW.tac_keys)
    THEN
        RAISE EXCEPTION 'load % is sealed with a key that does not serve', NEW.load_id
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'nfc_topup_seal_is_made_by_serving_keys',
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER nfc_topup_seal_is_made_by_serving_keys BEFORE INSERT ON nfc_topup_loadseal
    FOR EACH ROW EXECUTE FUNCTION nfc_topup_guard_seal_keys();
ALTER TABLE nfc_topup_loadseal ENABLE ALWAYS TRIGGER nfc_topup_seal_is_made_by_serving_keys;

CREATE FUNCTION nfc_topup_guard_load_index() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'load % tells no key index', NEW.id
        USING ERRCODE = 'not_null_violation', COLUMN = 'key_index',
              CONSTRAINT = 'nfc_topup_new_load_has_its_key_index',
              TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
END
$$;
CREATE TRIGGER nfc_topup_new_load_has_its_key_index BEFORE INSERT ON nfc_topup_load
    FOR EACH ROW WHEN (NEW.key_index IS NULL) EXECUTE FUNCTION nfc_topup_guard_load_index();
ALTER TABLE nfc_topup_load ENABLE ALWAYS TRIGGER nfc_topup_new_load_has_its_key_index;
"""

NO_SERVICE = """
DROP TRIGGER nfc_topup_new_load_has_its_key_index ON nfc_topup_load;
DROP FUNCTION nfc_topup_guard_load_index();
DROP TRIGGER nfc_topup_seal_is_made_by_serving_keys ON nfc_topup_loadseal;
DROP FUNCTION nfc_topup_guard_seal_keys();
DROP TRIGGER nfc_topup_key_service_is_guarded ON nfc_topup_cardkey;
DROP FUNCTION nfc_topup_guard_key_service();
"""


class Migration(migrations.Migration):
    dependencies = [("nfc_topup", "0008_versions_in_the_field")]

    operations = [
        migrations.RunSQL(MOVE % "", MOVE % WAITED),
        migrations.RunSQL(FINGERPRINT % ", 'card_byte:' || k.card_byte", FINGERPRINT % ""),
        migrations.RunSQL(SERVICE, NO_SERVICE),
    ]
