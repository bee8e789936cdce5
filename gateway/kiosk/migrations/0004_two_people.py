"""What two people decide about kiosks rests on their approval, whoever writes the row.

Each row bears its approval's id and is held against the approval's frozen content. Enrolments,
counts, counters, days and pay-outs over the bank spend their approval here; quota and counter
cash are spent by the book, and the row only stands beside what the book has booked.
"""

from django.db import migrations

from accounts.moves import append_only_operations, lifecycle_operations
from gateway.kiosk.lifecycle import CLAIM_MOVES, COUNTER_MOVES, PAYOUT_MOVES, SETTLEMENT_MOVES

COMMON = """
CREATE FUNCTION public.kiosk_refuse(said text) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% does not hold', said USING ERRCODE = 'check_violation', CONSTRAINT = said;
END $$;

CREATE FUNCTION public.kiosk_keep_row() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    moving text[] := string_to_array(TG_ARGV[0], ',');
BEGIN
    IF to_jsonb(OLD) - moving IS DISTINCT FROM to_jsonb(NEW) - moving THEN
        PERFORM public.kiosk_refuse(TG_TABLE_NAME || '_is_kept_as_it_was_made');
    END IF;
    RETURN NEW;
END $$;
"""
KEPT = {
    "kiosk_enrolment": "state,checker_id,code_digest,expires_at",
    "kiosk_key": "state,expires_at",
    "kiosk_count": "state,second_id,difference_fen",
    "kiosk_counter": "state,checker_id",
    "kiosk_claim": "state",
    "kiosk_payout": "state,checker_id",
}

ENROLMENT = """
CREATE FUNCTION public.kiosk_check_enrolment() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    word record;
BEGIN
    IF TG_OP = 'UPDATE' AND NOT (OLD.state = 'asked' AND NEW.state = 'approved') THEN
        IF NEW.checker_id IS DISTINCT FROM OLD.checker_id OR NEW.expires_at > OLD.expires_at
           OR (NEW.code_digest IS DISTINCT FROM OLD.code_digest
               AND NOT (OLD.state = 'approved' AND NEW.state = 'approved')) THEN
            PERFORM public.kiosk_refuse('kiosk_enrolment_is_kept_as_it_was_made');
        END IF;
        RETURN NEW;
    END IF;
    SELECT * INTO word FROM public.accounts_word_of_approval(NEW.id);
    IF word.id IS NULL OR word.purpose <> 'kiosk_enrolment'
       OR word.content ->> 'kiosk_id' IS DISTINCT FROM NEW.kiosk_id::text
       OR word.maker_id <> NEW.maker_id OR word.checker_role <> 'kiosk_operator' THEN
        PERFORM public.kiosk_refuse('kiosk_enrolment_has_its_approval');
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF word.state <> 'asked' OR NEW.checker_id IS NOT NULL OR NEW.code_digest IS NOT NULL THEN
            PERFORM public.kiosk_refuse('kiosk_enrolment_has_its_approval');
        END IF;
    ELSIF word.checker_id IS DISTINCT FROM NEW.checker_id OR NEW.code_digest IS NULL
       OR public.accounts_spend_approval(NEW.id, word.pool, word.fingerprint) <> 'spent' THEN
        PERFORM public.kiosk_refuse('kiosk_enrolment_has_its_approval');
    END IF;
    RETURN NEW;
END $$;
"""

KEY = """
CREATE FUNCTION public.kiosk_check_key() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.expires_at > OLD.expires_at THEN
            PERFORM public.kiosk_refuse('kiosk_key_ends_no_later');
        END IF;
    ELSIF NEW.enrolment_id IS NOT NULL THEN
        PERFORM FROM public.kiosk_enrolment AS e
          WHERE e.id = NEW.enrolment_id AND e.kiosk_id = NEW.kiosk_id AND e.state = 'used';
        IF NOT FOUND THEN PERFORM public.kiosk_refuse('kiosk_key_has_its_enrolment'); END IF;
    ELSE
        PERFORM FROM public.kiosk_key AS k
          WHERE k.kiosk_id = NEW.kiosk_id AND k.state = 'active' AND k.expires_at > NEW.added_at;
        IF NOT FOUND THEN PERFORM public.kiosk_refuse('kiosk_key_has_its_enrolment'); END IF;
    END IF;
    RETURN NEW;
END $$;
"""

