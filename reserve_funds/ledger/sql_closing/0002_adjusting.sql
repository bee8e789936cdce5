-- An approved adjustment enters a day that is cut or blocked, never one under check or closed.

-- One at a time touches the state of a pool's cut days; postings of the open day never wait for it.
CREATE FUNCTION ledger.hold_days(p_pool integer) RETURNS void
LANGUAGE plpgsql
AS $law$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'ledger: days need READ COMMITTED' USING ERRCODE = 'LG010';
    END IF;
    PERFORM pg_advisory_xact_lock(1279542855, p_pool);
END
$law$;

CREATE FUNCTION ledger.adjust(
    p_pool integer, p_day date, p_ids uuid[], p_codes text[],
    p_debit_kinds smallint[], p_debit_owners text[],
    p_credit_kinds smallint[], p_credit_owners text[],
    p_amounts bigint[], p_event_ats timestamptz[], p_cross uuid[], p_approval uuid)
RETURNS SETOF ledger.outcome
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $law$
DECLARE
    v_n    integer := cardinality(p_ids);
    v_day  ledger.business_day;
    v_was  integer;
    v_at   timestamptz;
    v_item record;
    v_here bigint;
BEGIN
    IF v_n IS NULL OR v_n = 0 OR p_approval IS NULL
       OR (v_n, v_n, v_n, v_n, v_n, v_n, v_n, v_n) IS DISTINCT FROM
          (cardinality(p_codes), cardinality(p_debit_kinds), cardinality(p_debit_owners),
           cardinality(p_credit_kinds), cardinality(p_credit_owners), cardinality(p_amounts),
           cardinality(p_event_ats), cardinality(p_cross)) THEN
        RAISE EXCEPTION 'ledger: the arrays do not match' USING ERRCODE = 'LG007';
    END IF;
    PERFORM ledger.hold_days(p_pool);
    SELECT count(*) INTO v_was
      FROM unnest(p_ids, p_codes, p_debit_kinds, p_debit_owners, p_credit_kinds, p_credit_owners,
                  p_amounts, p_event_ats, p_cross)
           AS u(id, code, dk, dow, ck, cow, amount_fen, event_at, cross_id)
      JOIN ledger.adjustment a ON a.pool = p_pool AND a.transfer = u.id
           AND a.business_day = p_day AND a.approval_id = p_approval
      JOIN ledger.transfer t ON t.pool = a.pool AND t.id = a.transfer
     WHERE (t.code, t.debit_account, t.credit_account, t.amount_fen::bigint, t.event_at)
           = (u.code, ledger.account_id(p_pool, u.dk, u.dow),
              ledger.account_id(p_pool, u.ck, u.cow), u.amount_fen, u.event_at)
       AND t.cross_id IS NOT DISTINCT FROM u.cross_id;
    IF v_was = v_n THEN
        RETURN QUERY SELECT (u.item - 1)::integer, 'same', u.id, 1::smallint, t.created_at,
                            t.business_day, NULL::text
                       FROM unnest(p_ids) WITH ORDINALITY AS u(id, item)
                       JOIN ledger.transfer t ON t.pool = p_pool AND t.id = u.id
                      ORDER BY u.item;
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM ledger.transfer t WHERE t.pool = p_pool AND t.id = ANY (p_ids)) THEN
        RAISE EXCEPTION 'ledger: a transfer exists with other content'
            USING ERRCODE = 'LG001', DETAIL = json_build_object('item', 0)::text;
    END IF;
    SELECT * INTO v_day FROM ledger.business_day d WHERE d.pool = p_pool AND d.day = p_day;
    IF v_day.state IS NULL OR v_day.state NOT IN ('cut', 'blocked') THEN
        RAISE EXCEPTION 'ledger: nothing enters day % of pool %', p_day, p_pool
            USING ERRCODE = 'LG016', DETAIL = json_build_object('pool', p_pool, 'day', p_day,
                'state', v_day.state)::text;
    END IF;
    v_here := (ledger.enter(p_pool)).place;
    -- no fold passes while this is on its way: what was folded must not hide an earlier day
    PERFORM 1 FROM ledger.epoch e WHERE e.is_current FOR SHARE;
    PERFORM ledger.spend_approval(p_approval, p_pool, 'adjust|' || p_day || E'\n' || (
        SELECT string_agg(ledger.canonical(p_pool, u.id, u.code, u.dk, u.dow, u.ck, u.cow,
                   u.amount_fen, u.cross_id), E'\n' ORDER BY u.id)
          FROM unnest(p_ids, p_codes, p_debit_kinds, p_debit_owners, p_credit_kinds,
                      p_credit_owners, p_amounts, p_cross)
               AS u(id, code, dk, dow, ck, cow, amount_fen, cross_id)), 0);
    v_at := clock_timestamp();
    FOR v_item IN
        SELECT u.*, r.needs_approval, r.debit_guarded, r.debit_side, r.credit_guarded,
               r.credit_side, ledger.account_id(p_pool, u.dk, u.dow) AS debit,
               ledger.account_id(p_pool, u.ck, u.cow) AS credit
          FROM unnest(p_ids, p_codes, p_debit_kinds, p_debit_owners, p_credit_kinds,
                      p_credit_owners, p_amounts, p_event_ats, p_cross) WITH ORDINALITY
               AS u(id, code, dk, dow, ck, cow, amount_fen, event_at, cross_id, item)
          LEFT JOIN ledger.posting_rule r ON r.profile = v_day.profile AND r.code = u.code
               AND r.debit_kind = u.dk AND r.credit_kind = u.ck
         ORDER BY u.item
    LOOP
        IF v_item.needs_approval IS NULL THEN
            RAISE EXCEPTION 'ledger: the handbook of % knows no % from % to %', v_day.profile,
                v_item.code, v_item.dk, v_item.ck USING ERRCODE = 'LG003',
                DETAIL = json_build_object('item', v_item.item - 1, 'code', v_item.code)::text;
        END IF;
        INSERT INTO ledger.account (pool, id, kind, owner, guarded, side)
        SELECT p_pool, n.id, n.kind, n.owner, n.guarded, n.side
          FROM (VALUES (v_item.debit, v_item.dk, v_item.dow, v_item.debit_guarded,
                        v_item.debit_side),
                       (v_item.credit, v_item.ck, v_item.cow, v_item.credit_guarded,
                        v_item.credit_side)) AS n(id, kind, owner, guarded, side)
         ORDER BY n.id
        ON CONFLICT DO NOTHING;
        INSERT INTO ledger.transfer (pool, id, act, code, profile, debit_account, debit_kind,
                credit_account, credit_kind, amount_fen, needs_approval, approval_id, event_at,
                created_at, business_day, cross_id, place)
        VALUES (p_pool, v_item.id, 1, v_item.code, v_day.profile, v_item.debit, v_item.dk,
                v_item.credit, v_item.ck, v_item.amount_fen, v_item.needs_approval, p_approval,
                v_item.event_at, v_at, p_day, v_item.cross_id, v_here);
        INSERT INTO ledger.adjustment (pool, transfer, business_day, approval_id, adjusted_at)
        VALUES (p_pool, v_item.id, p_day, p_approval, v_at);
        UPDATE ledger.account a
           SET debit_posted  = a.debit_posted
                   + CASE WHEN a.id = v_item.debit THEN v_item.amount_fen ELSE 0 END,
               credit_posted = a.credit_posted
                   + CASE WHEN a.id = v_item.credit THEN v_item.amount_fen ELSE 0 END,
               available_fen = a.available_fen
                   + CASE WHEN (a.id = v_item.debit) = (a.side = 'debit')
                          THEN v_item.amount_fen ELSE -v_item.amount_fen END
         WHERE a.pool = p_pool AND a.id IN (v_item.debit, v_item.credit) AND a.guarded;
        UPDATE ledger.tally f SET since_day = p_day
         WHERE f.pool = p_pool AND f.account IN (v_item.debit, v_item.credit)
           AND f.since_day > p_day;
        RETURN NEXT (v_item.item - 1, 'new', v_item.id, 1, v_at, p_day, NULL)::ledger.outcome;
    END LOOP;
    UPDATE ledger.pool_tally f SET since_day = p_day WHERE f.pool = p_pool AND f.since_day > p_day;
