-- What reports are read from: the book as of a business day, as it was known at a moment.

-- From which place on something can have been booked after the moment.
CREATE FUNCTION ledger.floor_after(p_pool integer, p_known timestamptz) RETURNS bigint
LANGUAGE sql STABLE
AS $law$
    SELECT ledger.day_floor(p_pool, (SELECT min(d.day) FROM ledger.business_day d
        WHERE d.pool = p_pool AND (d.cut_at IS NULL OR d.cut_at > p_known)))
$law$;

-- Every kind up to and including p_day, less what was booked there after p_known.
CREATE FUNCTION ledger.known_trial(p_pool integer, p_day date, p_known timestamptz)
RETURNS TABLE (kind smallint, debit_posted numeric, credit_posted numeric)
LANGUAGE plpgsql STABLE
AS $law$
DECLARE
    v_floor bigint := ledger.floor_after(p_pool, p_known);
BEGIN
    RETURN QUERY
    SELECT s.kind, sum(s.debit), sum(s.credit)
      FROM (SELECT t.kind, t.debit_posted AS debit, t.credit_posted AS credit
              FROM ledger.trial(p_pool, p_day) t
            UNION ALL
            SELECT n.kind, n.debit, n.credit
              FROM ledger.transfer x
             CROSS JOIN LATERAL (VALUES (x.debit_kind, -x.amount_fen::numeric, 0::numeric),
                                        (x.credit_kind, 0, -x.amount_fen)) AS n(kind, debit, credit)
             WHERE x.pool = p_pool AND x.business_day <= p_day AND x.place >= v_floor
               AND x.act IN (1, 3) AND x.created_at > p_known) s
     GROUP BY s.kind HAVING sum(s.debit) <> 0 OR sum(s.credit) <> 0
     ORDER BY s.kind;
END
$law$;

-- What moved in the days from p_first to p_last, by event and the two kinds it moved between.
CREATE FUNCTION ledger.movements(p_pool integer, p_first date, p_last date, p_known timestamptz)
RETURNS TABLE (code text, debit_kind smallint, credit_kind smallint, lines bigint, fen numeric)
LANGUAGE plpgsql STABLE
AS $law$
DECLARE
    v_floor bigint := ledger.day_floor(p_pool, p_first);
BEGIN
    RETURN QUERY
    SELECT x.code, x.debit_kind, x.credit_kind, count(*), sum(x.amount_fen)
      FROM ledger.transfer x
     WHERE x.pool = p_pool AND x.business_day BETWEEN p_first AND p_last AND x.place >= v_floor
       AND x.act IN (1, 3) AND x.created_at <= p_known
     GROUP BY x.code, x.debit_kind, x.credit_kind
     ORDER BY x.code, x.debit_kind, x.credit_kind;
END
$law$;

-- What happened in the world up to a day's end but was booked in a later day, as known then.
CREATE FUNCTION ledger.late_events(p_pool integer, p_day date, p_known timestamptz)
RETURNS TABLE (transfer uuid, code text, debit_kind smallint, debit_owner text,
               credit_kind smallint, credit_owner text, fen bigint, event_at timestamptz,
               created_at timestamptz, business_day date)
LANGUAGE plpgsql STABLE
AS $law$
DECLARE
    v_floor bigint := coalesce((SELECT d.cut_place FROM ledger.business_day d
                                 WHERE d.pool = p_pool AND d.day = p_day), 0);
