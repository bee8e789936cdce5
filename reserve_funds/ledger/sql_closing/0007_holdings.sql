-- What accounts held at the end of a day as it was known at a moment, set-based: from the folded
-- holders and the transfers after them, never an account at a time.

CREATE FUNCTION ledger.balances(p_pool integer, p_kinds smallint[], p_day date, p_known timestamptz)
RETURNS TABLE (kind smallint, account uuid, fen numeric)
LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_custom_plan SET jit = off
AS $law$
#variable_conflict use_column
DECLARE
    v_fold  bigint := coalesce((SELECT f.horizon FROM ledger.holder_fold f
                                 WHERE f.pool = p_pool), 0);
    v_later bigint := coalesce((
        SELECT coalesce(d.cut_place, 9223372036854775807) FROM ledger.business_day d
         WHERE d.pool = p_pool AND d.day <= p_day ORDER BY d.day DESC LIMIT 1), 0);
    v_from  bigint;
BEGIN
    IF EXISTS (SELECT FROM ledger.account_kind k
                WHERE k.number = ANY (p_kinds) AND k.book <> 'reserve') THEN
        RAISE EXCEPTION 'ledger: holders are of the reserve book' USING ERRCODE = 'LG007';
    END IF;
    v_from := least(v_fold, v_later, ledger.floor_after(p_pool, p_known));
    RETURN QUERY
    WITH moved AS (
        SELECT s.account, s.kind,
               sum(CASE WHEN (k.side = 'debit') = s.debited THEN s.fen ELSE -s.fen END) AS fen
          FROM (SELECT n.account, n.kind, n.debited, x.amount_fen::numeric
                       * ((x.place >= v_fold)::integer
                          - (x.business_day > p_day OR x.created_at > p_known)::integer) AS fen
                  FROM ledger.transfer x
                 CROSS JOIN LATERAL (VALUES (x.debit_kind, x.debit_account, true),
                                            (x.credit_kind, x.credit_account, false))
                                    AS n(kind, account, debited)
                 WHERE x.pool = p_pool AND x.place >= v_from AND x.act IN (1, 3)
                   AND n.kind = ANY (p_kinds)) s
          JOIN ledger.account_kind k ON k.number = s.kind
         WHERE s.fen <> 0
         GROUP BY s.account, s.kind
    ), folded AS (
        SELECT h.account, h.kind, h.balance_fen FROM ledger.holder h
         WHERE h.pool = p_pool AND h.kind = ANY (p_kinds)
    )
    SELECT coalesce(h.kind, m.kind), coalesce(h.account, m.account),
           coalesce(h.balance_fen, 0) + coalesce(m.fen, 0)
      FROM folded h FULL JOIN moved m ON m.account = h.account
     WHERE coalesce(h.balance_fen, 0) + coalesce(m.fen, 0) <> 0;
END
$law$;

-- Every account of a kind that held something at the end of p_day as known at p_known: what, on
-- its own side, and since when something of it may have lain there (first in, first out: what is
-- there now is what came last).
CREATE OR REPLACE FUNCTION ledger.holdings(p_pool integer, p_kind smallint, p_day date,
                                           p_known timestamptz)
RETURNS TABLE (owner text, fen numeric, since timestamptz)
LANGUAGE plpgsql STABLE
AS $law$
BEGIN
    IF EXISTS (SELECT FROM ledger.account_kind k WHERE k.number = p_kind AND k.book <> 'reserve')
    THEN  -- the own book has few accounts and no folded holders
        RETURN QUERY
        SELECT a.owner::text, h.fen, NULL::timestamptz
          FROM ledger.account a
         CROSS JOIN LATERAL (
                SELECT coalesce(sum(CASE WHEN (a.side = 'debit') = (x.debit_account = a.id)
                                         THEN x.amount_fen ELSE -x.amount_fen END), 0) AS fen
                  FROM ledger.transfer x
                 WHERE x.pool = p_pool AND x.act IN (1, 3) AND x.business_day <= p_day
                   AND x.created_at <= p_known
                   AND (x.debit_account = a.id OR x.credit_account = a.id)) h
         WHERE a.pool = p_pool AND a.kind = p_kind AND h.fen <> 0
         ORDER BY a.owner;
        RETURN;
    END IF;
    RETURN QUERY
    SELECT a.owner::text, b.fen, o.event_at
      FROM ledger.balances(p_pool, ARRAY[p_kind], p_day, p_known) b
      JOIN ledger.account a ON a.pool = p_pool AND a.id = b.account
      LEFT JOIN LATERAL (
        SELECT w.event_at
          FROM (SELECT x.event_at, sum(x.amount_fen) OVER (
                           ORDER BY x.business_day DESC, x.place DESC, x.created_at DESC, x.id DESC)
                       AS came
                  FROM ledger.transfer x
                 WHERE x.pool = p_pool AND x.act IN (1, 3) AND x.business_day <= p_day
                   AND x.created_at <= p_known
                   AND CASE a.side WHEN 'debit' THEN x.debit_account = b.account
                                   ELSE x.credit_account = b.account END) w
         WHERE w.came >= b.fen
         ORDER BY w.came LIMIT 1) o ON b.fen > 0
     ORDER BY o.event_at NULLS FIRST, a.owner;
