"""The database's own eyes on outflows: permitted purposes, two people, limits, frozen content."""

from django.db import migrations

from accounts.moves import append_only_operations, lifecycle_operations

REQUEST = {
    "asked": {"approved", "refused", "withdrawn", "expired"},
    "approved": set[str](),
    "refused": set[str](),
    "withdrawn": set[str](),
    "expired": set[str](),
}
INSTRUCTION = {
    "asked": {"ready", "dropped"},
    "ready": {"sent", "dropped"},
    "sent": {"paid", "rejected"},
    "paid": {"returned"},
    "rejected": set[str](),
    "returned": set[str](),
    "dropped": set[str](),
}
UNDERSTANDING = {
    "asked": {"done", "refused", "expired"},
    "done": set[str](),
    "refused": set[str](),
    "expired": set[str](),
}
CORRECTION = {
    "asked": {"accepted", "refused", "expired"},
    "accepted": set[str](),
    "refused": set[str](),
    "expired": set[str](),
}

# In fen. Above it a second checker looks too; a placement always needs one.
FIRST_LIMITS = {
    "REFUND_TO_PAYER": 5_000_000,
    "REDEMPTION": 5_000_000,
    "DEPOSIT_RETURN": 5_000_000,
    "REPAYMENT": 5_000_000,
    "CHANNEL_PREFUND": 10_000_000,
    "OWN_INCOME_SWEEP": 10_000_000,
    "CUSTODY_TRANSFER": 50_000_000,
    "CLEARING_SETTLEMENT": 50_000_000,
    "PRINCIPAL_SAFE_PLACEMENT": 0,
}
LIMITS = (
    "INSERT INTO custody_bank_outflowlimit (id, pool, purpose, one_checker_most_fen, since) VALUES "
    + ", ".join(
        f"('019aab00-0000-8000-8000-{number:012d}', NULL, '{purpose}', {most},"
        " '2026-01-01T00:00:00Z')"
        for number, (purpose, most) in enumerate(FIRST_LIMITS.items(), start=1)
    )
    + ";"
)

FROZEN = """
CREATE FUNCTION custody_bank_keep_as_asked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := string_to_array(TG_ARGV[0], ',');
BEGIN
    IF to_jsonb(OLD) - moving IS DISTINCT FROM to_jsonb(NEW) - moving THEN
        RAISE EXCEPTION 'what was asked in % is kept', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'custody_bank_kept_as_asked';
    END IF;
    RETURN NEW;
END $$;
"""
_KEPT = {
    "outflowrequest": "state",
    "instruction": "state,sent_at,said,bank_no,reason",
    "understanding": "state",
    "statementcorrection": "state",
    "recognitionrule": "ended_at",
}
KEPT = "".join(
    f"""
CREATE TRIGGER custody_bank_{table}_is_kept BEFORE UPDATE ON custody_bank_{table}
    FOR EACH ROW EXECUTE FUNCTION custody_bank_keep_as_asked('{moving}');
ALTER TABLE custody_bank_{table} ENABLE ALWAYS TRIGGER custody_bank_{table}_is_kept;
REVOKE DELETE, TRUNCATE, TRIGGER, REFERENCES ON custody_bank_{table} FROM gateway_app;
"""
    for table, moving in _KEPT.items()
)

REFUSE = """
CREATE FUNCTION custody_bank_refuse(word text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'custody refuses: %', word
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = word;
END $$;

-- Up to what amount one checker is enough: the pool's newest limit, else that of all pools, else 0.
CREATE FUNCTION custody_bank_one_checker_most(p_pool integer, p_purpose text) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (SELECT l.one_checker_most_fen FROM custody_bank_outflowlimit l
          WHERE l.purpose = p_purpose AND (l.pool = p_pool OR l.pool IS NULL)
          ORDER BY l.pool IS NULL, l.since DESC, l.id DESC LIMIT 1), 0)
$$;

-- Whether the profile of the pool's open day has this rule for this purpose.
CREATE FUNCTION custody_bank_permits(p_pool integer, p_code text, p_purpose text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM ledger.business_day d
          JOIN ledger.posting_rule r ON r.profile = d.profile
         WHERE d.pool = p_pool AND d.state = 'open' AND r.code = p_code
           AND r.purpose = p_purpose AND r.needs_approval)
$$;
"""

