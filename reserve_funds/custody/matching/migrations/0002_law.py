"""Facts keep their content, differences and decisions their moves; hands match only by two people.

What lies in the unlogged tables is of one delivery or one run, and gone after it.
"""

from django.db import migrations

from accounts.moves import lifecycle_operations

DIFFERENCE = {
    "open": {"ended", "settled"},
    "ended": {"open"},
    "settled": {"overtaken"},
    "overtaken": {"settled", "ended"},
}
DECISION = {
    "proposed": {"done", "refused", "stale"},
    "done": set[str](),
    "refused": set[str](),
    "stale": set[str](),
}

WORKING = """
CREATE UNLOGGED TABLE custody_matching_arriving (
    load_id uuid NOT NULL, side text NOT NULL, pool integer NOT NULL, source_id uuid NOT NULL,
    key text COLLATE "C" NOT NULL, number text COLLATE "C" NOT NULL,
    batch text COLLATE "C" NOT NULL, story text COLLATE "C" NOT NULL,
    amount_fen bigint NOT NULL, settled_fen bigint NOT NULL, fee_in_100000 bigint,
    standing text NOT NULL, day date NOT NULL, known_at timestamptz NOT NULL, facts jsonb NOT NULL
);
CREATE UNLOGGED TABLE custody_matching_touched (line_id bigint PRIMARY KEY);
CREATE UNLOGGED TABLE custody_matching_here (
    is_left boolean NOT NULL, line_id bigint NOT NULL, pool integer NOT NULL,
    source_id uuid NOT NULL, key text COLLATE "C" NOT NULL, number text COLLATE "C" NOT NULL,
    batch text COLLATE "C" NOT NULL, story text COLLATE "C" NOT NULL, fen bigint NOT NULL,
    fee bigint, standing text NOT NULL, day date NOT NULL, known_at timestamptz NOT NULL,
    version integer NOT NULL
);
CREATE UNLOGGED TABLE custody_matching_rest (LIKE custody_matching_here);
CREATE UNLOGGED TABLE custody_matching_met (left_id bigint NOT NULL, right_id bigint NOT NULL);
CREATE UNLOGGED TABLE custody_matching_finding (
    id uuid NOT NULL, pool integer NOT NULL, sort text NOT NULL, about text COLLATE "C" NOT NULL,
    day date NOT NULL, value_fen bigint NOT NULL, diff_fen bigint NOT NULL, evidence jsonb NOT NULL
);
GRANT TRUNCATE ON custody_matching_touched, custody_matching_here, custody_matching_rest,
    custody_matching_met, custody_matching_finding TO gateway_app;

-- A UUIDv8 with the time of midnight in Shanghai of a day and a hash of what it is called after.
CREATE FUNCTION custody_matching_id(day date, told text) RETURNS uuid
LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT (lpad(to_hex((extract(epoch FROM day::timestamp AT TIME ZONE 'Asia/Shanghai')
                         * 1000)::bigint), 12, '0')
            || '8' || substr(h, 1, 3) || 'a' || substr(h, 4, 15))::uuid
      FROM encode(sha256(convert_to(told, 'UTF8')), 'hex') AS h
$$;
"""
NOT_WORKING = """
DROP FUNCTION custody_matching_id(date, text);
DROP TABLE custody_matching_finding, custody_matching_met, custody_matching_rest,
    custody_matching_here, custody_matching_touched, custody_matching_arriving;
"""

