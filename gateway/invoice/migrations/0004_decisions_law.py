"""What people decide of an invoice rests on two people's word over this very content.

A decision bears its approval's id and is held against what was frozen in it; it is done by spending
that approval, once. While it may still be decided nobody says it in other words.
"""

from django.db import migrations

from accounts.moves import lifecycle_operations

DECISION = {"asked": {"done", "refused"}, "done": set[str](), "refused": set[str]()}
LAW = """
CREATE FUNCTION public.invoice_check_decision() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    word record;
    its_pool integer;
BEGIN
    IF TG_OP = 'UPDATE' AND (
        to_jsonb(OLD) - ARRAY['state', 'checker_id'] IS DISTINCT FROM
        to_jsonb(NEW) - ARRAY['state', 'checker_id']
        OR OLD.state <> 'asked' OR NEW.state = 'asked'
        OR (NEW.state = 'refused' AND NEW.checker_id IS NOT NULL)
    ) THEN
        RAISE EXCEPTION 'a decision is kept as it was made' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'invoice_decision_is_kept_as_it_was_made';
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.state = 'refused' THEN RETURN NEW; END IF;
    SELECT i.pool INTO its_pool FROM public.invoice_invoice AS i WHERE i.id = NEW.invoice_id;
    SELECT * INTO word FROM public.accounts_word_of_approval(NEW.id);
    IF word.id IS NULL OR word.purpose <> 'invoice.decision' OR word.pool <> its_pool
       OR word.maker_id <> NEW.maker_id OR word.checker_role <> 'finance_officer'
       OR word.content ->> 'invoice_id' IS DISTINCT FROM NEW.invoice_id::text
       OR word.content ->> 'choice' IS DISTINCT FROM NEW.choice
       OR word.content ->> 'invoice_no' IS DISTINCT FROM NEW.invoice_no
       OR word.content ->> 'was' IS DISTINCT FROM NEW.was
       OR (TG_OP = 'INSERT' AND (word.state <> 'asked' OR NEW.checker_id IS NOT NULL))
       OR (TG_OP = 'UPDATE' AND (word.checker_id IS DISTINCT FROM NEW.checker_id
           OR public.accounts_spend_approval(NEW.id, its_pool, word.fingerprint) <> 'spent')) THEN
        RAISE EXCEPTION 'a decision has its approval' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'invoice_decision_has_its_approval';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION public.invoice_check_decision() FROM PUBLIC;
CREATE TRIGGER invoice_decision_is_lawful BEFORE INSERT OR UPDATE ON public.invoice_decision
    FOR EACH ROW EXECUTE FUNCTION public.invoice_check_decision();
ALTER TABLE public.invoice_decision ENABLE ALWAYS TRIGGER invoice_decision_is_lawful;
REVOKE DELETE, TRUNCATE ON public.invoice_decision FROM gateway_app;
"""
NO_LAW = """
GRANT DELETE ON public.invoice_decision TO gateway_app;
DROP TRIGGER invoice_decision_is_lawful ON public.invoice_decision;
DROP FUNCTION public.invoice_check_decision();
"""


class Migration(migrations.Migration):
    """The lifecycle of decisions, and two people behind each."""

    dependencies = [("invoice", "0003_decisions"), ("accounts", "0014_word_of_an_approval")]
    operations = [
        *lifecycle_operations("invoice_decision", "invoice_decision", DECISION),
        migrations.RunSQL(LAW, NO_LAW),
    ]
