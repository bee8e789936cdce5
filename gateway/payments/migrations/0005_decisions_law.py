"""Lets the database know what officers may decide, keep what was decided, and spend it once."""

from django.db import migrations

from accounts.moves import lifecycle_operations

REFUND = {
    "asked": {"sent", "done", "abnormal"},
    "sent": {"done", "abnormal"},
    "abnormal": {"done", "asked", "withdrawn"},
    "done": set[str](),
    "withdrawn": set[str](),
}
NOTICE = {
    "received": {"applied", "parked", "refused"},
    "parked": {"applied", "dismissed"},
    "applied": set[str](),
    "refused": set[str](),
    "dismissed": set[str](),
}
DISAGREEMENT = {"open": {"explained"}, "explained": set[str]()}
DECISION = {
    "proposed": {"done", "refused", "stale"},
    "done": set[str](),
    "refused": set[str](),
    "stale": set[str](),
}

KEPT = """
CREATE FUNCTION payments_keep_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(OLD) - 'state' IS DISTINCT FROM to_jsonb(NEW) - 'state' THEN
        RAISE EXCEPTION 'only the state of a row in % moves', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'payments_decision_is_kept_as_it_was_made';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_decision_is_kept_as_it_was_made BEFORE UPDATE ON payments_decision
    FOR EACH ROW EXECUTE FUNCTION payments_keep_decision();
CREATE TRIGGER payments_disagreement_is_kept_as_it_was_made BEFORE UPDATE ON payments_disagreement
    FOR EACH ROW EXECUTE FUNCTION payments_keep_decision();
ALTER TABLE payments_decision ENABLE ALWAYS TRIGGER payments_decision_is_kept_as_it_was_made;
ALTER TABLE payments_disagreement
    ENABLE ALWAYS TRIGGER payments_disagreement_is_kept_as_it_was_made;
REVOKE DELETE, TRUNCATE ON payments_decision, payments_disagreement FROM gateway_app;
"""
NOT_KEPT = """
GRANT DELETE ON payments_decision, payments_disagreement TO gateway_app;
DROP TRIGGER payments_disagreement_is_kept_as_it_was_made ON payments_disagreement;
DROP TRIGGER payments_decision_is_kept_as_it_was_made ON payments_decision;
DROP FUNCTION payments_keep_decision();
"""

# A decision that books nothing spends its approval here: only its own, which bears its id.
SPEND = """
CREATE FUNCTION public.payments_spend_approval(decision uuid, pool integer, fingerprint bytea)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM public.payments_decision AS d
      WHERE d.id = $1 AND d.pool = $2 AND d.state = 'proposed' FOR UPDATE;
    IF NOT FOUND THEN RETURN 'unknown'; END IF;
    RETURN public.accounts_spend_approval($1, $2, $3);
END
$$;
REVOKE ALL ON FUNCTION public.payments_spend_approval(uuid, integer, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.payments_spend_approval(uuid, integer, bytea) TO gateway_app;
"""
NO_SPENDING = "DROP FUNCTION public.payments_spend_approval(uuid, integer, bytea);"


class Migration(migrations.Migration):
    dependencies = [("payments", "0004_decisions"), ("accounts", "0003_approvals_law")]

    operations = [
        *lifecycle_operations("refund", "payments_refund", REFUND),
        *lifecycle_operations("notice", "payments_notice", NOTICE),
        *lifecycle_operations("disagreement", "payments_disagreement", DISAGREEMENT),
        *lifecycle_operations("decision", "payments_decision", DECISION),
        migrations.RunSQL(KEPT, NOT_KEPT),
        migrations.RunSQL(SPEND, NO_SPENDING),
    ]
