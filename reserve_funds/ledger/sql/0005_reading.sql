-- What is read without walking through history: totals folded up to a place nobody can write
-- behind any more, per account and per kind, at the end of each day, plus the short tail after it.

-- The tail of one account: from p_horizon on, in the days from p_since to before p_before.
CREATE FUNCTION ledger.fresh(p_pool integer, p_account uuid, p_horizon bigint, p_since date,
                             p_before date)
RETURNS TABLE (business_day date, place bigint, act smallint, debit bigint, credit bigint)
LANGUAGE plpgsql STABLE
AS $law$
DECLARE
    v_days date[] := ARRAY(SELECT b.day FROM ledger.business_day b
                            WHERE b.pool = p_pool AND b.day >= p_since AND b.day < p_before
                            LIMIT 9);
BEGIN
    IF p_horizon > 0 AND cardinality(v_days) < 9 THEN  -- few days: the index goes right to the tail
        RETURN QUERY
        SELECT x.business_day, x.place, x.act::smallint, x.amount_fen::bigint, 0::bigint
          FROM ledger.transfer x
         WHERE x.pool = p_pool AND x.debit_account = p_account
           AND x.business_day = ANY (v_days) AND x.place >= p_horizon
        UNION ALL
        SELECT x.business_day, x.place, x.act, 0, x.amount_fen
          FROM ledger.transfer x
         WHERE x.pool = p_pool AND x.credit_account = p_account
           AND x.business_day = ANY (v_days) AND x.place >= p_horizon;
        RETURN;
    END IF;
    RETURN QUERY
    SELECT x.business_day, x.place, x.act::smallint, x.amount_fen::bigint, 0::bigint
      FROM ledger.transfer x
     WHERE x.pool = p_pool AND x.debit_account = p_account
       AND x.business_day >= p_since AND x.business_day < p_before AND x.place >= p_horizon
    UNION ALL
    SELECT x.business_day, x.place, x.act, 0, x.amount_fen
      FROM ledger.transfer x
     WHERE x.pool = p_pool AND x.credit_account = p_account
       AND x.business_day >= p_since AND x.business_day < p_before AND x.place >= p_horizon;
END
$law$;

-- Everything of one account, held money too.
CREATE FUNCTION ledger.totals(p_pool integer, p_account uuid,
    OUT debit_posted numeric, OUT credit_posted numeric,
    OUT debit_held numeric, OUT credit_held numeric)
LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
AS $law$
DECLARE
    v_tally ledger.tally;
BEGIN
    SELECT * INTO v_tally FROM ledger.tally t WHERE t.pool = p_pool AND t.account = p_account;
    SELECT coalesce(v_tally.debit_posted, 0)
               + coalesce(sum(f.debit) FILTER (WHERE f.act IN (1, 3)), 0),
           coalesce(v_tally.credit_posted, 0)
               + coalesce(sum(f.credit) FILTER (WHERE f.act IN (1, 3)), 0),
           coalesce(v_tally.debit_held, 0)
               + coalesce(sum(f.debit * CASE f.act WHEN 2 THEN 1 ELSE -1 END)
                          FILTER (WHERE f.act > 1), 0),
           coalesce(v_tally.credit_held, 0)
               + coalesce(sum(f.credit * CASE f.act WHEN 2 THEN 1 ELSE -1 END)
                          FILTER (WHERE f.act > 1), 0)
      INTO debit_posted, credit_posted, debit_held, credit_held
      FROM ledger.fresh(p_pool, p_account, coalesce(v_tally.horizon, 0),
                        coalesce(v_tally.since_day, '-infinity'), 'infinity') f;
END
$law$;

-- What was posted on one account in all days before p_day.
CREATE FUNCTION ledger.totals_before(p_pool integer, p_account uuid, p_day date,
    OUT debit_posted numeric, OUT credit_posted numeric)
LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
AS $law$
DECLARE
    v_horizon bigint := 0;
    v_since   date := '-infinity';
    v_day     ledger.tally_day;