KEPT = """
REVOKE UPDATE, DELETE, TRUNCATE ON custody_matching_line FROM gateway_app;
GRANT UPDATE (is_current, superseded_by, known_at) ON custody_matching_line TO gateway_app;
REVOKE DELETE, TRUNCATE ON custody_matching_difference, custody_matching_decision,
    custody_matching_run FROM gateway_app;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON custody_matching_manual FROM gateway_app;

CREATE FUNCTION custody_matching_keep_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(OLD) - '{is_current,superseded_by,known_at}'::text[])
       IS DISTINCT FROM (to_jsonb(NEW) - '{is_current,superseded_by,known_at}'::text[])
       OR (NEW.is_current AND NOT OLD.is_current) THEN
        RAISE EXCEPTION 'what a side has told is never changed: it tells a newer version'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'custody_matching_line_is_kept_as_told';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER custody_matching_line_is_kept_as_told BEFORE UPDATE ON custody_matching_line
    FOR EACH ROW EXECUTE FUNCTION custody_matching_keep_line();
ALTER TABLE custody_matching_line ENABLE ALWAYS TRIGGER custody_matching_line_is_kept_as_told;

CREATE FUNCTION custody_matching_keep_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(OLD) - 'state' IS DISTINCT FROM to_jsonb(NEW) - 'state' THEN
        RAISE EXCEPTION 'only the state of a decision moves'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'custody_matching_decision_is_kept_as_made';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER custody_matching_decision_is_kept_as_made
    BEFORE UPDATE ON custody_matching_decision
    FOR EACH ROW EXECUTE FUNCTION custody_matching_keep_decision();
ALTER TABLE custody_matching_decision
    ENABLE ALWAYS TRIGGER custody_matching_decision_is_kept_as_made;

CREATE FUNCTION custody_matching_settled_by_two() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM public.custody_matching_decision AS d,
                   LATERAL public.accounts_parties_of_approval(d.id) AS p
      WHERE d.difference_id = NEW.id AND d.kind = 'voucher' AND d.state = 'done'
        AND p.checker IS NOT NULL AND p.checker <> p.maker;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a difference is settled by a voucher of two people'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'custody_matching_settled_by_two_people';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER custody_matching_settled_by_two_people BEFORE UPDATE ON custody_matching_difference
    FOR EACH ROW WHEN (NEW.state = 'settled' AND OLD.state <> 'settled')
    EXECUTE FUNCTION custody_matching_settled_by_two();
ALTER TABLE custody_matching_difference
    ENABLE ALWAYS TRIGGER custody_matching_settled_by_two_people;
"""
NOT_KEPT = """
DROP TRIGGER custody_matching_settled_by_two_people ON custody_matching_difference;
DROP FUNCTION custody_matching_settled_by_two();
DROP TRIGGER custody_matching_decision_is_kept_as_made ON custody_matching_decision;
DROP FUNCTION custody_matching_keep_decision();
DROP TRIGGER custody_matching_line_is_kept_as_told ON custody_matching_line;
DROP FUNCTION custody_matching_keep_line();
GRANT INSERT, UPDATE, DELETE ON custody_matching_manual TO gateway_app;
GRANT DELETE ON custody_matching_difference, custody_matching_decision, custody_matching_run
    TO gateway_app;
GRANT UPDATE, DELETE ON custody_matching_line TO gateway_app;
"""

# A decision that books nothing spends its approval here, over its own content as it is stored.
HANDS = """
CREATE FUNCTION custody_matching_fingerprint(kind text, pool integer, content jsonb)
RETURNS bytea LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
    SELECT sha256(convert_to($1 || '|' || $2 || '|' || $3::text, 'UTF8'))
$$;

CREATE FUNCTION custody_matching_carry_out(decision uuid) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    d    public.custody_matching_decision;
    said text;
    fits bigint;
BEGIN
    SELECT * INTO d FROM public.custody_matching_decision AS x
      WHERE x.id = $1 AND x.state = 'proposed' AND x.kind <> 'voucher' FOR UPDATE;
    IF NOT FOUND THEN RETURN 'unknown'; END IF;
    said := public.accounts_spend_approval(d.id, d.pool,
                public.custody_matching_fingerprint(d.kind, d.pool, d.content));
    IF said <> 'spent' THEN RETURN said; END IF;
    IF d.kind = 'match' THEN
        INSERT INTO public.custody_matching_manual
            (decision_id, relation, side, source_id, version)
        SELECT d.id, (d.content->>'relation')::smallint, x->>0, (x->>1)::uuid, (x->>2)::integer
          FROM jsonb_array_elements(d.content->'lines') AS x;
        SELECT count(*) INTO fits FROM public.custody_matching_manual AS m
          JOIN public.custody_matching_line AS l
            ON l.side = m.side AND l.source_id = m.source_id AND l.version = m.version
         WHERE m.decision_id = d.id AND l.is_current AND l.pool = d.pool
           AND l.standing = 'stands';
        IF fits <> jsonb_array_length(d.content->'lines') THEN
            RAISE EXCEPTION 'the lines of a match are no longer what two people saw'
                USING ERRCODE = 'integrity_constraint_violation',
                      CONSTRAINT = 'custody_matching_by_hand_as_seen';
        END IF;
    ELSIF d.kind = 'unmatch' THEN
        UPDATE public.custody_matching_manual AS m SET ended_by_id = d.id
          FROM public.custody_matching_decision AS was
         WHERE was.id = (d.content->>'match')::uuid AND was.pool = d.pool
           AND m.decision_id = was.id AND m.ended_by_id IS NULL;
    END IF;
    RETURN 'spent';
END
$$;
REVOKE ALL ON FUNCTION custody_matching_carry_out(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION custody_matching_carry_out(uuid) TO gateway_app;
"""
NO_HANDS = """
DROP FUNCTION custody_matching_carry_out(uuid);
DROP FUNCTION custody_matching_fingerprint(text, integer, jsonb);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("custody_matching", "0001_initial"),
        ("accounts", "0011_parties_of_an_approval"),
    ]

    operations = [
        migrations.RunSQL(WORKING, NOT_WORKING),
        migrations.RunSQL(KEPT, NOT_KEPT),
        migrations.RunSQL(HANDS, NO_HANDS),
        *lifecycle_operations("difference", "custody_matching_difference", DIFFERENCE),
        *lifecycle_operations("matching_decision", "custody_matching_decision", DECISION),
    ]
