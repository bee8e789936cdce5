-- The check of a day at its close: what came since the last seal, against what was frozen by it.
-- What lies below the last sealed day was proven then; all of it is re-derived by check_book, in
-- turn. Reads the rows since the seal and the accounts they touch, never the history before.
-- Totals are folded by place and frozen by day: beside a transaction older than the cut, what the
-- seal froze lies above the place a total was folded up to, and is taken back when they are compared.

CREATE OR REPLACE FUNCTION ledger.day_faults(p_pool integer, p_day date)
RETURNS TABLE (rule text, subject text, detail text)
LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_custom_plan SET jit = off
AS $law$
#variable_conflict use_column
DECLARE
    v_sealed date := (SELECT max(s.business_day) FROM ledger.seal s
                       WHERE s.pool = p_pool AND s.business_day < p_day);
    v_floor  bigint := ledger.day_floor(p_pool, v_sealed + 1);
    v_fold   bigint := (SELECT f.horizon FROM ledger.holder_fold f WHERE f.pool = p_pool);
    v_lone   uuid[];
BEGIN
    v_floor := coalesce(v_floor, 0);
    v_sealed := coalesce(v_sealed, '-infinity');
    RETURN QUERY
    WITH tail AS MATERIALIZED (
        SELECT x.id, x.act::smallint AS act, x.code, x.profile, x.debit_account, x.debit_kind,
               x.credit_account, x.credit_kind, x.amount_fen::bigint AS fen, x.needs_approval,
               x.approval_id, x.created_at, x.business_day AS day, x.place, x.resolves, x.reverses
          FROM ledger.transfer x WHERE x.pool = p_pool AND x.place >= v_floor
    ), fresh AS MATERIALIZED (
        SELECT * FROM tail t WHERE t.day > v_sealed
    ), side AS MATERIALIZED (
        SELECT t.debit_account AS account, t.debit_kind AS kind, t.act, t.place, t.day,
               t.day > v_sealed AS fresh, t.fen AS debit, 0::bigint AS credit FROM tail t
        UNION ALL
        SELECT t.credit_account, t.credit_kind, t.act, t.place, t.day, t.day > v_sealed, 0, t.fen
          FROM tail t
    ), moved AS MATERIALIZED (
        SELECT s.account, s.kind,
               coalesce(sum(s.debit) FILTER (WHERE s.fresh AND s.act IN (1, 3)), 0) AS dp,
               coalesce(sum(s.credit) FILTER (WHERE s.fresh AND s.act IN (1, 3)), 0) AS cp,
               coalesce(sum(CASE s.act WHEN 2 THEN s.debit ELSE -s.debit END)
                        FILTER (WHERE s.fresh AND s.act > 1), 0) AS dh,
               coalesce(sum(CASE s.act WHEN 2 THEN s.credit ELSE -s.credit END)
                        FILTER (WHERE s.fresh AND s.act > 1), 0) AS ch,
               coalesce(sum(CASE WHEN s.fresh THEN s.debit ELSE -s.debit END)
                        FILTER (WHERE s.act IN (1, 3) AND s.fresh = (s.place < v_fold)), 0) AS df,
               coalesce(sum(CASE WHEN s.fresh THEN s.credit ELSE -s.credit END)
                        FILTER (WHERE s.act IN (1, 3) AND s.fresh = (s.place < v_fold)), 0) AS cf
          FROM side s GROUP BY s.account, s.kind
        HAVING bool_or(s.fresh)
    ), told AS MATERIALIZED (
        SELECT m.account, m.kind, coalesce(b.debit_posted, 0) AS bdp,
               coalesce(b.credit_posted, 0) AS bcp, coalesce(b.debit_held, 0) AS bdh,
               coalesce(b.credit_held, 0) AS bch, m.dp, m.cp, m.dh, m.ch, m.df, m.cf
          FROM moved m
          LEFT JOIN LATERAL (
                SELECT l.* FROM ledger.day_balance l
                 WHERE l.pool = p_pool AND l.account = m.account AND l.business_day <= v_sealed
                 ORDER BY l.business_day DESC LIMIT 1) b ON true
    ), kept AS MATERIALIZED (
        SELECT t.*, a.id, a.kind AS real_kind, a.owner, a.guarded, a.side, a.debit_posted,
               a.credit_posted, a.debit_held, a.credit_held, a.available_fen, k.book,
               k.side AS kind_side, k.guarded AS kind_guarded
          FROM told t
          LEFT JOIN ledger.account a ON a.pool = p_pool AND a.id = t.account
          LEFT JOIN ledger.account_kind k ON k.number = t.kind
    ), at_end AS MATERIALIZED (
        SELECT * FROM ledger.trial(p_pool, p_day)
    ), sealed AS (
        SELECT split_part(u.part, ':', 1)::smallint AS kind,
               split_part(u.part, ':', 2)::numeric AS debit,
               split_part(u.part, ':', 3)::numeric AS credit
          FROM ledger.seal s
         CROSS JOIN LATERAL unnest(string_to_array(
                substring(s.text FROM E'\nkinds=([^\n]*)\n'), ',')) AS u(part)
         WHERE s.pool = p_pool AND s.business_day = v_sealed AND u.part <> ''
    ), kinds AS (
        SELECT s.kind, sum(s.debit) AS debit, sum(s.credit) AS credit
          FROM (SELECT kind, debit, credit FROM sealed
                UNION ALL
                SELECT n.kind, n.debit, n.credit FROM side n
                 WHERE n.fresh AND n.act IN (1, 3) AND n.day <= p_day) s
         GROUP BY s.kind
    )
    SELECT 'behind_the_seal', t.id::text, t.day::text FROM tail t
     WHERE t.day <= v_sealed AND NOT EXISTS (
           SELECT FROM ledger.voucher v WHERE v.pool = p_pool AND v.transfer = t.id)
    UNION ALL
    SELECT 'handbook_obeyed', f.id::text,
           format('act %s %s %s -> %s', f.act, f.code, f.debit_kind, f.credit_kind)
      FROM fresh f
      LEFT JOIN ledger.business_day d
        ON d.pool = p_pool AND d.day = f.day AND d.profile = f.profile
      LEFT JOIN ledger.posting_rule r ON r.profile = f.profile AND r.code = f.code
           AND r.debit_kind = f.debit_kind AND r.credit_kind = f.credit_kind
           AND r.needs_approval = f.needs_approval
     WHERE d.pool IS NULL OR r.code IS NULL OR f.fen <= 0
        OR (f.needs_approval AND f.approval_id IS NULL)
        OR (f.act IN (3, 4)) <> (f.resolves IS NOT NULL)
        OR (f.act <> 1 AND f.reverses IS NOT NULL)
    UNION ALL
    SELECT 'days_hold', f.id::text, f.day::text
      FROM fresh f LEFT JOIN ledger.business_day d ON d.pool = p_pool AND d.day = f.day
     WHERE d.day IS NULL OR f.created_at < d.opened_at OR (f.created_at > d.cut_at
           AND NOT EXISTS (SELECT FROM ledger.adjustment a
                            WHERE a.pool = p_pool AND a.transfer = f.id))
    UNION ALL
    SELECT 'holds_resolve_once', f.id::text, f.resolves::text
      FROM fresh f LEFT JOIN ledger.transfer h ON h.pool = p_pool AND h.id = f.resolves
     WHERE f.act IN (3, 4)
       AND ((h.act::smallint, h.code, h.debit_account, h.credit_account, h.amount_fen::bigint)
            IS DISTINCT FROM (2::smallint, f.code, f.debit_account, f.credit_account, f.fen)
            OR f.id <> ledger.derive(f.resolves, 'resolved'))
    UNION ALL
    SELECT 'reversals_fit', f.id::text, f.reverses::text
      FROM fresh f LEFT JOIN ledger.transfer h ON h.pool = p_pool AND h.id = f.reverses
     WHERE f.reverses IS NOT NULL
       AND ((h.act IN (1, 3), h.code || '_reversed', h.debit_account, h.credit_account,
             h.amount_fen::bigint)
            IS DISTINCT FROM (true, f.code, f.credit_account, f.debit_account, f.fen)
            OR f.id <> ledger.derive(f.reverses, 'reversed'))
    UNION ALL
    SELECT 'account_is_theirs', k.account::text, k.kind || ' ' || coalesce(k.owner, '-')
      FROM kept k
     WHERE k.id IS NULL OR k.real_kind <> k.kind OR k.guarded <> k.kind_guarded
        OR k.side <> k.kind_side OR k.id <> ledger.account_id(p_pool, k.kind, k.owner)
    UNION ALL
    SELECT 'guarded_totals_follow', k.kind || '/' || k.owner,
           format('stored %s %s %s %s, frozen and moved %s %s %s %s', k.debit_posted,
                  k.credit_posted, k.debit_held, k.credit_held, k.bdp + k.dp, k.bcp + k.cp,
                  k.bdh + k.dh, k.bch + k.ch)
      FROM kept k
     WHERE k.guarded AND ((k.debit_posted, k.credit_posted, k.debit_held, k.credit_held)
           IS DISTINCT FROM (k.bdp + k.dp, k.bcp + k.cp, k.bdh + k.dh, k.bch + k.ch)
           OR k.available_fen <> CASE k.side
              WHEN 'credit' THEN k.bcp + k.cp - k.bdp - k.dp - k.bdh - k.dh
              ELSE k.bdp + k.dp - k.bcp - k.cp - k.bch - k.ch END)
    UNION ALL
    SELECT 'never_overdrawn', k.kind || '/' || k.owner, k.available_fen::text
      FROM kept k
     WHERE k.guarded AND CASE k.side
           WHEN 'credit' THEN k.bcp + k.cp - k.bdp - k.dp - k.bdh - k.dh
           ELSE k.bdp + k.dp - k.bcp - k.cp - k.bch - k.ch END < 0
    UNION ALL
    SELECT 'tallied_totals_follow', t.account::text,
           format('stored %s %s, frozen and moved %s %s', t.debit_posted, t.credit_posted, t.debit,
                  t.credit)
      FROM (SELECT t.account, t.debit_posted, t.credit_posted,
                   k.bdp + coalesce(sum(CASE WHEN s.fresh THEN s.debit ELSE -s.debit END), 0) AS debit,
                   k.bcp + coalesce(sum(CASE WHEN s.fresh THEN s.credit ELSE -s.credit END), 0)
                       AS credit
              FROM told k
              JOIN ledger.tally t
                ON t.pool = p_pool AND t.account = k.account AND t.horizon >= v_floor
              LEFT JOIN side s ON s.account = t.account AND s.act IN (1, 3)
                   AND s.fresh = (s.place < t.horizon)
             GROUP BY t.account, t.debit_posted, t.credit_posted, k.bdp, k.bcp) t
     WHERE (t.debit_posted, t.credit_posted) IS DISTINCT FROM (t.debit, t.credit)
    UNION ALL
    SELECT 'holders_follow', k.account::text,
           format('told %s, frozen and moved %s', coalesce(h.balance_fen, 0), n.fen)
      FROM kept k
      LEFT JOIN ledger.holder h ON h.pool = p_pool AND h.account = k.account
     CROSS JOIN LATERAL (SELECT CASE k.kind_side WHEN 'debit' THEN k.bdp + k.df - k.bcp - k.cf
                                ELSE k.bcp + k.cf - k.bdp - k.df END AS fen) n
     WHERE v_fold >= v_floor AND k.book = 'reserve' AND coalesce(h.balance_fen, 0) <> n.fen
    UNION ALL
    SELECT 'kind_days_follow', coalesce(t.kind, k.kind)::text,
           format('told %s %s, sealed and moved %s %s', t.debit_posted, t.credit_posted, k.debit,
                  k.credit)
      FROM at_end t FULL JOIN kinds k ON k.kind = t.kind
     WHERE (coalesce(t.debit_posted, 0), coalesce(t.credit_posted, 0))
           IS DISTINCT FROM (coalesce(k.debit, 0), coalesce(k.credit, 0))
    UNION ALL
    SELECT 'books_balance', k.book, format('debit %s credit %s', sum(t.debit_posted),
                                           sum(t.credit_posted))
      FROM at_end t JOIN ledger.account_kind k ON k.number = t.kind
     GROUP BY k.book HAVING sum(t.debit_posted) <> sum(t.credit_posted)
    UNION ALL
    SELECT 'mirrors_mirror', p.one || ' / ' || p.other, sum(t.debit_posted - t.credit_posted)::text
      FROM (VALUES ('own_cover_due', 'due_to_reserve'),
                   ('own_income_in_reserve', 'due_from_reserve')) AS p(one, other)
      JOIN ledger.account_kind k ON k.name IN (p.one, p.other)
      JOIN at_end t ON t.kind = k.number
     GROUP BY p.one, p.other HAVING sum(t.debit_posted - t.credit_posted) <> 0
    UNION ALL
    SELECT 'adjustments_rest', a.transfer::text, a.business_day::text
      FROM ledger.adjustment a
      JOIN ledger.business_day d ON d.pool = a.pool AND d.day = a.business_day
      LEFT JOIN ledger.transfer x ON x.pool = a.pool AND x.id = a.transfer
     WHERE a.pool = p_pool AND a.business_day > v_sealed
       AND (x.approval_id IS DISTINCT FROM a.approval_id
            OR x.business_day IS DISTINCT FROM a.business_day OR a.adjusted_at < d.cut_at)
    UNION ALL
    SELECT 'one_day_is_open', p_pool::text, count(*)::text FROM ledger.business_day d
     WHERE d.pool = p_pool AND d.state = 'open' HAVING count(*) <> 1
    UNION ALL
    SELECT 'days_have_their_profile', d.day::text, d.profile FROM ledger.business_day d
     WHERE d.pool = p_pool AND d.day > v_sealed
       AND d.profile IS DISTINCT FROM ledger.profile_on(d.pool, d.day)
    UNION ALL
    SELECT 'seals_hold', s.business_day::text, encode(s.digest, 'hex')
      FROM ledger.seal s
      LEFT JOIN ledger.seal_signature g ON g.pool = s.pool AND g.business_day = s.business_day
     WHERE s.pool = p_pool AND s.business_day = v_sealed
       AND (g.pool IS NULL OR s.digest <> sha256(convert_to(s.text, 'UTF8'))
            OR s.previous IS DISTINCT FROM (
                SELECT b.digest FROM ledger.seal b WHERE b.pool = p_pool AND b.business_day < v_sealed
                 ORDER BY b.business_day DESC LIMIT 1));

    -- a leg alone since the seal may have its other leg before it: only then is history asked
    SELECT array_agg(l.cross_id) INTO v_lone
      FROM (SELECT x.cross_id FROM ledger.transfer x
             WHERE x.pool = p_pool AND x.place >= v_floor AND x.business_day > v_sealed
               AND x.cross_id IS NOT NULL AND x.reverses IS NULL AND x.act <> 4
             GROUP BY x.cross_id
            HAVING min(x.amount_fen::bigint) <> max(x.amount_fen::bigint)
                OR (count(*) = 1 AND NOT bool_or(x.debit_kind IN (1131, 2431)
                                                 OR x.credit_kind IN (1131, 2431)))) l;
    IF v_lone IS NOT NULL THEN
        RETURN QUERY
        SELECT 'pairs_are_whole', x.cross_id::text,
               format('%s legs, %s to %s fen', count(*), min(x.amount_fen), max(x.amount_fen))
          FROM ledger.transfer x
         WHERE x.pool = p_pool AND x.cross_id = ANY (v_lone) AND x.reverses IS NULL AND x.act <> 4
         GROUP BY x.cross_id
        HAVING min(x.amount_fen::bigint) <> max(x.amount_fen::bigint)
            OR (count(*) = 1 AND NOT bool_or(x.debit_kind IN (1131, 2431)
                                             OR x.credit_kind IN (1131, 2431)));
    END IF;
END
$law$;
REVOKE ALL ON FUNCTION ledger.day_faults(integer, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.day_faults(integer, date) TO gateway_app;