# The book has spent it, for exactly this posting: its fingerprint is the approval's.
GRANT = """
CREATE FUNCTION public.kiosk_check_grant() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    word record;
BEGIN
    SELECT * INTO word FROM public.accounts_word_of_approval(NEW.id);
    IF word.id IS NULL OR word.purpose <> 'kiosk_quota' OR word.state <> 'spent'
       OR word.maker_id <> NEW.maker_id OR word.checker_id <> NEW.checker_id
       OR word.content ->> 'kiosk_id' IS DISTINCT FROM NEW.kiosk_id::text
       OR (word.content ->> 'amount_fen')::bigint IS DISTINCT FROM NEW.amount_fen THEN
        PERFORM public.kiosk_refuse('kiosk_grant_has_its_approval');
    END IF;
    RETURN NEW;
END $$;
"""

COUNT = """
CREATE FUNCTION public.kiosk_check_count() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    word record;
    its_pool integer;
    its_label text;
BEGIN
    SELECT b.pool, b.label INTO its_pool, its_label FROM public.kiosk_box AS b
     WHERE b.id = NEW.box_id;
    IF NEW.record_id IS NOT NULL THEN
        PERFORM FROM public.kiosk_counter_record AS r
           JOIN public.kiosk_counter AS c ON c.id = r.counter_id
          WHERE r.id = NEW.record_id AND r.label = its_label AND r.slip = NEW.counter_slip
            AND r.counted_fen = NEW.counted_fen AND r.notes = NEW.notes
            AND c.pool = its_pool AND c.state = 'active';
        IF NOT FOUND OR NEW.second_id IS NOT NULL THEN
            PERFORM public.kiosk_refuse('kiosk_count_is_what_the_counter_signed');
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.state = OLD.state THEN
        IF NEW.second_id IS DISTINCT FROM OLD.second_id
           OR NEW.difference_fen <> OLD.difference_fen THEN
            PERFORM public.kiosk_refuse('kiosk_count_is_kept_as_it_was_made');
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.state = 'refused' THEN RETURN NEW; END IF;
    SELECT * INTO word FROM public.accounts_word_of_approval(NEW.id);
    IF word.id IS NULL OR word.purpose <> 'kiosk_count' OR word.pool <> its_pool
       OR word.maker_id <> NEW.first_id OR word.checker_role <> 'kiosk_operator'
       OR NEW.counter_slip <> ''
       OR word.content IS DISTINCT FROM jsonb_build_object(
            'box', its_label, 'counted_fen', NEW.counted_fen, 'notes', NEW.notes)
       OR (TG_OP = 'INSERT' AND (word.state <> 'asked' OR NEW.second_id IS NOT NULL)) THEN
        PERFORM public.kiosk_refuse('kiosk_count_has_its_approval');
    END IF;
    IF TG_OP = 'UPDATE' AND (word.checker_id IS DISTINCT FROM NEW.second_id
       OR public.accounts_spend_approval(NEW.id, its_pool, word.fingerprint) <> 'spent') THEN
        PERFORM public.kiosk_refuse('kiosk_count_has_its_approval');
    END IF;
    RETURN NEW;
END $$;
"""

