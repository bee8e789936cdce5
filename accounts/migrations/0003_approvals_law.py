"""Four eyes in the database: approvals are frozen when asked, decided by another, spent once."""

from django.db import migrations

from accounts.moves import lifecycle_operations

FROZEN = """
ALTER TABLE accounts_approval ADD CONSTRAINT accounts_approval_fingerprint_has_32_bytes
    CHECK (octet_length(fingerprint) = 32);

CREATE FUNCTION accounts_refuse_other_content() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.maker_id, NEW.checker_role, NEW.purpose, NEW.pool, NEW.content,
        NEW.fingerprint, NEW.asked_at, NEW.expires_at)
       IS DISTINCT FROM
       (OLD.id, OLD.maker_id, OLD.checker_role, OLD.purpose, OLD.pool, OLD.content,
        OLD.fingerprint, OLD.asked_at, OLD.expires_at)
       OR (OLD.decided_at IS NOT NULL
           AND (NEW.checker_id, NEW.decided_at) IS DISTINCT FROM (OLD.checker_id, OLD.decided_at))
       OR (OLD.spent_at IS NOT NULL AND NEW.spent_at IS DISTINCT FROM OLD.spent_at)
    THEN
        RAISE EXCEPTION 'an approval keeps what was asked and decided'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'accounts_approval_content_is_frozen',
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER accounts_approval_content_is_frozen BEFORE UPDATE ON accounts_approval
    FOR EACH ROW EXECUTE FUNCTION accounts_refuse_other_content();
ALTER TABLE accounts_approval ENABLE ALWAYS TRIGGER accounts_approval_content_is_frozen;
CREATE TRIGGER accounts_approval_is_kept BEFORE DELETE OR TRUNCATE ON accounts_approval
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_refuse_change();
ALTER TABLE accounts_approval ENABLE ALWAYS TRIGGER accounts_approval_is_kept;
REVOKE UPDATE, DELETE, TRUNCATE, TRIGGER, REFERENCES ON accounts_approval FROM gateway_app;
"""

NOT_FROZEN = """
GRANT UPDATE ON accounts_approval TO gateway_app;
DROP TRIGGER accounts_approval_is_kept ON accounts_approval;
DROP TRIGGER accounts_approval_content_is_frozen ON accounts_approval;
DROP FUNCTION accounts_refuse_other_content();
ALTER TABLE accounts_approval DROP CONSTRAINT accounts_approval_fingerprint_has_32_bytes;
"""

DECIDE = """
CREATE FUNCTION public.accounts_decide_approval(
    approval_id uuid, checker uuid, verdict text, moment timestamptz
) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    asked public.accounts_approval;
BEGIN
    IF $3 NOT IN ('approved', 'refused') THEN
        RAISE EXCEPTION 'a verdict is approved or refused' USING ERRCODE = 'check_violation';
    END IF;
    SELECT * INTO asked FROM public.accounts_approval AS a WHERE a.id = $1 FOR UPDATE;
    IF NOT FOUND THEN RETURN 'unknown'; END IF;
    IF asked.maker_id = $2 THEN RETURN 'maker_is_checker'; END IF;
    IF asked.state = $3 AND asked.checker_id = $2 THEN RETURN 'again'; END IF;
    IF asked.state = 'expired' THEN RETURN 'expired'; END IF;
    IF asked.state <> 'asked' THEN RETURN 'decided'; END IF;
    IF asked.expires_at <= $4 THEN RETURN 'expired'; END IF;
    PERFORM 1 FROM public.accounts_person AS p WHERE p.id = $2 AND p.is_active;
    IF NOT FOUND THEN RETURN 'not_allowed'; END IF;
    PERFORM 1 FROM public.accounts_rolegrant AS g
      WHERE g.person_id = $2 AND g.role = asked.checker_role
        AND (g.pool IS NULL OR g.pool = asked.pool)
        AND g.valid_from <= $4 AND (g.valid_until IS NULL OR g.valid_until > $4);
    IF NOT FOUND THEN RETURN 'not_allowed'; END IF;
    UPDATE public.accounts_approval AS a
       SET state = $3, checker_id = $2, decided_at = $4 WHERE a.id = $1;
    INSERT INTO public.accounts_transition
        (kind, subject_id, from_state, to_state, actor_kind, actor_id, because, moved_at)
    VALUES ('approval', $1, 'asked', $3, 'officer', $2::text, asked.purpose, $4);
    RETURN 'done';
END
$$;
"""

