"""When a sent instruction may be declared not instructed, as the database sees it."""

from django.db import migrations

from accounts.moves import append_only_operations, lifecycle_operations

INSTRUCTION = {
    "asked": {"ready", "dropped"},
    "ready": {"sent", "dropped"},
    "sent": {"paid", "rejected", "not_instructed"},
    "paid": {"returned"},
    "rejected": set[str](),
    "not_instructed": {"paid"},
    "returned": set[str](),
    "dropped": set[str](),
}
DECLARATION = {
    "asked": {"done", "refused", "expired"},
    "done": set[str](),
    "refused": set[str](),
    "expired": set[str](),
}

PATIENCE = (
    "INSERT INTO custody_bank_patience (id, pool, days, since) VALUES"
    " ('019aab00-0000-8000-8000-000000000100', NULL, 3, '2026-01-01T00:00:00Z');"
)

DENIALS = """
-- A denial is heard after the instruction was sent, of one that is still under way.
CREATE FUNCTION custody_bank_check_denial() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM custody_bank_instruction i
      WHERE i.id = NEW.instruction_id AND i.state = 'sent' AND i.sent_at <= NEW.said_at
        AND (NEW.said_at AT TIME ZONE 'Asia/Shanghai')::date = NEW.day;
    IF NOT FOUND THEN
        PERFORM custody_bank_refuse('custody_bank_denial_is_of_what_was_sent');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER custody_bank_denial_is_lawful BEFORE INSERT ON custody_bank_denial
    FOR EACH ROW EXECUTE FUNCTION custody_bank_check_denial();
ALTER TABLE custody_bank_denial ENABLE ALWAYS TRIGGER custody_bank_denial_is_lawful;

CREATE TRIGGER custody_bank_patience_is_lawful BEFORE INSERT ON custody_bank_patience
    FOR EACH ROW EXECUTE FUNCTION
    public.custody_bank_check_standing('custody.patience', 'id,since');
ALTER TABLE custody_bank_patience ENABLE ALWAYS TRIGGER custody_bank_patience_is_lawful;
"""
NO_DENIALS = """
DROP TRIGGER custody_bank_patience_is_lawful ON custody_bank_patience;
DROP TRIGGER custody_bank_denial_is_lawful ON custody_bank_denial;
DROP FUNCTION custody_bank_check_denial();
"""

WHY_NOT = """
CREATE FUNCTION public.custody_bank_days_of_denial(p_pool integer) RETURNS integer
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT p.days FROM public.custody_bank_patience p
     WHERE p.pool = p_pool OR p.pool IS NULL
     ORDER BY p.pool IS NULL, p.since DESC, p.id DESC LIMIT 1
$$;

-- Empty when the instruction may be declared not instructed.
CREATE FUNCTION public.custody_bank_why_not_declared(p_instruction uuid) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    one public.custody_bank_instruction;
    denied bigint;
BEGIN
    SELECT * INTO one FROM public.custody_bank_instruction i WHERE i.id = p_instruction;
    IF one.id IS NULL OR one.state <> 'sent' THEN RETURN 'not_sent'; END IF;
    IF one.said <> '' THEN RETURN 'bank_knows_it'; END IF;
    SELECT count(*) INTO denied FROM public.custody_bank_denial d
      WHERE d.instruction_id = one.id AND d.said_at <= clock_timestamp() + interval '2 minutes';
    IF denied < public.custody_bank_days_of_denial(one.pool) THEN RETURN 'too_few_days'; END IF;
    PERFORM FROM public.custody_bank_statement s
      WHERE s.account_id = one.account_id
        AND s.last_day >= (one.sent_at AT TIME ZONE 'Asia/Shanghai')::date;
    IF NOT FOUND THEN RETURN 'no_statement'; END IF;
    PERFORM FROM public.custody_bank_bankentry e
      WHERE e.account_id = one.account_id AND e.our_no = one.number AND e.side = 'out';
    IF FOUND THEN RETURN 'shown'; END IF;
    RETURN '';
END $$;
"""
NO_WHY_NOT = """
DROP FUNCTION public.custody_bank_why_not_declared(uuid);
DROP FUNCTION public.custody_bank_days_of_denial(integer);
"""

