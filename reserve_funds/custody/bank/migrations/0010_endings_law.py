"""An ending of money gone rests on its approval; what own money bears is spent here."""

from django.db import migrations

from accounts.moves import lifecycle_operations

ENDING = {
    "asked": {"done", "refused", "expired"},
    "done": set[str](),
    "refused": set[str](),
    "expired": set[str](),
}
LAW = """
CREATE TRIGGER custody_bank_ending_is_kept BEFORE UPDATE ON custody_bank_ending
    FOR EACH ROW EXECUTE FUNCTION custody_bank_keep_as_asked('state');
ALTER TABLE custody_bank_ending ENABLE ALWAYS TRIGGER custody_bank_ending_is_kept;
REVOKE DELETE, TRUNCATE, TRIGGER, REFERENCES ON custody_bank_ending FROM gateway_app;
CREATE TRIGGER custody_bank_ending_is_lawful BEFORE INSERT OR UPDATE ON custody_bank_ending
    FOR EACH ROW EXECUTE FUNCTION custody_bank_check_word('custody.gone');
ALTER TABLE custody_bank_ending ENABLE ALWAYS TRIGGER custody_bank_ending_is_lawful;

-- It is of an entry that was read as money gone.
CREATE FUNCTION custody_bank_check_ending() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM custody_bank_reading r JOIN custody_bank_bankentry e ON e.id = r.entry_id
      WHERE r.entry_id = NEW.entry_id AND r.kind = 'gone' AND r.pool = NEW.pool
        AND e.amount_fen = NEW.amount_fen;
    IF NOT FOUND THEN
        PERFORM custody_bank_refuse('custody_bank_ending_is_of_money_gone');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER custody_bank_ending_is_of_money_gone BEFORE INSERT ON custody_bank_ending
    FOR EACH ROW EXECUTE FUNCTION custody_bank_check_ending();
ALTER TABLE custody_bank_ending ENABLE ALWAYS TRIGGER custody_bank_ending_is_of_money_gone;

-- What own money bears moves nothing on the book, so its approval is spent here.
CREATE FUNCTION public.custody_bank_spend_ending(p_ending uuid)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    one public.custody_bank_ending;
BEGIN
    SELECT * INTO one FROM public.custody_bank_ending e
      WHERE e.id = p_ending AND e.state = 'asked' AND e.truth = 'borne' FOR UPDATE;
    IF NOT FOUND THEN RETURN 'unknown'; END IF;
    RETURN public.accounts_spend_approval(p_ending, one.pool, sha256(convert_to(
        'borne|' || one.pool || '|' || one.entry_id || '|' || one.amount_fen, 'UTF8')));
END $$;
REVOKE ALL ON FUNCTION public.custody_bank_spend_ending(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.custody_bank_spend_ending(uuid) TO gateway_app;

-- Looked at when the transaction ends: whoever spends the word has ended it.
CREATE FUNCTION public.custody_bank_check_ended() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM public.custody_bank_ending e
      LEFT JOIN public.custody_bank_instruction i ON i.id = e.instruction_id
     WHERE e.id = NEW.id AND e.state = 'done' AND (i.id IS NULL OR i.state <> 'sent');
    IF NOT FOUND THEN
        PERFORM public.custody_bank_refuse('custody_bank_ending_is_carried_out');
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION public.custody_bank_check_ended() FROM PUBLIC;
SELECT public.accounts_when_spent('public.custody_bank_check_ended'::regproc, 'custody.gone');
"""
NO_LAW = """
DROP FUNCTION public.custody_bank_check_ended() CASCADE;
DROP FUNCTION public.custody_bank_spend_ending(uuid);
DROP TRIGGER custody_bank_ending_is_of_money_gone ON custody_bank_ending;
DROP FUNCTION custody_bank_check_ending();
DROP TRIGGER custody_bank_ending_is_lawful ON custody_bank_ending;
DROP TRIGGER custody_bank_ending_is_kept ON custody_bank_ending;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("custody_bank", "0009_endings"),
        ("accounts", "0015_when_spent"),
        ("reserve_funds", "0014_gone_understood"),
    ]

    operations = [
        *lifecycle_operations("ending", "custody_bank_ending", ENDING),
        migrations.RunSQL(LAW, NO_LAW),
    ]