REQUEST_LAW = """
CREATE FUNCTION custody_bank_check_request() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    word record;
    second record;
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.state <> 'approved' THEN
        RETURN NEW;
    END IF;
    SELECT * INTO word FROM public.accounts_word_of_approval(NEW.id);
    SELECT * INTO second FROM public.accounts_word_of_approval(NEW.second_id);
    IF word.id IS NULL OR word.maker_id <> NEW.maker_id OR word.pool <> NEW.pool
       OR word.purpose <> 'custody.outflow'
       OR word.checker_role <> 'finance_officer'
       OR word.state <> (CASE TG_OP WHEN 'INSERT' THEN 'asked' ELSE 'spent' END) THEN
        PERFORM custody_bank_refuse('custody_bank_request_rests_on_its_approval');
    END IF;
    IF NEW.second_id IS NOT NULL AND (
           second.id IS NULL OR second.maker_id <> NEW.maker_id OR second.pool <> NEW.pool
           OR second.purpose <> 'custody.outflow.second'
           OR second.checker_role <> 'finance_officer'
           OR second.fingerprint <> word.fingerprint
           OR second.state <> (CASE TG_OP WHEN 'INSERT' THEN 'asked' ELSE 'approved' END)
           OR (TG_OP = 'UPDATE' AND second.checker_id IN (word.checker_id, word.maker_id))) THEN
        PERFORM custody_bank_refuse('custody_bank_request_has_two_different_checkers');
    END IF;
    IF NOT custody_bank_permits(NEW.pool, NEW.code, NEW.purpose) THEN
        PERFORM custody_bank_refuse('custody_bank_purpose_is_permitted');
    END IF;
    IF NEW.second_id IS NULL
       AND NEW.amount_fen > custody_bank_one_checker_most(NEW.pool, NEW.purpose) THEN
        PERFORM custody_bank_refuse('custody_bank_request_is_within_its_limit');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER custody_bank_request_is_lawful BEFORE INSERT OR UPDATE ON custody_bank_outflowrequest
    FOR EACH ROW EXECUTE FUNCTION custody_bank_check_request();
ALTER TABLE custody_bank_outflowrequest ENABLE ALWAYS TRIGGER custody_bank_request_is_lawful;
"""

# An instruction begins with its request, and becomes ready only with its money booked in transit
# under the request's own approval.
INSTRUCTION_LAW = """
CREATE FUNCTION custody_bank_check_instruction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM FROM custody_bank_outflowrequest r
          WHERE r.id = NEW.request_id AND r.state = 'asked' AND r.pool = NEW.pool
            AND r.account_id = NEW.account_id AND r.purpose = NEW.purpose AND r.code = NEW.code
            AND r.route = NEW.route AND r.asked_at = NEW.asked_at;
        IF NOT FOUND THEN
            PERFORM custody_bank_refuse('custody_bank_instruction_is_as_requested');
        END IF;
    ELSIF OLD.state = 'asked' AND NEW.state = 'ready' THEN
        PERFORM FROM custody_bank_outflowrequest r
           JOIN ledger.transfer t ON t.pool = r.pool AND t.approval_id = r.id
          WHERE r.id = NEW.request_id AND r.state = 'approved'
            AND t.pool = NEW.pool AND t.amount_fen = NEW.amount_fen
            AND t.credit_account
                = ledger.account_id(NEW.pool, 2231::smallint, NEW.id::text);
        IF NOT FOUND THEN
            PERFORM custody_bank_refuse('custody_bank_instruction_has_its_money_in_transit');
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER custody_bank_instruction_is_lawful BEFORE INSERT OR UPDATE
    ON custody_bank_instruction
    FOR EACH ROW EXECUTE FUNCTION custody_bank_check_instruction();
ALTER TABLE custody_bank_instruction ENABLE ALWAYS TRIGGER custody_bank_instruction_is_lawful;
"""

