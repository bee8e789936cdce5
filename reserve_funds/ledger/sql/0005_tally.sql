-- Balances of tallied accounts: a folded total plus the transfers after the fold.

-- The unfolded tail of one account: days it can lie in are few, so the index answers.
CREATE FUNCTION ledger.totals(p_pool integer, p_account uuid,
    OUT debit_posted numeric, OUT credit_posted numeric,
    OUT debit_held numeric, OUT credit_held numeric)
LANGUAGE sql STABLE PARALLEL SAFE
AS $law$
    SELECT coalesce(t.debit_posted, 0) + coalesce(d.posted, 0),
           coalesce(t.credit_posted, 0) + coalesce(c.posted, 0),
           coalesce(t.debit_held, 0) + coalesce(d.held, 0),
           coalesce(t.credit_held, 0) + coalesce(c.held, 0)
      FROM (SELECT x.number FROM ledger.epoch x WHERE x.is_current) e
      LEFT JOIN ledger.tally t ON t.pool = p_pool AND t.account = p_account
      CROSS JOIN LATERAL (
          SELECT array_agg(b.day) AS days FROM ledger.business_day b
           WHERE b.pool = p_pool AND b.day >= coalesce(t.since_day, '-infinity')) n
      CROSS JOIN LATERAL (
          SELECT sum(x.amount_fen) FILTER (WHERE x.act IN (1, 3)) AS posted,
                 sum(CASE x.act WHEN 1 THEN 0 WHEN 2 THEN x.amount_fen
                                ELSE -x.amount_fen END) AS held
            FROM ledger.transfer x
           WHERE x.pool = p_pool AND x.debit_account = p_account
             AND x.business_day = ANY (n.days) AND x.epoch = e.number
             AND x.booked_xid >= coalesce(t.horizon, '0'::xid8)) d
      CROSS JOIN LATERAL (
          SELECT sum(x.amount_fen) FILTER (WHERE x.act IN (1, 3)) AS posted,
                 sum(CASE x.act WHEN 1 THEN 0 WHEN 2 THEN x.amount_fen
                                ELSE -x.amount_fen END) AS held
            FROM ledger.transfer x
           WHERE x.pool = p_pool AND x.credit_account = p_account
             AND x.business_day = ANY (n.days) AND x.epoch = e.number
             AND x.booked_xid >= coalesce(t.horizon, '0'::xid8)) c
$law$;

