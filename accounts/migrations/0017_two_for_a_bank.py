"""A partner bank is suspended, taken up again or closed by two officers, whoever writes the row."""

from django.db import migrations, models

LAW = """
CREATE FUNCTION public.accounts_partner_bank_fingerprint(
    bank public.accounts_partnerbank, to_state text
) RETURNS bytea LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT sha256(convert_to(concat_ws('|', 'partner_bank', bank.id, bank.code, bank.state,
        COALESCE(bank.decision_id::text, ''), to_state), 'UTF8'))
$$;

CREATE FUNCTION public.accounts_print_of_partner_bank(of_bank uuid, to_state text)
RETURNS bytea LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT public.accounts_partner_bank_fingerprint(b, to_state)
      FROM public.accounts_partnerbank AS b WHERE b.id = of_bank
$$;

CREATE FUNCTION public.accounts_guard_partner_bank() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    word record;
    said text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.decision_id IS NOT NULL THEN
            RAISE EXCEPTION 'bank % begins undecided', NEW.code
                USING ERRCODE = 'check_violation',
                      CONSTRAINT = 'accounts_partner_bank_moves_by_two',
                      TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.code, NEW.added_at) IS DISTINCT FROM (OLD.id, OLD.code, OLD.added_at) THEN
        RAISE EXCEPTION 'bank % stays the bank it is', OLD.code
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'accounts_partner_bank_is_kept',
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    IF NEW.state IS NOT DISTINCT FROM OLD.state
       AND NEW.decision_id IS NOT DISTINCT FROM OLD.decision_id THEN
        RETURN NEW;
    END IF;
    SELECT * INTO word FROM public.accounts_word_of_approval(NEW.decision_id);
    said := CASE
        WHEN word.id IS NULL THEN 'unknown'
        WHEN word.checker_role <> 'finance_officer'
             OR word.purpose IS DISTINCT FROM CASE NEW.state
                 WHEN 'suspended' THEN 'partner_bank.suspension'
                 WHEN 'active' THEN 'partner_bank.resumption'
                 ELSE 'partner_bank.closing' END
            THEN 'other_content'
        ELSE public.accounts_spend_approval(NEW.decision_id, 0,
                 public.accounts_partner_bank_fingerprint(OLD, NEW.state))
        END;
    IF said <> 'spent' THEN
        RAISE EXCEPTION 'bank % does not move to % by two officers: %', OLD.code, NEW.state, said
            USING ERRCODE = 'check_violation', CONSTRAINT = 'accounts_partner_bank_moves_by_two',
                  DETAIL = said, TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    RETURN NEW;
END
$$;

-- What is no partner bank serves: other channels have no row here.
CREATE FUNCTION public.accounts_bank_serves(bank_code text)
RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT NOT EXISTS (SELECT 1 FROM public.accounts_partnerbank AS b
                        WHERE b.code = bank_code AND b.state <> 'active')
$$;
-- Whoever suspends it meanwhile waits until the caller's transaction is over.
CREATE FUNCTION public.accounts_bank_keeps_serving(bank_id uuid)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM public.accounts_partnerbank AS b
      WHERE b.id = bank_id AND b.state = 'active' FOR SHARE;
    RETURN FOUND;
END
$$;
REVOKE ALL ON FUNCTION public.accounts_bank_serves(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.accounts_bank_keeps_serving(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.accounts_bank_serves(text) TO gateway_app;
GRANT EXECUTE ON FUNCTION public.accounts_bank_keeps_serving(uuid) TO gateway_app;
CREATE TRIGGER accounts_partner_bank_moves_by_two BEFORE INSERT OR UPDATE ON accounts_partnerbank
    FOR EACH ROW EXECUTE FUNCTION accounts_guard_partner_bank();
ALTER TABLE accounts_partnerbank ENABLE ALWAYS TRIGGER accounts_partner_bank_moves_by_two;
"""

NO_LAW = """
DROP TRIGGER accounts_partner_bank_moves_by_two ON accounts_partnerbank;
DROP FUNCTION public.accounts_bank_keeps_serving(uuid);
DROP FUNCTION public.accounts_bank_serves(text);
DROP FUNCTION public.accounts_guard_partner_bank();
DROP FUNCTION public.accounts_print_of_partner_bank(uuid, text);
DROP FUNCTION public.accounts_partner_bank_fingerprint(public.accounts_partnerbank, text);
"""


class Migration(migrations.Migration):
    """Each decision spends an approval over this bank, as it stands, and where it goes."""

    dependencies = [("accounts", "0016_renewed")]

    operations = [
        migrations.AddField("partnerbank", "decision_id", models.UUIDField(null=True)),
        migrations.RunSQL(LAW, NO_LAW),
    ]
