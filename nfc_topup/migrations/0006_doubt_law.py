"""A doubt ends by a proof or by two officers, whoever speaks SQL; guards keep what they counted."""

from django.db import migrations

from accounts.moves import append_only_operations, lifecycle_operations

DIGEST = """
CREATE FUNCTION public.nfc_topup_evidence_digest(of_load uuid)
RETURNS bytea LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT sha256(convert_to(concat_ws(E'\\n',
        (SELECT concat_ws('|', l.id, l.order_id, l.application_id, l.amount_fen, l.terminal,
                          l.profile_name, l.counter, l.tac, l.contradicted_at IS NOT NULL)
           FROM public.nfc_topup_load AS l WHERE l.id = of_load),
        (SELECT concat_ws('|', s.counter, s.card_random, s.balance_raw, s.mac1, s.digits, s.mac2)
           FROM public.nfc_topup_loadseal AS s WHERE s.load_id = of_load),
        (SELECT string_agg(concat_ws('|', c.id, c.answer), ',' ORDER BY c.id)
           FROM public.nfc_topup_challenge AS c WHERE c.application_id =
                (SELECT l.application_id FROM public.nfc_topup_load AS l WHERE l.id = of_load)),
        (SELECT string_agg(concat_ws('|', g.id, g.counter, g.balance_fen, g.proof), ','
                           ORDER BY g.id)
           FROM public.nfc_topup_sighting AS g WHERE g.application_id =
                (SELECT l.application_id FROM public.nfc_topup_load AS l WHERE l.id = of_load)),
        (SELECT string_agg(concat_ws('|', p.id, p.said, p.verifies), ',' ORDER BY p.id)
           FROM public.nfc_topup_proofattempt AS p WHERE p.load_id = of_load),
        (SELECT string_agg(concat_ws('|', i.id, i.outcome, i.reason, i.answers::text), ','
                           ORDER BY i.id)
           FROM public.nfc_topup_inquiry AS i
          WHERE i.load_id = of_load AND i.state = 'answered')
    ), 'UTF8'))
$$;

CREATE FUNCTION public.nfc_topup_decision_fingerprint(of_load uuid, verdict text, reason text)
RETURNS bytea LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT sha256(convert_to(concat_ws('|', 'load_decision', of_load, verdict,
        encode(public.nfc_topup_evidence_digest(of_load), 'hex'), reason), 'UTF8'))
$$;

CREATE FUNCTION public.nfc_topup_lift_fingerprint(of_lock uuid)
RETURNS bytea LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT sha256(convert_to(concat_ws('|', 'load_lock_lifted', k.id, k.scope, k.application_id,
        k.actor_kind, k.actor_id, k.pool), 'UTF8'))
      FROM public.nfc_topup_lock AS k WHERE k.id = of_lock
$$;
"""

NO_DIGEST = """
DROP FUNCTION public.nfc_topup_lift_fingerprint(uuid);
DROP FUNCTION public.nfc_topup_decision_fingerprint(uuid, text, text);
DROP FUNCTION public.nfc_topup_evidence_digest(uuid);
"""