-- Folds the tail of one tallied account up to a horizon no running transaction can write behind.
-- Says whether anything was folded.
CREATE FUNCTION ledger.fold(p_pool integer, p_account uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $law$
DECLARE
    v_epoch   integer;
    v_floor   xid8;
    v_old     xid8;
    v_horizon xid8;
    v_since   date;
    v_open    date;
    v_first   date;
    v_rows    bigint;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'ledger: folding needs READ COMMITTED' USING ERRCODE = 'LG010';
    END IF;
    PERFORM pg_advisory_xact_lock_shared(1279542854, p_pool);
    -- one fold at a time, and none while an epoch is opened
    SELECT e.number, e.horizon INTO v_epoch, v_floor FROM ledger.epoch e
     WHERE e.is_current FOR UPDATE;
    IF pg_snapshot_xmin(pg_current_snapshot()) < v_floor THEN
        IF pg_snapshot_xmax(pg_current_snapshot()) < v_floor THEN
            RAISE EXCEPTION 'ledger: this database was restored: open a new epoch'
                USING ERRCODE = 'LG009', DETAIL = json_build_object('epoch', v_epoch)::text;
        END IF;
        RETURN false;
    END IF;
    SELECT d.day INTO v_open FROM ledger.business_day d
     WHERE d.pool = p_pool AND d.state = 'open';
    PERFORM 1 FROM ledger.account a WHERE a.pool = p_pool AND a.id = p_account AND NOT a.guarded;
    IF NOT FOUND OR v_open IS NULL THEN
        RETURN false;
    END IF;
    SELECT t.horizon, t.since_day INTO v_old, v_since FROM ledger.tally t
     WHERE t.pool = p_pool AND t.account = p_account;
    v_old := coalesce(v_old, '0'::xid8);
    v_horizon := pg_snapshot_xmin(pg_current_snapshot());
    IF v_horizon <= v_old THEN
        RETURN false;
    END IF;
    WITH side AS (
        SELECT x.business_day, x.booked_xid, x.act, x.amount_fen AS debit, 0::bigint AS credit
          FROM ledger.transfer x
         WHERE x.pool = p_pool AND x.debit_account = p_account AND x.epoch = v_epoch
           AND x.business_day >= coalesce(v_since, '-infinity') AND x.booked_xid >= v_old
        UNION ALL
        SELECT x.business_day, x.booked_xid, x.act, 0, x.amount_fen
          FROM ledger.transfer x
         WHERE x.pool = p_pool AND x.credit_account = p_account AND x.epoch = v_epoch
           AND x.business_day >= coalesce(v_since, '-infinity') AND x.booked_xid >= v_old
    ), came AS (
        SELECT count(*) FILTER (WHERE s.booked_xid < v_horizon) AS n,
               min(s.business_day) FILTER (WHERE s.booked_xid >= v_horizon) AS first,
               coalesce(sum(s.debit) FILTER (WHERE s.booked_xid < v_horizon
                                               AND s.act IN (1, 3)), 0) AS dp,
               coalesce(sum(s.credit) FILTER (WHERE s.booked_xid < v_horizon
                                                AND s.act IN (1, 3)), 0) AS cp,
               coalesce(sum(s.debit * CASE WHEN s.act = 2 THEN 1 ELSE -1 END)
                        FILTER (WHERE s.booked_xid < v_horizon AND s.act > 1), 0) AS dh,
               coalesce(sum(s.credit * CASE WHEN s.act = 2 THEN 1 ELSE -1 END)
                        FILTER (WHERE s.booked_xid < v_horizon AND s.act > 1), 0) AS ch
          FROM side s
    ), kept AS (
        INSERT INTO ledger.tally AS t (pool, account, epoch, horizon, since_day, debit_posted,
                                       credit_posted, debit_held, credit_held)
        SELECT p_pool, p_account, v_epoch, v_horizon, least(v_open, c.first), c.dp, c.cp, c.dh,
               c.ch
          FROM came c WHERE c.n > 0
        ON CONFLICT (pool, account) DO UPDATE
           SET epoch = excluded.epoch, horizon = excluded.horizon, since_day = excluded.since_day,
               debit_posted = t.debit_posted + excluded.debit_posted,
               credit_posted = t.credit_posted + excluded.credit_posted,
               debit_held = t.debit_held + excluded.debit_held,
               credit_held = t.credit_held + excluded.credit_held
        RETURNING 1)
    SELECT count(*) INTO v_rows FROM kept;
    IF v_rows = 0 THEN
        RETURN false;
    END IF;
    UPDATE ledger.epoch e SET horizon = v_horizon
     WHERE e.number = v_epoch AND e.horizon < v_horizon;
    RETURN true;
END
$law$;

-- After a restore: nobody may write meanwhile, everything booked so far is folded anew, and
-- numbers are compared from here on only with numbers of this epoch. Says the epoch's number.
CREATE FUNCTION ledger.open_epoch() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $law$
DECLARE
    v_epoch integer;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'ledger: an epoch needs READ COMMITTED' USING ERRCODE = 'LG010';
    END IF;
    LOCK TABLE ledger.epoch, ledger.transfer, ledger.tally IN EXCLUSIVE MODE;
    SELECT max(e.number) + 1 INTO v_epoch FROM ledger.epoch e;
    UPDATE ledger.epoch e SET is_current = false WHERE e.is_current;
    INSERT INTO ledger.epoch (number, is_current, horizon, opened_at)
    VALUES (v_epoch, true, pg_current_xact_id(), clock_timestamp());
    INSERT INTO ledger.tally AS t (pool, account, epoch, horizon, since_day, debit_posted,
                                   credit_posted, debit_held, credit_held)
    SELECT a.pool, a.id, v_epoch, pg_current_xact_id(), d.day,
           coalesce(sum(m.debit) FILTER (WHERE m.act IN (1, 3)), 0),
           coalesce(sum(m.credit) FILTER (WHERE m.act IN (1, 3)), 0),
           coalesce(sum(m.debit * CASE WHEN m.act = 2 THEN 1 ELSE -1 END)
                    FILTER (WHERE m.act > 1), 0),
           coalesce(sum(m.credit * CASE WHEN m.act = 2 THEN 1 ELSE -1 END)
                    FILTER (WHERE m.act > 1), 0)
      FROM ledger.account a
      JOIN ledger.business_day d ON d.pool = a.pool AND d.state = 'open'
      JOIN (SELECT x.pool, x.debit_account AS id, x.act, x.amount_fen AS debit,
                   0::bigint AS credit FROM ledger.transfer x
            UNION ALL
            SELECT x.pool, x.credit_account, x.act, 0, x.amount_fen FROM ledger.transfer x) m
        ON m.pool = a.pool AND m.id = a.id
     WHERE NOT a.guarded
     GROUP BY a.pool, a.id, d.day
    ON CONFLICT (pool, account) DO UPDATE
       SET epoch = excluded.epoch, horizon = excluded.horizon, since_day = excluded.since_day,
           debit_posted = excluded.debit_posted, credit_posted = excluded.credit_posted,
           debit_held = excluded.debit_held, credit_held = excluded.credit_held;
    RETURN v_epoch;
END
$law$;
