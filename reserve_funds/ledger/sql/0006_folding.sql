-- How the totals are folded, and how the book goes on after a restore.

-- Up to which place a fold may go now: no running transaction can still write below it. The
-- epoch's row is locked: one fold at a time. NULL when there is nothing it could rely on yet.
CREATE FUNCTION ledger.fold_horizon() RETURNS bigint
LANGUAGE plpgsql
AS $law$
DECLARE
    v_epoch   integer;
    v_floor   bigint;
    v_horizon bigint;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'ledger: folding needs READ COMMITTED' USING ERRCODE = 'LG010';
    END IF;
    SELECT e.number, e.horizon INTO v_epoch, v_floor FROM ledger.epoch e
     WHERE e.is_current FOR UPDATE;
    v_horizon := ledger.place_of(v_epoch, pg_snapshot_xmin(pg_current_snapshot()));
    IF v_horizon < v_floor THEN
        IF ledger.place_of(v_epoch, pg_snapshot_xmax(pg_current_snapshot())) < v_floor THEN
            RAISE EXCEPTION 'ledger: this database was restored: open a new epoch'
                USING ERRCODE = 'LG009', DETAIL = json_build_object('epoch', v_epoch)::text;
        END IF;
        RETURN NULL;
    END IF;
    UPDATE ledger.epoch e SET horizon = v_horizon WHERE e.is_current AND e.horizon < v_horizon;
    RETURN v_horizon;
END
$law$;

-- Folds the tail of one account when it is at least p_least long; says whether it was.
-- Guarded accounts too: their balance stays in their row, their statements begin from here.
CREATE FUNCTION ledger.fold(p_pool integer, p_account uuid, p_least integer DEFAULT 1)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
AS $law$
DECLARE
    v_horizon bigint := ledger.fold_horizon();
    v_old     bigint := 0;
    v_since   date := '-infinity';
    v_came    record;
BEGIN
    SELECT t.horizon, t.since_day INTO v_old, v_since FROM ledger.tally t
     WHERE t.pool = p_pool AND t.account = p_account;
    v_old := coalesce(v_old, 0);
    v_since := coalesce(v_since, '-infinity');
    IF v_horizon IS NULL OR v_horizon <= v_old THEN
        RETURN false;
    END IF;
    -- one statement: the open day and the transfers are of one moment, so what nobody sees yet can
    -- only be of that day or later
    SELECT sum(m.n) AS n, least(max(m.open), min(m.first)) AS since, sum(m.dh) AS dh,
           sum(m.ch) AS ch, array_agg(m.day ORDER BY m.day) FILTER (WHERE m.n > 0) AS days,
           array_agg(m.dp ORDER BY m.day) FILTER (WHERE m.n > 0) AS dps,
           array_agg(m.cp ORDER BY m.day) FILTER (WHERE m.n > 0) AS cps
      INTO v_came
      FROM (SELECT f.business_day AS day, max(d.day) AS open,
                   count(*) FILTER (WHERE f.place < v_horizon) AS n,
                   min(f.business_day) FILTER (WHERE f.place >= v_horizon) AS first,
                   coalesce(sum(f.debit) FILTER (WHERE f.place < v_horizon
                                                   AND f.act IN (1, 3)), 0) AS dp,
                   coalesce(sum(f.credit) FILTER (WHERE f.place < v_horizon
                                                    AND f.act IN (1, 3)), 0) AS cp,
                   coalesce(sum(f.debit * CASE f.act WHEN 2 THEN 1 ELSE -1 END)
                            FILTER (WHERE f.place < v_horizon AND f.act > 1), 0) AS dh,
                   coalesce(sum(f.credit * CASE f.act WHEN 2 THEN 1 ELSE -1 END)
                            FILTER (WHERE f.place < v_horizon AND f.act > 1), 0) AS ch
              FROM ledger.business_day d
             CROSS JOIN LATERAL ledger.fresh(p_pool, p_account, v_old, v_since, 'infinity') f
             WHERE d.pool = p_pool AND d.state = 'open'
             GROUP BY f.business_day) m;
    IF coalesce(v_came.n, 0) < greatest(p_least, 1) THEN
        RETURN false;
    END IF;
    INSERT INTO ledger.tally AS t (pool, account, horizon, since_day, debit_posted, credit_posted,
                                   debit_held, credit_held)
    SELECT p_pool, p_account, v_horizon, v_came.since, sum(x.dp), sum(x.cp), v_came.dh, v_came.ch
      FROM unnest(v_came.dps, v_came.cps) AS x(dp, cp)
    ON CONFLICT (pool, account) DO UPDATE
       SET horizon = excluded.horizon, since_day = excluded.since_day,
           debit_posted = t.debit_posted + excluded.debit_posted,
           credit_posted = t.credit_posted + excluded.credit_posted,
           debit_held = t.debit_held + excluded.debit_held,
           credit_held = t.credit_held + excluded.credit_held;
    -- the days that moved and, should one of them lie before others, those others too
    INSERT INTO ledger.tally_day (pool, account, business_day, debit_posted, credit_posted)
    SELECT p_pool, p_account, n.day, coalesce(l.debit_posted, 0) + c.dp,
           coalesce(l.credit_posted, 0) + c.cp
      FROM (SELECT unnest(v_came.days) AS day
            UNION
            SELECT t.business_day FROM ledger.tally_day t
             WHERE t.pool = p_pool AND t.account = p_account
               AND t.business_day > v_came.days[1]) n
      LEFT JOIN LATERAL (
            SELECT t.debit_posted, t.credit_posted FROM ledger.tally_day t
             WHERE t.pool = p_pool AND t.account = p_account AND t.business_day <= n.day
             ORDER BY t.business_day DESC LIMIT 1) l ON true
     CROSS JOIN LATERAL (
            SELECT sum(x.dp) AS dp, sum(x.cp) AS cp
              FROM unnest(v_came.days, v_came.dps, v_came.cps) AS x(day, dp, cp)
             WHERE x.day <= n.day) c
    ON CONFLICT (pool, account, business_day) DO UPDATE
       SET debit_posted = excluded.debit_posted, credit_posted = excluded.credit_posted;
    RETURN true;