SPENDING = """
CREATE FUNCTION public.nfc_topup_carry_out(the_decision uuid)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    decided public.nfc_topup_decision;
    print bytea;
    said text;
BEGIN
    SELECT * INTO decided FROM public.nfc_topup_decision AS d WHERE d.id = $1 FOR UPDATE;
    IF NOT FOUND THEN RETURN 'unknown'; END IF;
    IF decided.carried_out_at IS NOT NULL THEN RETURN 'already_spent'; END IF;
    PERFORM 1 FROM public.nfc_topup_load AS l
      WHERE l.id = decided.load_id AND l.state IN ('sealed', 'in_doubt') FOR UPDATE;
    IF NOT FOUND THEN RETURN 'resolved'; END IF;
    print := public.nfc_topup_decision_fingerprint(
        decided.load_id, decided.verdict, decided.reason);
    IF print <> decided.fingerprint THEN RETURN 'other_evidence'; END IF;
    said := public.accounts_spend_approval(decided.approval_id, decided.pool, print);
    IF said <> 'spent' THEN RETURN said; END IF;
    UPDATE public.nfc_topup_decision AS d SET carried_out_at = clock_timestamp() WHERE d.id = $1;
    RETURN 'spent';
END
$$;

CREATE FUNCTION public.nfc_topup_lift_lock(the_lock uuid, approval uuid, moment timestamptz)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    shut public.nfc_topup_lock;
    said text;
BEGIN
    SELECT * INTO shut FROM public.nfc_topup_lock AS k WHERE k.id = $1 FOR UPDATE;
    IF NOT FOUND THEN RETURN 'unknown'; END IF;
    IF shut.state <> 'active' THEN RETURN 'already_spent'; END IF;
    said := public.accounts_spend_approval(
        approval, shut.pool, public.nfc_topup_lift_fingerprint($1));
    IF said <> 'spent' THEN RETURN said; END IF;
    UPDATE public.nfc_topup_lock AS k
       SET state = 'lifted', lifted_at = moment, lifted_by_approval = approval WHERE k.id = $1;
    RETURN 'spent';
END
$$;

REVOKE ALL ON FUNCTION public.nfc_topup_carry_out(uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.nfc_topup_lift_lock(uuid, uuid, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.nfc_topup_carry_out(uuid) TO gateway_app;
GRANT EXECUTE ON FUNCTION public.nfc_topup_lift_lock(uuid, uuid, timestamptz) TO gateway_app;

REVOKE UPDATE, DELETE, TRUNCATE, TRIGGER, REFERENCES
    ON nfc_topup_decision, nfc_topup_lock FROM gateway_app;
REVOKE DELETE, TRUNCATE ON nfc_topup_incident FROM gateway_app;

CREATE FUNCTION public.nfc_topup_begin_undecided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.carried_out_at IS NOT NULL OR octet_length(NEW.fingerprint) <> 32 THEN
        RAISE EXCEPTION 'a decision begins as a proposal'
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'nfc_topup_decision_begins_as_a_proposal',
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER nfc_topup_decision_begins_as_a_proposal BEFORE INSERT ON nfc_topup_decision
    FOR EACH ROW EXECUTE FUNCTION nfc_topup_begin_undecided();
CREATE TRIGGER nfc_topup_decision_keeps_what_was_proposed BEFORE UPDATE ON nfc_topup_decision
    FOR EACH ROW EXECUTE FUNCTION nfc_topup_keep_content('carried_out_at');
CREATE TRIGGER nfc_topup_lock_keeps_whom_it_shuts BEFORE UPDATE ON nfc_topup_lock
    FOR EACH ROW EXECUTE FUNCTION nfc_topup_keep_content(
        'state', 'lifted_at', 'lifted_by_approval');
CREATE TRIGGER nfc_topup_incident_keeps_its_facts BEFORE UPDATE ON nfc_topup_incident
    FOR EACH ROW EXECUTE FUNCTION nfc_topup_keep_content(
        'state', 'explanation', 'explained_by', 'explained_at', 'closed_by', 'closed_at');
"""

NO_SPENDING = """
DROP TRIGGER nfc_topup_incident_keeps_its_facts ON nfc_topup_incident;
DROP TRIGGER nfc_topup_lock_keeps_whom_it_shuts ON nfc_topup_lock;
DROP TRIGGER nfc_topup_decision_keeps_what_was_proposed ON nfc_topup_decision;
DROP TRIGGER nfc_topup_decision_begins_as_a_proposal ON nfc_topup_decision;
DROP FUNCTION public.nfc_topup_begin_undecided();
GRANT UPDATE, DELETE ON nfc_topup_decision, nfc_topup_lock TO gateway_app;
GRANT DELETE ON nfc_topup_incident TO gateway_app;
DROP FUNCTION public.nfc_topup_lift_lock(uuid, uuid, timestamptz);
DROP FUNCTION public.nfc_topup_carry_out(uuid);
"""