END
$law$;

-- Liabilities below zero at the end of a day: the few, found among all at once.
CREATE FUNCTION ledger.overdrawn(p_pool integer, p_kinds smallint[], p_day date,
                                 p_known timestamptz)
RETURNS TABLE (kind smallint, owner text, fen numeric)
LANGUAGE sql STABLE
AS $law$
    SELECT b.kind, a.owner::text, b.fen
      FROM ledger.balances(p_pool, p_kinds, p_day, p_known) b
      JOIN ledger.account a ON a.pool = p_pool AND a.id = b.account
     WHERE b.fen < 0 ORDER BY b.kind, a.owner
$law$;

-- Accounts of a kind that hold something and moved last on p_before or earlier, by when it happened
-- (a card taken over from elsewhere moved before the book began). An account whose last booked
-- movement is later is out at once; only of the others is history read.
CREATE FUNCTION ledger.dormant(p_pool integer, p_kind smallint, p_day date, p_known timestamptz,
                               p_before date)
RETURNS TABLE (owner text, fen numeric, last timestamptz)
LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_custom_plan SET jit = off
AS $law$
#variable_conflict use_column
DECLARE
    v_until timestamptz := (p_before + 1)::timestamp AT TIME ZONE 'Asia/Shanghai';
BEGIN
    RETURN QUERY
    WITH held AS MATERIALIZED (
        SELECT b.account, b.fen
          FROM ledger.balances(p_pool, ARRAY[p_kind], p_day, p_known) b
    ), still AS MATERIALIZED (
        SELECT h.account, h.fen
          FROM held h
          LEFT JOIN LATERAL (
                SELECT x.event_at, x.created_at FROM ledger.transfer x
                 WHERE x.pool = p_pool AND x.debit_account = h.account AND x.business_day <= p_day
                 ORDER BY x.business_day DESC, x.place DESC LIMIT 1) d ON true
          LEFT JOIN LATERAL (
                SELECT x.event_at, x.created_at FROM ledger.transfer x
                 WHERE x.pool = p_pool AND x.credit_account = h.account AND x.business_day <= p_day
                 ORDER BY x.business_day DESC, x.place DESC LIMIT 1) c ON true
         WHERE (d.event_at IS NULL OR d.event_at < v_until OR d.created_at > p_known)
           AND (c.event_at IS NULL OR c.event_at < v_until OR c.created_at > p_known)
    )
    SELECT a.owner::text, s.fen, m.last
      FROM still s
      JOIN ledger.account a ON a.pool = p_pool AND a.id = s.account
     CROSS JOIN LATERAL (
            SELECT max(n.event_at) AS last
              FROM (SELECT x.event_at FROM ledger.transfer x
                     WHERE x.pool = p_pool AND x.debit_account = s.account
                       AND x.business_day <= p_day AND x.created_at <= p_known
                    UNION ALL
                    SELECT x.event_at FROM ledger.transfer x
                     WHERE x.pool = p_pool AND x.credit_account = s.account
                       AND x.business_day <= p_day AND x.created_at <= p_known) n) m
     WHERE m.last < v_until
     ORDER BY m.last, a.owner;
END
$law$;
REVOKE ALL ON FUNCTION ledger.balances(integer, smallint[], date, timestamptz),
    ledger.overdrawn(integer, smallint[], date, timestamptz),
    ledger.dormant(integer, smallint, date, timestamptz, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.balances(integer, smallint[], date, timestamptz),
    ledger.overdrawn(integer, smallint[], date, timestamptz),
    ledger.dormant(integer, smallint, date, timestamptz, date) TO gateway_app;
