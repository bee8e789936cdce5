"""A custody account is registered, changed and closed by two officers, and never deleted."""

from django.db import migrations, models

LAW = """
CREATE FUNCTION public.custody_bank_check_account() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    word record;
    was text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        was := OLD.approval_id::text;
    END IF;
    SELECT * INTO word FROM public.accounts_word_of_approval(NEW.approval_id);
    IF word.id IS NULL OR word.purpose <> 'custody.account' OR word.pool <> NEW.pool
       OR word.checker_role <> 'finance_officer'
       OR word.content -> 'after' IS DISTINCT FROM to_jsonb(NEW) - 'approval_id'
       OR word.content ->> 'replaces' IS DISTINCT FROM was
       OR (TG_OP = 'INSERT' AND NEW.closed_on IS NOT NULL)
       OR (TG_OP = 'UPDATE' AND (OLD.closed_on IS NOT NULL
           OR (OLD.id, OLD.pool, OLD.bank_id, OLD.account_no, OLD.use, OLD.opened_on)
              IS DISTINCT FROM
              (NEW.id, NEW.pool, NEW.bank_id, NEW.account_no, NEW.use, NEW.opened_on)))
       OR public.accounts_spend_approval(NEW.approval_id, word.pool, word.fingerprint) <> 'spent'
    THEN
        PERFORM public.custody_bank_refuse(TG_NAME);
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION public.custody_bank_check_account() FROM PUBLIC;
CREATE TRIGGER custody_bank_account_rests_on_two BEFORE INSERT OR UPDATE
    ON custody_bank_custodyaccount
    FOR EACH ROW EXECUTE FUNCTION public.custody_bank_check_account();
ALTER TABLE custody_bank_custodyaccount ENABLE ALWAYS TRIGGER custody_bank_account_rests_on_two;

-- A reserve account is closed with nothing on the book and nothing on its way.
CREATE FUNCTION public.custody_bank_check_empty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM ledger.account a CROSS JOIN LATERAL ledger.totals(a.pool, a.id) x
      WHERE a.pool = NEW.pool AND a.kind = 1002 AND a.owner = NEW.id::text
        AND x.debit_posted <> x.credit_posted;
    IF NOT FOUND THEN
        PERFORM FROM public.custody_bank_instruction i
          WHERE i.account_id = NEW.id AND i.state IN ('asked', 'ready', 'sent');
    END IF;
    IF FOUND THEN
        PERFORM public.custody_bank_refuse(TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER custody_bank_account_is_closed_empty BEFORE UPDATE ON custody_bank_custodyaccount
    FOR EACH ROW WHEN (NEW.closed_on IS NOT NULL AND NEW.use = 'reserve')
    EXECUTE FUNCTION public.custody_bank_check_empty();
ALTER TABLE custody_bank_custodyaccount ENABLE ALWAYS TRIGGER custody_bank_account_is_closed_empty;

CREATE FUNCTION custody_bank_keep_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM custody_bank_refuse(TG_NAME);
    RETURN NULL;
END $$;
CREATE TRIGGER custody_bank_account_is_kept BEFORE DELETE OR TRUNCATE
    ON custody_bank_custodyaccount
    FOR EACH STATEMENT EXECUTE FUNCTION custody_bank_keep_accounts();
ALTER TABLE custody_bank_custodyaccount ENABLE ALWAYS TRIGGER custody_bank_account_is_kept;
REVOKE DELETE, TRUNCATE, TRIGGER, REFERENCES ON custody_bank_custodyaccount FROM gateway_app;
"""
NO_LAW = """
DROP TRIGGER custody_bank_account_rests_on_two ON custody_bank_custodyaccount;
DROP TRIGGER custody_bank_account_is_closed_empty ON custody_bank_custodyaccount;
DROP TRIGGER custody_bank_account_is_kept ON custody_bank_custodyaccount;
DROP FUNCTION public.custody_bank_check_account();
DROP FUNCTION public.custody_bank_check_empty();
DROP FUNCTION custody_bank_keep_accounts();
GRANT DELETE ON custody_bank_custodyaccount TO gateway_app;
"""


class Migration(migrations.Migration):
    """Accounts of before stay as they are, without an approval, until somebody changes them."""

    dependencies = [
        ("custody_bank", "0010_endings_law"),
        ("accounts", "0014_word_of_an_approval"),
        ("reserve_funds", "0014_gone_understood"),
    ]

    operations = [
        migrations.AddField(
            model_name="custodyaccount",
            name="approval_id",
            field=models.UUIDField(null=True, unique=True),
        ),
        migrations.RunSQL(LAW, NO_LAW),
    ]
