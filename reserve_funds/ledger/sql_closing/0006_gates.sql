-- A day is sealed only by the check whose gates were told: the database checks the book itself, and
-- of the gates it cannot see (banks, bills, deadlines) it wants every one told for this very check,
-- no blocking one failed, and an exception of exactly those that failed. A gate it does not want may
-- be told too: when that one failed, the exception names it as well.

CREATE TABLE ledger.close_gate (
    rule   text    PRIMARY KEY,
    blocks boolean NOT NULL,
    own    boolean NOT NULL  -- the database answers it itself; nobody can tell it
);
INSERT INTO ledger.close_gate (rule, blocks, own) VALUES
    ('order', true, true), ('I2', true, true), ('R8', true, false), ('I3c', true, false),
    ('I9', true, false), ('I14', true, false), ('I9.bill', false, false), ('R3', false, false),
    ('R7', false, false), ('I4', false, false), ('I6', false, false), ('R4', false, false);

-- Written in the transaction that seals; a check that blocked leaves no row here.
CREATE TABLE ledger.gate_result (
    pool         integer     NOT NULL,
    business_day date        NOT NULL,
    attempt      integer     NOT NULL,
    rule         text        NOT NULL,
    passed       boolean     NOT NULL,
    found        bytea       NOT NULL,  -- sha256 of what the gate found
    told_at      timestamptz NOT NULL,
    PRIMARY KEY (pool, business_day, attempt, rule),
    CONSTRAINT ledger_gate_is_of_a_day FOREIGN KEY (pool, business_day)
        REFERENCES ledger.business_day (pool, day)
);
-- the check at which the book was found sound
ALTER TABLE ledger.business_day ADD COLUMN sound_check integer;

SELECT ledger.attach_guards('ledger.close_gate', '');
SELECT ledger.attach_guards('ledger.gate_result', 'INSERT');
REVOKE ALL ON ledger.close_gate, ledger.gate_result FROM PUBLIC;
GRANT SELECT ON ledger.close_gate, ledger.gate_result TO gateway_app;