END
$law$;

-- As before, but what was adjusted after the moment was not known then, whatever day it entered.
CREATE OR REPLACE FUNCTION ledger.totals_at(p_pool integer, p_account uuid, p_moment timestamptz,
    OUT debit_posted numeric, OUT credit_posted numeric)
LANGUAGE plpgsql STABLE
AS $law$
DECLARE
    v_day date := (SELECT min(d.day) FROM ledger.business_day d
                    WHERE d.pool = p_pool AND (d.cut_at IS NULL OR d.cut_at > p_moment));
BEGIN
    SELECT t.debit_posted + p.debit - l.debit, t.credit_posted + p.credit - l.credit
      INTO debit_posted, credit_posted
      FROM ledger.totals_before(p_pool, p_account, v_day) t
     CROSS JOIN (
        SELECT coalesce(sum(m.debit), 0) AS debit, coalesce(sum(m.credit), 0) AS credit
          FROM (SELECT x.amount_fen AS debit, 0::bigint AS credit FROM ledger.transfer x
                 WHERE x.pool = p_pool AND x.debit_account = p_account AND x.business_day = v_day
                   AND x.act IN (1, 3) AND x.created_at <= p_moment
                UNION ALL
                SELECT 0, x.amount_fen FROM ledger.transfer x
                 WHERE x.pool = p_pool AND x.credit_account = p_account AND x.business_day = v_day
                   AND x.act IN (1, 3) AND x.created_at <= p_moment) m) p
     CROSS JOIN (
        SELECT coalesce(sum(x.amount_fen) FILTER (WHERE x.debit_account = p_account), 0) AS debit,
               coalesce(sum(x.amount_fen) FILTER (WHERE x.credit_account = p_account), 0) AS credit
          FROM ledger.adjustment a
          JOIN ledger.transfer x ON x.pool = a.pool AND x.id = a.transfer
         WHERE a.pool = p_pool AND a.business_day < v_day AND a.adjusted_at > p_moment) l;
END
$law$;
