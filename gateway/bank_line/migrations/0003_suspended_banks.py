"""A bank that is suspended or closed begins nothing: no payment, and no instruction leaves for it."""

from django.db import migrations

LAW = """
CREATE FUNCTION public.bank_line_guard_payment() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT public.accounts_bank_serves(NEW.channel) THEN
        RAISE EXCEPTION 'bank % takes no new payments', NEW.channel
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bank_line_suspended_bank_takes_none',
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER bank_line_suspended_bank_takes_none BEFORE INSERT ON payments_payment
    FOR EACH ROW EXECUTE FUNCTION bank_line_guard_payment();
ALTER TABLE payments_payment ENABLE ALWAYS TRIGGER bank_line_suspended_bank_takes_none;

CREATE FUNCTION public.bank_line_guard_instruction() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (SELECT public.accounts_bank_keeps_serving(a.bank_id)
          FROM public.custody_bank_custodyaccount AS a WHERE a.id = NEW.account_id) IS NOT TRUE
    THEN
        RAISE EXCEPTION 'instruction % is held: its bank is suspended', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bank_line_suspended_bank_pays_none',
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER bank_line_suspended_bank_pays_none BEFORE UPDATE ON custody_bank_instruction
    FOR EACH ROW WHEN (OLD.state = 'ready' AND NEW.state = 'sent')
    EXECUTE FUNCTION bank_line_guard_instruction();
ALTER TABLE custody_bank_instruction ENABLE ALWAYS TRIGGER bank_line_suspended_bank_pays_none;
"""

NO_LAW = """
DROP TRIGGER bank_line_suspended_bank_pays_none ON custody_bank_instruction;
DROP FUNCTION public.bank_line_guard_instruction();
DROP TRIGGER bank_line_suspended_bank_takes_none ON payments_payment;
DROP FUNCTION public.bank_line_guard_payment();
"""


class Migration(migrations.Migration):
    """What was begun before goes on: notices, questions, refunds, statements."""

    dependencies = [
        ("bank_line", "0002_law"),
        ("accounts", "0017_two_for_a_bank"),
        ("payments", "0013_kept_years"),
        ("custody_bank", "0010_endings_law"),
    ]

    operations = [migrations.RunSQL(LAW, NO_LAW)]