# Limits and recognition rules spend their own approval, which was asked for exactly this row.
STANDING_LAW = """
CREATE FUNCTION public.custody_bank_check_standing() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    word record;
    told text[] := string_to_array(TG_ARGV[1], ',');
BEGIN
    SELECT * INTO word FROM public.accounts_word_of_approval(NEW.id);
    IF word.id IS NULL OR word.purpose <> TG_ARGV[0]
       OR word.checker_role <> 'finance_officer'
       OR word.content IS DISTINCT FROM to_jsonb(NEW) - told
       OR public.accounts_spend_approval(NEW.id, word.pool, word.fingerprint) <> 'spent' THEN
        PERFORM public.custody_bank_refuse('custody_bank_standing_word_has_its_approval');
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION public.custody_bank_check_standing() FROM PUBLIC;
CREATE TRIGGER custody_bank_limit_is_lawful BEFORE INSERT ON custody_bank_outflowlimit
    FOR EACH ROW EXECUTE FUNCTION
    public.custody_bank_check_standing('custody.limit', 'id,since');
ALTER TABLE custody_bank_outflowlimit ENABLE ALWAYS TRIGGER custody_bank_limit_is_lawful;
CREATE TRIGGER custody_bank_rule_is_lawful BEFORE INSERT ON custody_bank_recognitionrule
    FOR EACH ROW EXECUTE FUNCTION
    public.custody_bank_check_standing('custody.recognition', 'id,put_at,ended_at');
ALTER TABLE custody_bank_recognitionrule ENABLE ALWAYS TRIGGER custody_bank_rule_is_lawful;
"""

# What two officers say: an understanding's approval is spent by the book, a correction's here.
WORDS_LAW = """
CREATE FUNCTION custody_bank_check_word() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    word record;
BEGIN
    SELECT * INTO word FROM public.accounts_word_of_approval(NEW.id);
    IF word.id IS NULL OR word.maker_id <> NEW.maker_id OR word.pool <> NEW.pool
       OR word.purpose <> TG_ARGV[0]
       OR (TG_OP = 'INSERT' AND word.state <> 'asked')
       OR (TG_OP = 'UPDATE' AND NEW.state IN ('done', 'accepted') AND word.state <> 'spent') THEN
        PERFORM custody_bank_refuse('custody_bank_word_rests_on_its_approval');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER custody_bank_understanding_is_lawful BEFORE INSERT OR UPDATE
    ON custody_bank_understanding
    FOR EACH ROW EXECUTE FUNCTION custody_bank_check_word('custody.understanding');
ALTER TABLE custody_bank_understanding
    ENABLE ALWAYS TRIGGER custody_bank_understanding_is_lawful;
CREATE TRIGGER custody_bank_correction_is_lawful BEFORE INSERT OR UPDATE
    ON custody_bank_statementcorrection
    FOR EACH ROW EXECUTE FUNCTION custody_bank_check_word('custody.correction');
ALTER TABLE custody_bank_statementcorrection
    ENABLE ALWAYS TRIGGER custody_bank_correction_is_lawful;

CREATE FUNCTION public.custody_bank_spend_correction(correction uuid, fingerprint bytea)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    its_pool integer;
BEGIN
    SELECT c.pool INTO its_pool FROM public.custody_bank_statementcorrection AS c
      WHERE c.id = $1 AND c.state = 'asked' FOR UPDATE;
    IF NOT FOUND THEN RETURN 'unknown'; END IF;
    RETURN public.accounts_spend_approval($1, its_pool, $2);
END $$;
REVOKE ALL ON FUNCTION public.custody_bank_spend_correction(uuid, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.custody_bank_spend_correction(uuid, bytea) TO gateway_app;
"""