-- The gate I2, answered by the database: what is wrong, and when nothing is, the check is marked.
CREATE FUNCTION ledger.check_day_book(p_pool integer, p_day date, p_check integer)
RETURNS TABLE (rule text, subject text, detail text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $law$
BEGIN
    PERFORM ledger.own_check(p_pool, p_day, p_check);
    RETURN QUERY SELECT * FROM ledger.day_faults(p_pool, p_day) LIMIT 1000;
    IF NOT FOUND THEN
        UPDATE ledger.business_day d SET sound_check = p_check
         WHERE d.pool = p_pool AND d.day = p_day;
    END IF;
END
$law$;

CREATE FUNCTION ledger.tell_gates(p_pool integer, p_day date, p_check integer, p_rules text[],
                                  p_passed boolean[], p_found bytea[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $law$
DECLARE
    v_rule text;
BEGIN
    PERFORM ledger.own_check(p_pool, p_day, p_check);
    SELECT u.rule INTO v_rule FROM unnest(p_rules) AS u(rule)
     WHERE EXISTS (SELECT FROM ledger.close_gate g WHERE g.rule = u.rule AND g.own) LIMIT 1;
    IF v_rule IS NOT NULL
       OR (cardinality(p_rules), cardinality(p_rules))
          IS DISTINCT FROM (cardinality(p_passed), cardinality(p_found)) THEN
        RAISE EXCEPTION 'ledger: nobody tells the gate %', v_rule USING ERRCODE = 'LG017',
            DETAIL = json_build_object('pool', p_pool, 'day', p_day,
                'because', 'nobody tells the gate ' || coalesce(v_rule, '-'))::text;
    END IF;
    INSERT INTO ledger.gate_result (pool, business_day, attempt, rule, passed, found, told_at)
    SELECT p_pool, p_day, p_check, u.rule, u.passed, u.found, clock_timestamp()
      FROM unnest(p_rules, p_passed, p_found) AS u(rule, passed, found);
END
$law$;

CREATE FUNCTION ledger.refuse_ungated(p_pool integer, p_day date, p_check integer,
                                      p_exception text) RETURNS void
LANGUAGE plpgsql
AS $law$
DECLARE
    v_why   text;
    v_words text;
BEGIN
    SELECT 'its book was not found sound by check ' || p_check INTO v_why
      FROM ledger.business_day d
     WHERE d.pool = p_pool AND d.day = p_day AND d.sound_check IS DISTINCT FROM p_check;
    IF v_why IS NULL THEN
        SELECT 'gate ' || g.rule || CASE WHEN r.rule IS NULL THEN ' was not told'
                                         ELSE ' did not pass' END INTO v_why
          FROM ledger.close_gate g
          LEFT JOIN ledger.gate_result r ON r.pool = p_pool AND r.business_day = p_day
               AND r.attempt = p_check AND r.rule = g.rule
         WHERE NOT g.own AND (r.rule IS NULL OR (g.blocks AND NOT r.passed))
         ORDER BY g.rule LIMIT 1;
    END IF;
    IF v_why IS NULL THEN
        SELECT coalesce(string_agg(r.rule || '|' || encode(r.found, 'hex'), E'\n'
                                   ORDER BY r.rule COLLATE "C"), '') INTO v_words
          FROM ledger.gate_result r
         WHERE r.pool = p_pool AND r.business_day = p_day AND r.attempt = p_check AND NOT r.passed;
        IF v_words <> p_exception THEN
            v_why := 'the exception is not of what was found';
        END IF;
    END IF;
    IF v_why IS NOT NULL THEN
        RAISE EXCEPTION 'ledger: day % of pool % cannot be sealed: %', p_day, p_pool, v_why
            USING ERRCODE = 'LG017', DETAIL = json_build_object('pool', p_pool, 'day', p_day,
                'because', v_why)::text;
    END IF;
END
$law$;

-- Numbers, freezes and seals the day under check p_check. p_exception names what is true but bad;
-- it rests on an approval of exactly these words. Answers the text to sign.
CREATE OR REPLACE FUNCTION ledger.seal_day(p_pool integer, p_day date, p_check integer, p_exception text,
                                p_approval uuid) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET jit = off
AS $law$
DECLARE
    v_floor bigint := ledger.day_floor(p_pool, p_day);
    v_at    timestamptz;
    v_text  text;
BEGIN
    PERFORM ledger.own_check(p_pool, p_day, p_check);
    PERFORM ledger.refuse_unsound(p_pool, p_day);
    PERFORM ledger.refuse_ungated(p_pool, p_day, p_check, p_exception);
    IF p_exception <> '' THEN
        PERFORM ledger.spend_approval(p_approval, p_pool,
            concat_ws('|', 'except', p_pool, p_day, p_exception), 0);
    END IF;
    INSERT INTO ledger.voucher (pool, business_day, number, transfer)
    SELECT p_pool, p_day, row_number() OVER (ORDER BY t.place, t.created_at, t.id), t.id
      FROM ledger.transfer t
     WHERE t.pool = p_pool AND t.business_day = p_day AND t.place >= v_floor;
    INSERT INTO ledger.day_balance (pool, account, business_day, debit_posted, credit_posted,
                                    debit_held, credit_held)
    SELECT p_pool, m.account, p_day, coalesce(b.debit_posted, 0) + m.dp,
           coalesce(b.credit_posted, 0) + m.cp, coalesce(b.debit_held, 0) + m.dh,
           coalesce(b.credit_held, 0) + m.ch
      FROM (SELECT s.account, sum(s.debit * s.posts) AS dp, sum(s.credit * s.posts) AS cp,
                   sum(s.debit * s.holds) AS dh, sum(s.credit * s.holds) AS ch
              FROM (SELECT t.debit_account AS account, t.amount_fen AS debit, 0::bigint AS credit,
                           CASE WHEN t.act IN (1, 3) THEN 1 ELSE 0 END AS posts,
                           CASE t.act WHEN 1 THEN 0 WHEN 2 THEN 1 ELSE -1 END AS holds
                      FROM ledger.transfer t
                     WHERE t.pool = p_pool AND t.business_day = p_day AND t.place >= v_floor
                    UNION ALL
                    SELECT t.credit_account, 0, t.amount_fen,
                           CASE WHEN t.act IN (1, 3) THEN 1 ELSE 0 END,
                           CASE t.act WHEN 1 THEN 0 WHEN 2 THEN 1 ELSE -1 END
                      FROM ledger.transfer t
                     WHERE t.pool = p_pool AND t.business_day = p_day AND t.place >= v_floor) s
             GROUP BY s.account) m
      LEFT JOIN LATERAL (
            SELECT l.* FROM ledger.day_balance l
             WHERE l.pool = p_pool AND l.account = m.account AND l.business_day < p_day
             ORDER BY l.business_day DESC LIMIT 1) b ON true;
    v_at := clock_timestamp();
    v_text := ledger.seal_text(p_pool, p_day, p_exception, p_approval, v_at);
    INSERT INTO ledger.seal (pool, business_day, previous, vouchers, root, exception, approval_id,
                             sealed_at, text, digest)
    SELECT p_pool, p_day, (SELECT s.digest FROM ledger.seal s
                            WHERE s.pool = p_pool AND s.business_day < p_day
                            ORDER BY s.business_day DESC LIMIT 1),
           (SELECT count(*) FROM ledger.voucher v
             WHERE v.pool = p_pool AND v.business_day = p_day),
           decode(substring(v_text FROM E'\nroot=([0-9a-f]+)\n'), 'hex'), p_exception, p_approval, v_at, v_text,
           sha256(convert_to(v_text, 'UTF8'));
    UPDATE ledger.business_day d SET state = 'closed', closed_at = v_at
     WHERE d.pool = p_pool AND d.day = p_day;
    RETURN v_text;
END
$law$;

REVOKE ALL ON FUNCTION ledger.check_day_book(integer, date, integer),
    ledger.tell_gates(integer, date, integer, text[], boolean[], bytea[]),
    ledger.refuse_ungated(integer, date, integer, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.check_day_book(integer, date, integer),
    ledger.tell_gates(integer, date, integer, text[], boolean[], bytea[]) TO gateway_app;