SPEND = """
CREATE FUNCTION public.accounts_spend_approval(approval_id uuid, pool integer, fingerprint bytea)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    asked public.accounts_approval;
    moment timestamptz := clock_timestamp();
BEGIN
    SELECT * INTO asked FROM public.accounts_approval AS a WHERE a.id = $1 FOR UPDATE;
    IF NOT FOUND THEN RETURN 'unknown'; END IF;
    IF asked.state = 'spent' THEN RETURN 'already_spent'; END IF;
    IF asked.state = 'expired' THEN RETURN 'expired'; END IF;
    IF asked.state <> 'approved' THEN RETURN 'not_approved'; END IF;
    IF asked.expires_at <= moment THEN RETURN 'expired'; END IF;
    IF $2 IS NULL OR $3 IS NULL OR asked.pool <> $2 OR asked.fingerprint <> $3 THEN
        RETURN 'other_content';
    END IF;
    UPDATE public.accounts_approval AS a SET state = 'spent', spent_at = moment WHERE a.id = $1;
    INSERT INTO public.accounts_transition
        (kind, subject_id, from_state, to_state, actor_kind, actor_id, because, moved_at)
    VALUES ('approval', $1, 'approved', 'spent', 'system', 'system', asked.purpose, moment);
    RETURN 'spent';
END
$$;
"""

EXPIRE = """
CREATE FUNCTION public.accounts_expire_approvals(at_most integer)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    moment timestamptz := clock_timestamp();
    late public.accounts_approval;
    expired integer := 0;
BEGIN
    FOR late IN
        SELECT * FROM public.accounts_approval AS a
         WHERE a.state IN ('asked', 'approved') AND a.expires_at <= moment
         ORDER BY a.id LIMIT $1 FOR UPDATE SKIP LOCKED
    LOOP
        UPDATE public.accounts_approval AS a SET state = 'expired' WHERE a.id = late.id;
        INSERT INTO public.accounts_transition
            (kind, subject_id, from_state, to_state, actor_kind, actor_id, because, moved_at)
        VALUES ('approval', late.id, late.state, 'expired', 'system', 'system', late.purpose,
                moment);
        expired := expired + 1;
    END LOOP;
    RETURN expired;
END
$$;
"""

EXECUTE = """
REVOKE ALL ON FUNCTION public.accounts_decide_approval(uuid, uuid, text, timestamptz) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.accounts_spend_approval(uuid, integer, bytea) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.accounts_expire_approvals(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.accounts_decide_approval(uuid, uuid, text, timestamptz)
    TO gateway_app;
GRANT EXECUTE ON FUNCTION public.accounts_spend_approval(uuid, integer, bytea) TO ledger_owner;
GRANT EXECUTE ON FUNCTION public.accounts_expire_approvals(integer) TO gateway_app;
"""

NO_FUNCTIONS = """
DROP FUNCTION public.accounts_expire_approvals(integer);
DROP FUNCTION public.accounts_spend_approval(uuid, integer, bytea);
DROP FUNCTION public.accounts_decide_approval(uuid, uuid, text, timestamptz);
"""

MOVES = {
    "asked": {"approved", "refused", "expired"},
    "approved": {"spent", "expired"},
    "refused": set(),
    "expired": set(),
    "spent": set(),
}


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_law")]

    operations = [
        *lifecycle_operations("approval", "accounts_approval", MOVES),
        migrations.RunSQL(FROZEN, NOT_FROZEN),
        migrations.RunSQL(DECIDE + SPEND + EXPIRE + EXECUTE, NO_FUNCTIONS),
    ]