BEGIN
    RETURN QUERY
    SELECT x.id, x.code, x.debit_kind, d.owner::text, x.credit_kind, c.owner::text,
           x.amount_fen::bigint, x.event_at, x.created_at, x.business_day
      FROM ledger.transfer x
      JOIN ledger.account d ON d.pool = x.pool AND d.id = x.debit_account
      JOIN ledger.account c ON c.pool = x.pool AND c.id = x.credit_account
     WHERE x.pool = p_pool AND x.business_day > p_day AND x.place >= v_floor AND x.act IN (1, 3)
       AND x.created_at <= p_known
       AND x.event_at < (p_day + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
     ORDER BY x.business_day, x.place, x.created_at, x.id;
END
$law$;

-- Every account of a kind that held something at the end of p_day as known at p_known: what, on
-- its own side, and since when something of it may have lain there (first in, first out).
CREATE FUNCTION ledger.holdings(p_pool integer, p_kind smallint, p_day date, p_known timestamptz)
RETURNS TABLE (owner text, fen numeric, since timestamptz)
LANGUAGE plpgsql STABLE
AS $law$
DECLARE
    v_floor bigint := least(ledger.day_floor(p_pool, p_day + 1),
                            ledger.floor_after(p_pool, p_known));
BEGIN
    RETURN QUERY
    WITH later AS MATERIALIZED (
        SELECT n.account, sum(n.debit) AS debit, sum(n.credit) AS credit
          FROM ledger.transfer x
         CROSS JOIN LATERAL (VALUES (x.debit_kind, x.debit_account, x.amount_fen::numeric, 0::numeric),
                                    (x.credit_kind, x.credit_account, 0, x.amount_fen))
                            AS n(kind, account, debit, credit)
         WHERE x.pool = p_pool AND x.place >= v_floor AND x.act IN (1, 3) AND n.kind = p_kind
           AND (x.business_day > p_day OR x.created_at > p_known)
         GROUP BY n.account
    ), held AS MATERIALIZED (
        SELECT a.id, a.owner::text AS owner, a.side,
               CASE WHEN a.guarded THEN a.debit_posted ELSE t.debit_posted END
                   - coalesce(l.debit, 0) AS debit,
               CASE WHEN a.guarded THEN a.credit_posted ELSE t.credit_posted END
                   - coalesce(l.credit, 0) AS credit
          FROM ledger.account a
          LEFT JOIN LATERAL ledger.totals(a.pool, a.id) t ON NOT a.guarded
          LEFT JOIN later l ON l.account = a.id
         WHERE a.pool = p_pool AND a.kind = p_kind
           AND (NOT a.guarded OR a.debit_posted <> a.credit_posted OR l.account IS NOT NULL)
    )
    SELECT h.owner, CASE h.side WHEN 'debit' THEN h.debit - h.credit ELSE h.credit - h.debit END,
           o.event_at
      FROM held h
      LEFT JOIN LATERAL (
        SELECT w.event_at
          FROM (SELECT x.event_at, sum(x.amount_fen) OVER (
                           ORDER BY x.business_day, x.place, x.created_at, x.id) AS came
                  FROM ledger.transfer x
                 WHERE x.pool = p_pool AND x.act IN (1, 3) AND x.business_day <= p_day
                   AND x.created_at <= p_known
                   AND CASE h.side WHEN 'debit' THEN x.debit_account = h.id
                                   ELSE x.credit_account = h.id END) w
         WHERE w.came > CASE h.side WHEN 'debit' THEN h.credit ELSE h.debit END
         ORDER BY w.came LIMIT 1) o ON true
     WHERE h.debit <> h.credit
     ORDER BY o.event_at NULLS FIRST, h.owner;
END
$law$;

-- Money set aside at the end of p_day as known at p_known, and neither booked nor given back.
CREATE FUNCTION ledger.unresolved(p_pool integer, p_day date, p_known timestamptz)
RETURNS TABLE (hold uuid, code text, owner text, fen bigint, event_at timestamptz)
LANGUAGE sql STABLE
AS $law$
    SELECT h.id, h.code, a.owner::text, h.amount_fen::bigint, h.event_at
      FROM ledger.transfer h
      JOIN ledger.account a ON a.pool = h.pool AND a.id = h.debit_account
     WHERE h.pool = p_pool AND h.act = 2 AND h.business_day <= p_day AND h.created_at <= p_known
       AND NOT EXISTS (SELECT FROM ledger.transfer r
                        WHERE r.pool = h.pool AND r.id = ledger.derive(h.id, 'resolved')
                          AND r.business_day <= p_day AND r.created_at <= p_known)
     ORDER BY h.event_at, h.id
$law$;

REVOKE ALL ON FUNCTION
    ledger.day_moves(), ledger.hold_days(integer), ledger.own_check(integer, date, integer),
    ledger.refuse_unsound(integer, date)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    ledger.adjust(integer, date, uuid[], text[], smallint[], text[], smallint[], text[], bigint[],
                  timestamptz[], uuid[], uuid),
    ledger.totals_at(integer, uuid, timestamptz),
    ledger.check_day(integer, date),
    ledger.block_day(integer, date, integer),
    ledger.seal_day(integer, date, integer, text, uuid),
    ledger.sign_seal(integer, date, text, text, bytea, bytea),
    ledger.day_floor(integer, date),
    ledger.voucher_text(integer, ledger.transfer),
    ledger.balance_text(ledger.day_balance),
    ledger.merkle_root(text[]),
    ledger.day_root(integer, date),
    ledger.seal_text(integer, date, text, uuid, timestamptz),
    ledger.floor_after(integer, timestamptz),
    ledger.known_trial(integer, date, timestamptz),
    ledger.movements(integer, date, date, timestamptz),
    ledger.late_events(integer, date, timestamptz),
    ledger.holdings(integer, smallint, date, timestamptz),
    ledger.unresolved(integer, date, timestamptz)
TO gateway_app;