ENDS = """
CREATE FUNCTION nfc_topup_guard_end() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    grounds boolean;
BEGIN
    grounds := CASE NEW.ended_by
        WHEN 'credit' THEN NEW.state = 'loaded' AND EXISTS (
            SELECT 1 FROM public.nfc_topup_proofattempt AS p
             WHERE p.load_id = NEW.id AND p.verifies AND p.tac = NEW.tac)
        WHEN 'prove' THEN NEW.state = 'loaded' AND NEW.tac <> '' AND EXISTS (
            SELECT 1 FROM public.nfc_topup_inquiry AS i
             WHERE i.load_id = NEW.id AND i.state = 'answered' AND i.reason = 'tac_verifies')
        WHEN 'counter' THEN NEW.state = 'loaded' AND EXISTS (
            SELECT 1 FROM public.nfc_topup_inquiry AS i
             WHERE i.load_id = NEW.id AND i.state = 'answered' AND i.reason = 'counter_one_on')
        WHEN 'fresh_mac1' THEN NEW.state = 'not_loaded' AND EXISTS (
            SELECT 1 FROM public.nfc_topup_inquiry AS i
             WHERE i.load_id = NEW.id AND i.state = 'answered' AND i.reason = 'counter_same')
        WHEN 'officers' THEN EXISTS (
            SELECT 1 FROM public.nfc_topup_decision AS d
             WHERE d.load_id = NEW.id AND d.verdict = NEW.state AND d.carried_out_at IS NOT NULL)
        ELSE false
    END;
    IF grounds IS NOT TRUE THEN
        RAISE EXCEPTION 'load % ends as % by neither proof nor two officers', NEW.id, NEW.state
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'nfc_topup_load_ends_by_proof_or_two_officers',
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER nfc_topup_load_ends_by_proof_or_two_officers BEFORE UPDATE ON nfc_topup_load
    FOR EACH ROW
    WHEN (NEW.state IN ('loaded', 'not_loaded') AND OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION nfc_topup_guard_end();
ALTER TABLE nfc_topup_load ENABLE ALWAYS TRIGGER nfc_topup_load_ends_by_proof_or_two_officers;

CREATE FUNCTION nfc_topup_guard_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM public.nfc_topup_load AS l
                WHERE l.order_id = NEW.order_id AND l.id <> NEW.id
                  AND l.state = 'not_loaded' AND l.contradicted_at IS NOT NULL)
    THEN
        RAISE EXCEPTION 'order % is on a card already', NEW.order_id
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'nfc_topup_credited_order_is_not_sealed_again',
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER nfc_topup_credited_order_is_not_sealed_again BEFORE UPDATE ON nfc_topup_load
    FOR EACH ROW WHEN (NEW.state = 'sealed' AND OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION nfc_topup_guard_order();
ALTER TABLE nfc_topup_load ENABLE ALWAYS TRIGGER nfc_topup_credited_order_is_not_sealed_again;

CREATE FUNCTION nfc_topup_guard_answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what a card answered is never changed'
        USING ERRCODE = 'restrict_violation',
              CONSTRAINT = 'nfc_topup_answered_inquiry_is_never_changed',
              TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
END
$$;
CREATE TRIGGER nfc_topup_answered_inquiry_is_never_changed BEFORE UPDATE ON nfc_topup_inquiry
    FOR EACH ROW WHEN (OLD.state = 'answered') EXECUTE FUNCTION nfc_topup_guard_answer();
ALTER TABLE nfc_topup_inquiry ENABLE ALWAYS TRIGGER nfc_topup_answered_inquiry_is_never_changed;
"""

NO_ENDS = """
DROP TRIGGER nfc_topup_answered_inquiry_is_never_changed ON nfc_topup_inquiry;
DROP FUNCTION nfc_topup_guard_answer();
DROP TRIGGER nfc_topup_credited_order_is_not_sealed_again ON nfc_topup_load;
DROP FUNCTION nfc_topup_guard_order();
DROP TRIGGER nfc_topup_load_ends_by_proof_or_two_officers ON nfc_topup_load;
DROP FUNCTION nfc_topup_guard_end();
"""

LOCK = {"active": {"lifted"}, "lifted": set()}
INCIDENT = {"open": {"explained"}, "explained": {"closed"}, "closed": set()}


class Migration(migrations.Migration):
    dependencies = [("nfc_topup", "0005_doubt"), ("accounts", "0003_approvals_law")]

    operations = [
        *append_only_operations("nfc_topup_proofattempt"),
        *append_only_operations("nfc_topup_explanation"),
        *lifecycle_operations("load_lock", "nfc_topup_lock", LOCK),
        *lifecycle_operations("card_incident", "nfc_topup_incident", INCIDENT),
        migrations.RunSQL(DIGEST, NO_DIGEST),
        migrations.RunSQL(SPENDING, NO_SPENDING),
        migrations.RunSQL(ENDS, NO_ENDS),
    ]