BEGIN
    SELECT t.horizon, t.since_day INTO v_horizon, v_since
      FROM ledger.tally t WHERE t.pool = p_pool AND t.account = p_account;
    IF FOUND THEN
        SELECT * INTO v_day FROM ledger.tally_day t
         WHERE t.pool = p_pool AND t.account = p_account AND t.business_day < p_day
         ORDER BY t.business_day DESC LIMIT 1;
    END IF;
    debit_posted := coalesce(v_day.debit_posted, 0);
    credit_posted := coalesce(v_day.credit_posted, 0);
    IF coalesce(v_since, '-infinity') < p_day THEN
        SELECT debit_posted + coalesce(sum(f.debit), 0), credit_posted + coalesce(sum(f.credit), 0)
          INTO debit_posted, credit_posted
          FROM ledger.fresh(p_pool, p_account, coalesce(v_horizon, 0),
                            coalesce(v_since, '-infinity'), p_day) f
         WHERE f.act IN (1, 3);
    END IF;
END
$law$;

-- What the book knew as posted on one account at a moment: the days cut by then, and a part of one.
CREATE FUNCTION ledger.totals_at(p_pool integer, p_account uuid, p_moment timestamptz,
    OUT debit_posted numeric, OUT credit_posted numeric)
LANGUAGE plpgsql STABLE
AS $law$
DECLARE
    v_day date := (SELECT min(d.day) FROM ledger.business_day d
                    WHERE d.pool = p_pool AND (d.cut_at IS NULL OR d.cut_at > p_moment));
BEGIN
    SELECT t.debit_posted + p.debit, t.credit_posted + p.credit INTO debit_posted, credit_posted
      FROM ledger.totals_before(p_pool, p_account, v_day) t
     CROSS JOIN (
        SELECT coalesce(sum(m.debit), 0) AS debit, coalesce(sum(m.credit), 0) AS credit
          FROM (SELECT x.amount_fen AS debit, 0::bigint AS credit FROM ledger.transfer x
                 WHERE x.pool = p_pool AND x.debit_account = p_account AND x.business_day = v_day
                   AND x.act IN (1, 3) AND x.created_at <= p_moment
                UNION ALL
                SELECT 0, x.amount_fen FROM ledger.transfer x
                 WHERE x.pool = p_pool AND x.credit_account = p_account AND x.business_day = v_day
                   AND x.act IN (1, 3) AND x.created_at <= p_moment) m) p;
END
$law$;

-- Every kind's debits and credits up to and including p_day (试算平衡).
CREATE FUNCTION ledger.trial(p_pool integer, p_day date)
RETURNS TABLE (kind smallint, debit_posted numeric, credit_posted numeric)
LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $law$
DECLARE
    v_pool ledger.pool_tally;
BEGIN
    SELECT * INTO v_pool FROM ledger.pool_tally t WHERE t.pool = p_pool;
    IF p_day < v_pool.since_day THEN  -- nothing of it is unfolded: its figures are final
        RETURN QUERY
        SELECT k.number, l.debit_posted, l.credit_posted
          FROM ledger.account_kind k
         CROSS JOIN LATERAL (
            SELECT d.debit_posted, d.credit_posted FROM ledger.kind_day d
             WHERE d.pool = p_pool AND d.kind = k.number AND d.business_day <= p_day
             ORDER BY d.business_day DESC LIMIT 1) l;
        RETURN;
    END IF;
    RETURN QUERY
    WITH tail AS MATERIALIZED (
        SELECT x.debit_kind, x.credit_kind, sum(x.amount_fen) AS fen
          FROM ledger.transfer x
         WHERE x.pool = p_pool AND x.place >= v_pool.horizon AND x.business_day <= p_day
           AND x.act IN (1, 3)
         GROUP BY x.debit_kind, x.credit_kind
    ), side AS (
        SELECT t.debit_kind AS number, t.fen AS debit, 0::numeric AS credit FROM tail t
        UNION ALL
        SELECT t.credit_kind, 0, t.fen FROM tail t
        UNION ALL
        SELECT k.number, l.debit_posted, l.credit_posted
          FROM ledger.account_kind k
         CROSS JOIN LATERAL (
            SELECT d.debit_posted, d.credit_posted FROM ledger.kind_day d
             WHERE d.pool = p_pool AND d.kind = k.number AND d.business_day <= p_day
             ORDER BY d.business_day DESC LIMIT 1) l)
    SELECT s.number, sum(s.debit), sum(s.credit) FROM side s GROUP BY s.number;
END
$law$;