END
$law$;

-- Folds the kinds of every pool in one pass over what is new, and names the accounts that may have
-- grown a tail of p_long: those that moved that often now, and a sixteenth of all that moved.
CREATE FUNCTION ledger.fold_book(p_long integer)
RETURNS TABLE (pool integer, account uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan SET enable_seqscan = off SET jit = off
AS $law$
#variable_conflict use_column
DECLARE
    v_to       bigint := ledger.fold_horizon();
    v_from     bigint := (SELECT min(f.horizon) FROM ledger.pool_tally f);
    v_pools    integer[];
    v_accounts uuid[];
BEGIN
    IF v_to IS NULL OR v_to <= v_from THEN
        RETURN;
    END IF;
    WITH came AS MATERIALIZED (
        SELECT x.pool, x.debit_account, x.credit_account, x.debit_kind, x.credit_kind,
               x.business_day, x.place < v_to AS folded, x.act IN (1, 3) AS posted, x.amount_fen,
               get_byte(uuid_send(x.id), 15) & 15 = 0 AS drawn
          FROM ledger.transfer x
          JOIN ledger.pool_tally f ON f.pool = x.pool AND x.place >= f.horizon
          JOIN ledger.business_day d ON d.pool = x.pool AND d.state = 'open'
         WHERE x.place >= v_from
    ), delta AS MATERIALIZED (
        SELECT s.pool, s.kind, s.business_day, sum(s.debit) AS dp, sum(s.credit) AS cp
          FROM (SELECT c.pool, c.debit_kind AS kind, c.business_day, c.amount_fen AS debit,
                       0::bigint AS credit FROM came c WHERE c.folded AND c.posted
                UNION ALL
                SELECT c.pool, c.credit_kind, c.business_day, 0, c.amount_fen
                  FROM came c WHERE c.folded AND c.posted) s
         GROUP BY s.pool, s.kind, s.business_day
    ), kinds AS (
        INSERT INTO ledger.kind_day (pool, kind, business_day, debit_posted, credit_posted)
        SELECT n.pool, n.kind, n.business_day, coalesce(l.debit_posted, 0) + c.dp,
               coalesce(l.credit_posted, 0) + c.cp
          FROM (SELECT d.pool, d.kind, d.business_day FROM delta d
                UNION
                SELECT k.pool, k.kind, k.business_day
                  FROM ledger.kind_day k
                  JOIN (SELECT d.pool, d.kind, min(d.business_day) AS first FROM delta d
                         GROUP BY d.pool, d.kind) e ON e.pool = k.pool AND e.kind = k.kind
                   AND k.business_day > e.first) n
          LEFT JOIN LATERAL (
                SELECT k.debit_posted, k.credit_posted FROM ledger.kind_day k
                 WHERE k.pool = n.pool AND k.kind = n.kind AND k.business_day <= n.business_day
                 ORDER BY k.business_day DESC LIMIT 1) l ON true
         CROSS JOIN LATERAL (
                SELECT sum(d.dp) AS dp, sum(d.cp) AS cp FROM delta d
                 WHERE d.pool = n.pool AND d.kind = n.kind
                   AND d.business_day <= n.business_day) c
        ON CONFLICT (pool, kind, business_day) DO UPDATE
           SET debit_posted = excluded.debit_posted, credit_posted = excluded.credit_posted
    ), pools AS (
        UPDATE ledger.pool_tally f
           SET horizon = v_to, since_day = least(d.day, (
                   SELECT min(c.business_day) FROM came c WHERE c.pool = f.pool AND NOT c.folded))
          FROM ledger.business_day d
         WHERE d.pool = f.pool AND d.state = 'open' AND f.horizon < v_to
    ), grown AS (
        SELECT s.pool, s.account
          FROM (SELECT c.pool, c.debit_account AS account, c.drawn FROM came c
                UNION ALL
                SELECT c.pool, c.credit_account, c.drawn FROM came c) s
         GROUP BY s.pool, s.account
        HAVING count(*) >= p_long OR bool_or(s.drawn))
    SELECT array_agg(g.pool), array_agg(g.account) INTO v_pools, v_accounts FROM grown g;
    RETURN QUERY SELECT u.pool, u.account FROM unnest(v_pools, v_accounts) AS u(pool, account);
END
$law$;

-- After a restore: waits for whoever is writing, then counts places anew above all there are. What
-- was folded stays folded and what was not is still the tail: nothing has to be added up again.
CREATE FUNCTION ledger.open_epoch() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $law$
DECLARE
    v_epoch integer;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'ledger: an epoch needs READ COMMITTED' USING ERRCODE = 'LG010';
    END IF;
    -- against readers too: who has read the old epoch's number may still write with it
    LOCK TABLE ledger.epoch IN ACCESS EXCLUSIVE MODE;
    SELECT max(e.number) + 1 INTO v_epoch FROM ledger.epoch e;
    UPDATE ledger.epoch e SET is_current = false WHERE e.is_current;
    INSERT INTO ledger.epoch (number, is_current, horizon, opened_at)
    VALUES (v_epoch, true,
            ledger.place_of(v_epoch, pg_snapshot_xmin(pg_current_snapshot())), clock_timestamp());
    RETURN v_epoch;
END
$law$;