COUNTER = """
CREATE FUNCTION public.kiosk_check_counter() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    word record;
BEGIN
    IF TG_OP = 'UPDATE' AND NOT (OLD.state = 'asked' AND NEW.state = 'active') THEN
        IF NEW.checker_id IS DISTINCT FROM OLD.checker_id THEN
            PERFORM public.kiosk_refuse('kiosk_counter_is_kept_as_it_was_made');
        END IF;
        RETURN NEW;
    END IF;
    SELECT * INTO word FROM public.accounts_word_of_approval(NEW.id);
    IF word.id IS NULL OR word.purpose <> 'kiosk_counter' OR word.pool <> NEW.pool
       OR word.maker_id <> NEW.maker_id OR word.checker_role <> 'kiosk_operator'
       OR word.content IS DISTINCT FROM jsonb_build_object('counter', NEW.code, 'place', NEW.place,
            'algorithm', NEW.algorithm, 'fingerprint', NEW.fingerprint,
            'public_pem', NEW.public_pem)
       OR (TG_OP = 'INSERT' AND (word.state <> 'asked' OR NEW.checker_id IS NOT NULL)) THEN
        PERFORM public.kiosk_refuse('kiosk_counter_has_its_approval');
    END IF;
    IF TG_OP = 'UPDATE' AND (word.checker_id IS DISTINCT FROM NEW.checker_id
       OR public.accounts_spend_approval(NEW.id, NEW.pool, word.fingerprint) <> 'spent') THEN
        PERFORM public.kiosk_refuse('kiosk_counter_has_its_approval');
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION public.kiosk_check_counter_record() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM public.kiosk_counter AS c WHERE c.id = NEW.counter_id AND c.state = 'active';
    IF NOT FOUND THEN PERFORM public.kiosk_refuse('kiosk_counter_may_speak'); END IF;
    RETURN NEW;
END $$;
"""

PAYOUT = """
CREATE FUNCTION public.kiosk_check_payout() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    word record;
    claim public.kiosk_claim;
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.state <> 'done' THEN
        IF NEW.checker_id IS DISTINCT FROM OLD.checker_id THEN
            PERFORM public.kiosk_refuse('kiosk_payout_is_kept_as_it_was_made');
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.state = 'done' THEN RETURN NEW; END IF;
    SELECT * INTO claim FROM public.kiosk_claim AS c WHERE c.id = NEW.claim_id;
    SELECT * INTO word FROM public.accounts_word_of_approval(NEW.id);
    IF word.id IS NULL OR word.purpose <> 'kiosk_payout' OR word.pool <> claim.pool
       OR word.maker_id <> NEW.maker_id OR word.checker_role <> 'finance_officer'
       OR word.content ->> 'order' IS DISTINCT FROM NEW.claim_id::text
       OR word.content ->> 'way' IS DISTINCT FROM NEW.way
       OR word.content ->> 'box' IS DISTINCT FROM NEW.box
       OR (word.content ->> 'amount_fen')::bigint IS DISTINCT FROM claim.amount_fen
       OR (TG_OP = 'INSERT' AND (word.state <> 'asked' OR NEW.checker_id IS NOT NULL)) THEN
        PERFORM public.kiosk_refuse('kiosk_payout_has_its_approval');
    END IF;
    IF TG_OP = 'UPDATE' AND (word.checker_id IS DISTINCT FROM NEW.checker_id
       OR (NEW.way = 'cash' AND word.state <> 'spent')
       OR (NEW.way = 'bank' AND public.accounts_spend_approval(
            NEW.id, claim.pool, word.fingerprint) <> 'spent')) THEN
        PERFORM public.kiosk_refuse('kiosk_payout_has_its_approval');
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION public.kiosk_check_claim() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.state IN ('paying', 'paid_out') AND OLD.state NOT IN ('paying', 'paid_out') THEN
        PERFORM FROM public.kiosk_payout AS p WHERE p.claim_id = NEW.id AND p.state = 'done';
        IF NOT FOUND THEN PERFORM public.kiosk_refuse('kiosk_claim_has_its_payout'); END IF;
    END IF;
    RETURN NEW;
END $$;
"""

