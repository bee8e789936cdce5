"""Officers' roles are given and withdrawn by two officers, neither of whom holds them."""

from django.db import migrations, models

LAW = """
CREATE FUNCTION public.accounts_role_print(
    act text, of_person uuid, of_role text, of_pool integer, until timestamptz, of_grant uuid
) RETURNS bytea LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT sha256(convert_to(concat_ws('|', 'role', act, of_person, of_role,
        COALESCE(of_pool::text, 'province'), COALESCE(extract(epoch FROM until)::text, ''),
        COALESCE(of_grant::text, '')), 'UTF8'))
$$;

-- A move of this kind is allowed in a sandbox alone, whose own migration puts it there.
CREATE FUNCTION public.accounts_house_may_grant(new_role text, new_pool integer)
RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM public.accounts_allowed_move WHERE kind = 'role_by_the_house')
        OR (new_role IN ('security_officer', 'administrator') AND new_pool IS NULL
            AND NOT EXISTS (
                SELECT 1 FROM public.accounts_rolegrant AS g
                  JOIN public.accounts_person AS p ON p.id = g.person_id AND p.is_active
                 WHERE g.role = new_role AND g.pool IS NULL
                   AND (g.valid_until IS NULL OR g.valid_until > clock_timestamp())))
$$;

CREATE FUNCTION public.accounts_guard_role() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    word record;
    broken text := 'accounts_role_is_of_two_officers';
    stands boolean;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.role = 'citizen' THEN
            stands := NEW.pool IS NULL AND NEW.approval_id IS NULL;
        ELSIF NEW.approval_id IS NULL THEN
            stands := NEW.granted_by_id IS NULL
                AND public.accounts_house_may_grant(NEW.role, NEW.pool);
        ELSE
            SELECT * INTO word FROM public.accounts_word_of_approval(NEW.approval_id);
            stands := word.purpose = 'role.grant' AND word.checker_role = 'security_officer'
                AND word.maker_id = NEW.granted_by_id
                AND word.maker_id <> NEW.person_id AND word.checker_id <> NEW.person_id
                AND public.accounts_spend_approval(NEW.approval_id, COALESCE(NEW.pool, 0),
                    public.accounts_role_print('grant', NEW.person_id, NEW.role, NEW.pool,
                        NEW.valid_until, NULL)) = 'spent';
        END IF;
        stands := stands AND NEW.ended_by IS NULL;
    ELSIF to_jsonb(OLD) - 'valid_until' - 'ended_by'
          IS DISTINCT FROM to_jsonb(NEW) - 'valid_until' - 'ended_by'
          OR OLD.ended_by IS NOT NULL OR NEW.valid_until IS NULL
          OR NEW.valid_until > OLD.valid_until THEN
        broken := 'accounts_grant_is_kept_and_ends_no_later';
        stands := to_jsonb(OLD) = to_jsonb(NEW);
    ELSIF OLD.role = 'citizen' THEN
        stands := NEW.ended_by IS NULL;
    ELSIF NEW.ended_by IS NULL THEN
        stands := EXISTS (
            SELECT 1 FROM public.accounts_allowed_move WHERE kind = 'role_by_the_house');
    ELSE
        SELECT * INTO word FROM public.accounts_word_of_approval(NEW.ended_by);
        stands := word.purpose = 'role.withdrawal' AND word.checker_role = 'security_officer'
            AND word.maker_id <> OLD.person_id AND word.checker_id <> OLD.person_id
            AND NEW.valid_until > clock_timestamp() - interval '5 minutes'
            AND public.accounts_spend_approval(NEW.ended_by, COALESCE(OLD.pool, 0),
                public.accounts_role_print('withdrawal', OLD.person_id, OLD.role, OLD.pool,
                    NULL, OLD.id)) = 'spent';
    END IF;
    IF stands IS NOT TRUE THEN
        RAISE EXCEPTION 'role % of % does not stand', NEW.role, NEW.person_id
            USING ERRCODE = 'check_violation', CONSTRAINT = broken,
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION public.accounts_house_may_grant(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.accounts_house_may_grant(text, integer) TO gateway_app;
CREATE TRIGGER accounts_role_is_of_two_officers BEFORE INSERT OR UPDATE ON accounts_rolegrant
    FOR EACH ROW EXECUTE FUNCTION accounts_guard_role();
ALTER TABLE accounts_rolegrant ENABLE ALWAYS TRIGGER accounts_role_is_of_two_officers;
"""

NO_LAW = """
DROP TRIGGER accounts_role_is_of_two_officers ON accounts_rolegrant;
DROP FUNCTION public.accounts_guard_role();
DROP FUNCTION public.accounts_house_may_grant(text, integer);
DROP FUNCTION public.accounts_role_print(text, uuid, text, integer, timestamptz, uuid);
"""


class Migration(migrations.Migration):
    """The house grants only the first of the two offices that then grant all others."""

    dependencies = [("accounts", "0017_two_for_a_bank")]

    operations = [
        migrations.AddField("rolegrant", "approval_id", models.UUIDField(null=True, unique=True)),
        migrations.AddField("rolegrant", "ended_by", models.UUIDField(null=True, unique=True)),
        migrations.RunSQL(LAW, NO_LAW),
    ]