DECLARED = """
CREATE TRIGGER custody_bank_declaration_is_kept BEFORE UPDATE ON custody_bank_declaration
    FOR EACH ROW EXECUTE FUNCTION custody_bank_keep_as_asked('state');
ALTER TABLE custody_bank_declaration ENABLE ALWAYS TRIGGER custody_bank_declaration_is_kept;
REVOKE DELETE, TRUNCATE, TRIGGER, REFERENCES ON custody_bank_declaration FROM gateway_app;
CREATE TRIGGER custody_bank_declaration_is_lawful BEFORE INSERT OR UPDATE
    ON custody_bank_declaration
    FOR EACH ROW EXECUTE FUNCTION custody_bank_check_word('custody.not_instructed');
ALTER TABLE custody_bank_declaration
    ENABLE ALWAYS TRIGGER custody_bank_declaration_is_lawful;

-- The only way to spend the approval of a declaration: while it is true.
CREATE FUNCTION public.custody_bank_spend_declaration(p_declaration uuid)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    one public.custody_bank_instruction;
    why text;
BEGIN
    SELECT i.* INTO one FROM public.custody_bank_declaration d
      JOIN public.custody_bank_instruction i ON i.id = d.instruction_id
     WHERE d.id = p_declaration AND d.state = 'asked' FOR UPDATE OF d, i;
    IF NOT FOUND THEN RETURN 'unknown'; END IF;
    why := public.custody_bank_why_not_declared(one.id);
    IF why <> '' THEN RETURN why; END IF;
    RETURN public.accounts_spend_approval(p_declaration, one.pool, sha256(convert_to(
        'not instructed|' || one.pool || '|' || one.id || '|' || one.amount_fen, 'UTF8')));
END $$;
REVOKE ALL ON FUNCTION public.custody_bank_spend_declaration(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.custody_bank_spend_declaration(uuid) TO gateway_app;

-- Not instructed is what a declaration says that two officers have spent their word on, with the
-- money taken out of transit.
CREATE FUNCTION public.custody_bank_check_not_instructed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM public.custody_bank_declaration d
      CROSS JOIN LATERAL public.accounts_word_of_approval(d.id) w
      JOIN ledger.transfer t ON t.pool = NEW.pool AND t.amount_fen = NEW.amount_fen
       AND t.debit_account = ledger.account_id(NEW.pool, 2231::smallint, NEW.id::text)
     WHERE d.instruction_id = NEW.id AND d.state = 'done' AND w.state = 'spent';
    IF NOT FOUND THEN
        PERFORM public.custody_bank_refuse('custody_bank_not_instructed_is_declared');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER custody_bank_not_instructed_is_declared BEFORE UPDATE ON custody_bank_instruction
    FOR EACH ROW WHEN (OLD.state <> 'not_instructed' AND NEW.state = 'not_instructed')
    EXECUTE FUNCTION public.custody_bank_check_not_instructed();
ALTER TABLE custody_bank_instruction
    ENABLE ALWAYS TRIGGER custody_bank_not_instructed_is_declared;

-- Looked at when the transaction ends: whoever spends that word has moved the instruction too.
CREATE FUNCTION public.custody_bank_check_declared() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM public.custody_bank_declaration d
      JOIN public.custody_bank_instruction i ON i.id = d.instruction_id
     WHERE d.id = NEW.id AND d.state = 'done' AND i.state IN ('not_instructed', 'paid');
    IF NOT FOUND THEN
        PERFORM public.custody_bank_refuse('custody_bank_declaration_is_carried_out');
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION public.custody_bank_check_declared() FROM PUBLIC;
SELECT public.accounts_when_spent(
    'public.custody_bank_check_declared'::regproc, 'custody.not_instructed');
"""
NOT_DECLARED = """
DROP FUNCTION public.custody_bank_check_declared() CASCADE;
DROP TRIGGER custody_bank_not_instructed_is_declared ON custody_bank_instruction;
DROP FUNCTION public.custody_bank_check_not_instructed();
DROP FUNCTION public.custody_bank_spend_declaration(uuid);
DROP TRIGGER custody_bank_declaration_is_lawful ON custody_bank_declaration;
DROP TRIGGER custody_bank_declaration_is_kept ON custody_bank_declaration;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("custody_bank", "0007_not_instructed"),
        ("accounts", "0015_when_spent"),
    ]

    operations = [
        migrations.RunSQL(PATIENCE, migrations.RunSQL.noop),
        migrations.RunSQL(DENIALS, NO_DENIALS),
        migrations.RunSQL(WHY_NOT, NO_WHY_NOT),
        *lifecycle_operations("instruction", "custody_bank_instruction", INSTRUCTION),
        *lifecycle_operations("declaration", "custody_bank_declaration", DECLARATION),
        migrations.RunSQL(DECLARED, NOT_DECLARED),
        *append_only_operations("custody_bank_denial"),
        *append_only_operations("custody_bank_patience"),
    ]