DAY = """
CREATE FUNCTION public.kiosk_check_day_end() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    word record;
BEGIN
    IF OLD.state = 'differs' AND NEW.state = 'ended' THEN
        SELECT * INTO word FROM public.accounts_word_of_approval(NEW.ended_by);
        IF word.id IS NULL OR word.purpose <> 'kiosk_day_end'
           OR word.content ->> 'settlement' IS DISTINCT FROM NEW.id::text
           OR public.accounts_spend_approval(word.id, word.pool, word.fingerprint) <> 'spent' THEN
            PERFORM public.kiosk_refuse('kiosk_day_end_has_its_approval');
        END IF;
    ELSIF NEW.ended_by IS DISTINCT FROM OLD.ended_by THEN
        PERFORM public.kiosk_refuse('kiosk_day_end_has_its_approval');
    END IF;
    RETURN NEW;
END $$;
"""

TRIGGERS = {
    "kiosk_enrolment": ("kiosk_check_enrolment", "INSERT OR UPDATE"),
    "kiosk_key": ("kiosk_check_key", "INSERT OR UPDATE"),
    "kiosk_grant": ("kiosk_check_grant", "INSERT"),
    "kiosk_count": ("kiosk_check_count", "INSERT OR UPDATE"),
    "kiosk_counter": ("kiosk_check_counter", "INSERT OR UPDATE"),
    "kiosk_counter_record": ("kiosk_check_counter_record", "INSERT"),
    "kiosk_payout": ("kiosk_check_payout", "INSERT OR UPDATE"),
    "kiosk_claim": ("kiosk_check_claim", "UPDATE"),
    "kiosk_settlement": ("kiosk_check_day_end", "UPDATE"),
}
LAW = COMMON + ENROLMENT + KEY + GRANT + COUNT + COUNTER + PAYOUT + DAY
for table, (function, when) in TRIGGERS.items():
    LAW += f"""
CREATE TRIGGER {table}_is_lawful BEFORE {when} ON public.{table}
    FOR EACH ROW EXECUTE FUNCTION public.{function}();
ALTER TABLE public.{table} ENABLE ALWAYS TRIGGER {table}_is_lawful;
REVOKE ALL ON FUNCTION public.{function}() FROM PUBLIC;
"""
for table, moving in KEPT.items():
    LAW += f"""
CREATE TRIGGER {table}_is_kept BEFORE UPDATE ON public.{table}
    FOR EACH ROW EXECUTE FUNCTION public.kiosk_keep_row('{moving}');
ALTER TABLE public.{table} ENABLE ALWAYS TRIGGER {table}_is_kept;
"""
NO_LAW = "\n".join(
    [f"DROP TRIGGER {table}_is_kept ON public.{table};" for table in KEPT]
    + [f"DROP TRIGGER {table}_is_lawful ON public.{table};" for table in TRIGGERS]
    + [f"DROP FUNCTION public.{function}();" for function, _ in TRIGGERS.values()]
    + ["DROP FUNCTION public.kiosk_keep_row();", "DROP FUNCTION public.kiosk_refuse(text);"]
)


class Migration(migrations.Migration):
    dependencies = [("kiosk", "0003_ends"), ("accounts", "0014_word_of_an_approval")]
    operations = [
        *lifecycle_operations("cash_counter", "kiosk_counter", COUNTER_MOVES),
        *lifecycle_operations("cash_claim", "kiosk_claim", CLAIM_MOVES),
        *lifecycle_operations("cash_payout", "kiosk_payout", PAYOUT_MOVES),
        *lifecycle_operations("kiosk_settlement", "kiosk_settlement", SETTLEMENT_MOVES),
        *append_only_operations("kiosk_counter_record"),
        migrations.RunSQL(LAW, NO_LAW),
        migrations.RunSQL(
            "REVOKE DELETE, TRUNCATE ON kiosk_counter, kiosk_claim, kiosk_payout FROM gateway_app;",
            "GRANT DELETE ON kiosk_counter, kiosk_claim, kiosk_payout TO gateway_app;",
        ),
    ]
