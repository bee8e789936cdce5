"""Contracts and folders rest on the approval they were put under, and are never deleted."""

from django.db import migrations, models

LAW = """
CREATE FUNCTION public.bank_line_check_terms() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    word record;
    was text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        was := OLD.approval_id::text;
    END IF;
    SELECT * INTO word FROM public.accounts_word_of_approval(NEW.approval_id);
    IF word.id IS NULL OR word.purpose <> TG_ARGV[0]
       OR word.checker_role <> 'finance_officer'
       OR (TG_ARGV[0] = 'bank_line.mailbox' AND word.pool <> 0)
       OR word.content -> 'after' IS DISTINCT FROM to_jsonb(NEW) - 'approval_id'
       OR word.content ->> 'replaces' IS DISTINCT FROM was
       OR (TG_OP = 'UPDATE' AND OLD.id <> NEW.id)
       OR public.accounts_spend_approval(NEW.approval_id, word.pool, word.fingerprint) <> 'spent'
    THEN
        RAISE EXCEPTION 'the bank line refuses: %', TG_NAME
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION public.bank_line_check_terms() FROM PUBLIC;

-- The pool whose officers decide on a contract is that of the account it pays from.
CREATE FUNCTION public.bank_line_check_pool() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    word record;
BEGIN
    SELECT * INTO word FROM public.accounts_word_of_approval(NEW.approval_id);
    PERFORM FROM public.payments_merchant_account m
      WHERE m.id = NEW.merchant_id AND m.channel = NEW.bank AND m.pool = word.pool;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the bank line refuses: %', TG_NAME
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bank_line_contract_is_of_its_pool BEFORE INSERT OR UPDATE ON bank_line_bankcontract
    FOR EACH ROW EXECUTE FUNCTION public.bank_line_check_pool();
ALTER TABLE bank_line_bankcontract ENABLE ALWAYS TRIGGER bank_line_contract_is_of_its_pool;

CREATE FUNCTION public.bank_line_keep() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END $$;
""" + "".join(
    f"""
CREATE TRIGGER bank_line_{name}_rests_on_its_approval BEFORE INSERT OR UPDATE ON bank_line_{table}
    FOR EACH ROW EXECUTE FUNCTION public.bank_line_check_terms('bank_line.{name}');
ALTER TABLE bank_line_{table} ENABLE ALWAYS TRIGGER bank_line_{name}_rests_on_its_approval;
CREATE TRIGGER bank_line_{name}_is_kept BEFORE DELETE OR TRUNCATE ON bank_line_{table}
    FOR EACH STATEMENT EXECUTE FUNCTION public.bank_line_keep();
ALTER TABLE bank_line_{table} ENABLE ALWAYS TRIGGER bank_line_{name}_is_kept;
REVOKE DELETE, TRUNCATE, TRIGGER, REFERENCES ON bank_line_{table} FROM gateway_app;
"""
    for name, table in (("contract", "bankcontract"), ("mailbox", "mailbox"))
)
NO_LAW = (
    """
DROP TRIGGER bank_line_contract_is_of_its_pool ON bank_line_bankcontract;
DROP FUNCTION public.bank_line_check_pool();
"""
    + "".join(
        f"""
DROP TRIGGER bank_line_{name}_rests_on_its_approval ON bank_line_{table};
DROP TRIGGER bank_line_{name}_is_kept ON bank_line_{table};
GRANT DELETE ON bank_line_{table} TO gateway_app;
"""
        for name, table in (("contract", "bankcontract"), ("mailbox", "mailbox"))
    )
    + """
DROP FUNCTION public.bank_line_check_terms();
DROP FUNCTION public.bank_line_keep();
"""
)


class Migration(migrations.Migration):
    dependencies = [
        ("bank_line", "0003_suspended_banks"),
        ("accounts", "0014_word_of_an_approval"),
        ("payments", "0010_abnormal_refunds"),
    ]

    operations = [
        *(
            migrations.AddField(
                model_name=model,
                name="approval_id",
                field=models.UUIDField(null=True, unique=True),
            )
            for model in ("bankcontract", "mailbox")
        ),
        migrations.RunSQL(LAW, NO_LAW),
    ]