# What is stored and not yet booked, so that booking never looks at what is done.
UNBOOKED = """
CREATE TABLE custody_bank_unbooked (
    entry_id   uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    booked_day date NOT NULL
);
CREATE INDEX custody_bank_unbooked_of ON custody_bank_unbooked (account_id, booked_day);
INSERT INTO custody_bank_unbooked SELECT id, account_id, booked_day FROM custody_bank_bankentry;
CREATE FUNCTION custody_bank_to_be_booked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO custody_bank_unbooked (entry_id, account_id, booked_day)
    SELECT id, account_id, booked_day FROM arrived;
    RETURN NULL;
END $$;
CREATE TRIGGER custody_bank_entry_is_to_be_booked AFTER INSERT ON custody_bank_bankentry
    REFERENCING NEW TABLE AS arrived
    FOR EACH STATEMENT EXECUTE FUNCTION custody_bank_to_be_booked();
ALTER TABLE custody_bank_bankentry ENABLE ALWAYS TRIGGER custody_bank_entry_is_to_be_booked;
"""
BOOKED = """
DROP TRIGGER custody_bank_entry_is_to_be_booked ON custody_bank_bankentry;
DROP FUNCTION custody_bank_to_be_booked();
DROP TABLE custody_bank_unbooked;
"""

NO_LAW = """
DROP FUNCTION public.custody_bank_spend_correction(uuid, bytea);
DROP TRIGGER custody_bank_correction_is_lawful ON custody_bank_statementcorrection;
DROP TRIGGER custody_bank_understanding_is_lawful ON custody_bank_understanding;
DROP FUNCTION custody_bank_check_word();
DROP TRIGGER custody_bank_limit_is_lawful ON custody_bank_outflowlimit;
DROP TRIGGER custody_bank_rule_is_lawful ON custody_bank_recognitionrule;
DROP FUNCTION public.custody_bank_check_standing();
DROP TRIGGER custody_bank_instruction_is_lawful ON custody_bank_instruction;
DROP FUNCTION custody_bank_check_instruction();
DROP TRIGGER custody_bank_request_is_lawful ON custody_bank_outflowrequest;
DROP FUNCTION custody_bank_check_request();
DROP FUNCTION custody_bank_permits(integer, text, text);
DROP FUNCTION custody_bank_one_checker_most(integer, text);
DROP FUNCTION custody_bank_refuse(text);
""" + "".join(
    f"DROP TRIGGER custody_bank_{table}_is_kept ON custody_bank_{table};" for table in _KEPT
)


class Migration(migrations.Migration):
    dependencies = [
        ("custody_bank", "0003_outflows"),
        ("accounts", "0014_word_of_an_approval"),
        ("reserve_funds", "0003_bank_events"),
    ]

    operations = [
        migrations.RunSQL(LIMITS, migrations.RunSQL.noop),
        migrations.RunSQL(FROZEN, "DROP FUNCTION custody_bank_keep_as_asked();"),
        migrations.RunSQL(
            KEPT + REFUSE + REQUEST_LAW + INSTRUCTION_LAW + STANDING_LAW + WORDS_LAW, NO_LAW
        ),
        migrations.RunSQL(UNBOOKED, BOOKED),
        *lifecycle_operations("outflow", "custody_bank_outflowrequest", REQUEST),
        *lifecycle_operations("instruction", "custody_bank_instruction", INSTRUCTION),
        *lifecycle_operations("understanding", "custody_bank_understanding", UNDERSTANDING),
        *lifecycle_operations(
            "statement_correction", "custody_bank_statementcorrection", CORRECTION
        ),
        *append_only_operations("custody_bank_outflowlimit"),
        *append_only_operations("custody_bank_reading"),
    ]
