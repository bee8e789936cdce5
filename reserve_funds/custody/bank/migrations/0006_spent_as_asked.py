"""An outflow's approval is spent only with its request as a whole; a sweep leaves what is owed."""

from django.db import migrations

# Looked at when the transaction ends: whoever spends the word of two officers on the book has moved
# the request and every instruction of it too, past the checks those moves meet. Only approvals of
# outflows are looked at: no other posting of the book waits for this.
SPENT = """
CREATE FUNCTION public.custody_bank_check_spent() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM public.custody_bank_outflowrequest r
      WHERE r.id = NEW.id AND r.state = 'approved'
        AND NOT EXISTS (SELECT FROM public.custody_bank_instruction i
                         WHERE i.request_id = r.id AND i.state IN ('asked', 'dropped'));
    IF NOT FOUND THEN
        PERFORM public.custody_bank_refuse('custody_bank_approval_is_spent_for_its_request');
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION public.custody_bank_check_spent() FROM PUBLIC;
SELECT public.accounts_when_spent('public.custody_bank_check_spent', 'custody.outflow');
"""
NOT_SPENT = "DROP FUNCTION public.custody_bank_check_spent() CASCADE;"

# R6, with the money in transit already: what is left of own income covers what own money owes. The
# lock is the one the service takes, so that sweeps of a pool are looked at one after the other.
SWEPT = """
CREATE FUNCTION custody_bank_check_sweep() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    income bigint;
    cover bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(1667655538, NEW.pool);
    SELECT coalesce(sum(t.credit_posted - t.debit_posted), 0) INTO income
      FROM ledger.business_day d
     CROSS JOIN LATERAL ledger.trial(d.pool, d.day) t
     WHERE d.pool = NEW.pool AND d.state = 'open' AND t.kind = 2501;
    SELECT coalesce(sum(greatest(0, x.debit_posted - x.credit_posted)), 0) INTO cover
      FROM ledger.account a CROSS JOIN LATERAL ledger.totals(a.pool, a.id) x
     WHERE a.pool = NEW.pool AND a.kind = 1991;
    IF income < cover THEN
        PERFORM custody_bank_refuse('custody_bank_sweep_leaves_what_is_owed');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER custody_bank_sweep_leaves_what_is_owed BEFORE UPDATE ON custody_bank_instruction
    FOR EACH ROW WHEN (OLD.state = 'asked' AND NEW.state = 'ready'
                       AND NEW.purpose = 'OWN_INCOME_SWEEP')
    EXECUTE FUNCTION custody_bank_check_sweep();
ALTER TABLE custody_bank_instruction ENABLE ALWAYS TRIGGER custody_bank_sweep_leaves_what_is_owed;
"""
NOT_SWEPT = """
DROP TRIGGER custody_bank_sweep_leaves_what_is_owed ON custody_bank_instruction;
DROP FUNCTION custody_bank_check_sweep();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("custody_bank", "0005_corrected_statements"),
        ("accounts", "0015_when_spent"),
    ]

    operations = [
        migrations.RunSQL(SPENT, NOT_SPENT),
        migrations.RunSQL(SWEPT, NOT_SWEPT),
    ]
