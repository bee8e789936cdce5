"""A handover is opened by two officers who are both not whoever took it."""

from django.db import migrations

_OLD = """
    (OLD.id, OLD.pool, OLD.issuer, OLD.digest, OLD.cards, OLD.total_fen, OLD.handed_fen,
     OLD.bank_account, OLD.as_of, OLD.taken_at{more})"""
_KEPT = """
DROP TRIGGER custody_cutover_import_stays_what_it_is ON custody_cutover_legacyimport;
CREATE TRIGGER custody_cutover_import_stays_what_it_is BEFORE UPDATE
    ON custody_cutover_legacyimport FOR EACH ROW WHEN (
        {old} IS DISTINCT FROM {new}{word}
    ) EXECUTE FUNCTION custody_cutover_refuse();
ALTER TABLE custody_cutover_legacyimport
    ENABLE ALWAYS TRIGGER custody_cutover_import_stays_what_it_is;
"""
_WORD = " OR (OLD.state = NEW.state AND OLD.approval_id IS DISTINCT FROM NEW.approval_id)"


def kept(more: str, word: str) -> str:
    """The trigger that lets an import change in nothing but its state, once more columns count."""
    old = _OLD.format(more=more)
    return _KEPT.format(old=old, new=old.replace("OLD.", "NEW."), word=word)


OPENED = """
CREATE FUNCTION public.custody_cutover_not_by_two_others() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an opening that is not the word of two others than who took the handover'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'custody_cutover_opened_by_two_others',
              TABLE = 'custody_cutover_legacyimport', SCHEMA = 'public';
END $$;

-- Opened is an import whose whole sum stands on the book under one approval over this very import,
-- of two officers of whom neither took it.
CREATE FUNCTION public.custody_cutover_check_opened() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    word record;
    booked numeric;
BEGIN
    SELECT * INTO word FROM public.accounts_word_of_approval(NEW.approval_id);
    SELECT coalesce(sum(t.amount_fen), 0) INTO booked
      FROM ledger.account_kind k JOIN ledger.transfer t ON t.pool = NEW.pool
       AND t.credit_account = ledger.account_id(NEW.pool, k.number, NEW.issuer)
     WHERE k.name = 'legacy_float' AND t.approval_id = NEW.approval_id;
    IF word.id IS NULL OR word.purpose <> 'legacy_opening' OR word.pool <> NEW.pool
       OR word.state NOT IN ('approved', 'spent')
       OR word.content ->> 'import' IS DISTINCT FROM NEW.id::text
       OR NEW.taken_by_id IN (word.maker_id, word.checker_id)
       OR booked <> NEW.total_fen THEN
        PERFORM public.custody_cutover_not_by_two_others();
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER custody_cutover_opened_by_two_others BEFORE UPDATE ON custody_cutover_legacyimport
    FOR EACH ROW WHEN (OLD.state <> 'opened' AND NEW.state = 'opened')
    EXECUTE FUNCTION public.custody_cutover_check_opened();
ALTER TABLE custody_cutover_legacyimport
    ENABLE ALWAYS TRIGGER custody_cutover_opened_by_two_others;

-- Looked at when the transaction ends: that word is spent on an import that it has opened.
CREATE FUNCTION public.custody_cutover_check_spent() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM public.custody_cutover_legacyimport i
      WHERE i.approval_id = NEW.id AND i.pool = NEW.pool AND i.state = 'opened'
        AND i.taken_by_id NOT IN (NEW.maker_id, NEW.checker_id);
    IF NOT FOUND THEN
        PERFORM public.custody_cutover_not_by_two_others();
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION public.custody_cutover_check_spent() FROM PUBLIC;
SELECT public.accounts_when_spent(
    'public.custody_cutover_check_spent'::regproc, 'legacy_opening');
"""
NOT_OPENED = """
DROP FUNCTION public.custody_cutover_check_spent() CASCADE;
DROP TRIGGER custody_cutover_opened_by_two_others ON custody_cutover_legacyimport;
DROP FUNCTION public.custody_cutover_check_opened();
DROP FUNCTION public.custody_cutover_not_by_two_others();
"""


class Migration(migrations.Migration):
    """Imports that were opened before stay as they are."""

    dependencies = [
        ("custody_cutover", "0003_taken_by"),
        ("accounts", "0015_when_spent"),
        ("reserve_funds", "0016_legacy_arrived"),
    ]
    operations = [
        migrations.RunSQL(kept(", OLD.taken_by_id", _WORD), kept("", "")),
        migrations.RunSQL(OPENED, NOT_OPENED),
    ]
