-- What every account of the reserve book comes to, holder by holder, without walking history: the
-- balances that are not zero, folded from transfers alone up to a place nobody can write behind any
-- more, and the tail after it. Accounts that came back to zero leave no row, so what is read grows
-- with those who hold something, never with the years. Runs as ledger_owner; PostgreSQL 15.

CREATE TABLE ledger.holder_fold (
    pool    integer PRIMARY KEY REFERENCES ledger.pool (pool),
    horizon bigint  NOT NULL
);
CREATE TABLE ledger.holder (
    pool        integer  NOT NULL REFERENCES ledger.holder_fold (pool),
    account     uuid     NOT NULL,
    kind        smallint NOT NULL REFERENCES ledger.account_kind (number),
    balance_fen bigint   NOT NULL,  -- on the account's own side; below zero is an overdraft
    PRIMARY KEY (pool, account),
    CONSTRAINT ledger_holder_holds_something CHECK (balance_fen <> 0)
) WITH (fillfactor = 70);

-- rows lie in the order they came: what was booked after a moment is found by blocks
CREATE INDEX ledger_transfer_by_moment ON ledger.transfer USING brin (created_at)
    WITH (pages_per_range = 32, autosummarize = on);

-- Folds what is new of one pool (NULL: of every pool that was folded before) up to p_to.
CREATE FUNCTION ledger.fold_holders_of(p_pool integer, p_from bigint, p_to bigint) RETURNS bigint
LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan SET enable_seqscan = off SET jit = off
AS $law$
DECLARE
    v_moved bigint;
BEGIN
    WITH came AS MATERIALIZED (
        SELECT x.pool, x.debit_account, x.credit_account, x.debit_kind, x.credit_kind, x.amount_fen
          FROM ledger.transfer x
          JOIN ledger.holder_fold f ON f.pool = x.pool AND x.place >= f.horizon
         WHERE x.place >= p_from AND x.place < p_to AND x.act IN (1, 3)
           AND (p_pool IS NULL OR x.pool = p_pool)
    ), moved AS MATERIALIZED (
        SELECT s.pool, s.account, s.kind,
               sum(CASE WHEN (k.side = 'debit') = s.debited THEN s.fen ELSE -s.fen END)::bigint AS fen
          FROM (SELECT c.pool, c.debit_account AS account, c.debit_kind AS kind, true AS debited,
                       c.amount_fen AS fen FROM came c
                UNION ALL
                SELECT c.pool, c.credit_account, c.credit_kind, false, c.amount_fen FROM came c) s
          JOIN ledger.account_kind k ON k.number = s.kind AND k.book = 'reserve'
         GROUP BY s.pool, s.account, s.kind
        HAVING sum(CASE WHEN (k.side = 'debit') = s.debited THEN s.fen ELSE -s.fen END) <> 0
    ), gone AS (
        DELETE FROM ledger.holder h USING moved m
         WHERE h.pool = m.pool AND h.account = m.account AND h.balance_fen = -m.fen
        RETURNING h.pool, h.account
    ), kept AS (
        INSERT INTO ledger.holder AS h (pool, account, kind, balance_fen)
        SELECT m.pool, m.account, m.kind, m.fen FROM moved m
         WHERE NOT EXISTS (SELECT FROM gone g WHERE g.pool = m.pool AND g.account = m.account)
        ON CONFLICT (pool, account) DO UPDATE SET balance_fen = h.balance_fen + excluded.balance_fen
    )
    SELECT count(*) INTO v_moved FROM moved;
    UPDATE ledger.holder_fold f SET horizon = p_to
     WHERE f.horizon < p_to AND (p_pool IS NULL OR f.pool = p_pool);
    RETURN v_moved;
END
$law$;

-- Folds every pool; how many accounts had moved. One fold at a time, nobody who posts waits for it.
CREATE FUNCTION ledger.fold_holders() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $law$
DECLARE
    v_to    bigint := ledger.fold_horizon();
    v_moved bigint := 0;
    v_pool  integer;
BEGIN
    IF v_to IS NULL THEN
        RETURN 0;
    END IF;
    IF EXISTS (SELECT FROM ledger.holder_fold f WHERE f.horizon < v_to) THEN
        v_moved := ledger.fold_holders_of(
            NULL, (SELECT min(f.horizon) FROM ledger.holder_fold f), v_to);
    END IF;
    FOR v_pool IN SELECT p.pool FROM ledger.pool p
                   WHERE NOT EXISTS (SELECT FROM ledger.holder_fold f WHERE f.pool = p.pool)
    LOOP  -- a pool's first fold
        INSERT INTO ledger.holder_fold (pool, horizon) VALUES (v_pool, 0);
        v_moved := v_moved + ledger.fold_holders_of(v_pool, 0, v_to);
    END LOOP;
    RETURN v_moved;
END
$law$;

-- Every account of the reserve book that is not at zero, of one pool or (NULL) of all: now, or as
-- the book knew it at p_at (by created_at, as ledger.totals_at). One snapshot.
CREATE FUNCTION ledger.holders(p_pool integer, p_at timestamptz DEFAULT NULL)
RETURNS TABLE (pool integer, kind smallint, account uuid, balance_fen bigint)
LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_custom_plan SET enable_seqscan = off SET jit = off
AS $law$
#variable_conflict use_column
DECLARE
    v_from bigint := (SELECT CASE WHEN count(*) FILTER (WHERE f.pool IS NULL) > 0 THEN 0
                                  ELSE min(f.horizon) END
                        FROM ledger.pool p LEFT JOIN ledger.holder_fold f ON f.pool = p.pool
                       WHERE p_pool IS NULL OR p.pool = p_pool);
BEGIN
    RETURN QUERY
    WITH tail AS (
        SELECT x.pool, x.debit_account, x.credit_account, x.debit_kind, x.credit_kind,
               x.amount_fen::bigint AS fen
          FROM ledger.transfer x
          LEFT JOIN ledger.holder_fold f ON f.pool = x.pool
         WHERE x.place >= v_from AND x.place >= coalesce(f.horizon, 0) AND x.act IN (1, 3)
           AND (p_pool IS NULL OR x.pool = p_pool)
        UNION ALL  -- what came after the moment is taken back
        SELECT x.pool, x.debit_account, x.credit_account, x.debit_kind, x.credit_kind,
               -x.amount_fen
          FROM ledger.transfer x
         WHERE p_at IS NOT NULL AND x.created_at > p_at AND x.act IN (1, 3)
           AND (p_pool IS NULL OR x.pool = p_pool)
    ), moved AS (
        SELECT s.pool, s.account, s.kind,
               sum(CASE WHEN (k.side = 'debit') = s.debited THEN s.fen ELSE -s.fen END)::bigint AS fen
          FROM (SELECT t.pool, t.debit_account AS account, t.debit_kind AS kind, true AS debited,
                       t.fen FROM tail t
                UNION ALL
                SELECT t.pool, t.credit_account, t.credit_kind, false, t.fen FROM tail t) s
          JOIN ledger.account_kind k ON k.number = s.kind AND k.book = 'reserve'
         GROUP BY s.pool, s.account, s.kind
    ), folded AS (
        SELECT h.pool, h.account, h.kind, h.balance_fen FROM ledger.holder h
         WHERE p_pool IS NULL OR h.pool = p_pool
    )
    SELECT pool, coalesce(h.kind, m.kind), account,
           coalesce(h.balance_fen, 0) + coalesce(m.fen, 0)
      FROM folded h FULL JOIN moved m USING (pool, account)
     WHERE coalesce(h.balance_fen, 0) + coalesce(m.fen, 0) <> 0;
END
$law$;

-- From which days what lies on a debit account comes: the last booked is what is still there, the
-- first booked was settled first. A debit that was taken back counts as never made, and what took
-- a credit back makes the old debit stand again.
CREATE FUNCTION ledger.ageing(p_pool integer, p_account uuid, p_balance bigint, p_at timestamptz)
RETURNS TABLE (day date, fen bigint)
LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_custom_plan SET enable_seqscan = off
SET enable_bitmapscan = off SET jit = off
AS $law$
#variable_conflict use_column
DECLARE
    v_left bigint := p_balance;
    v_row  record;
BEGIN
    FOR v_row IN
        SELECT x.amount_fen::bigint AS fen,
               (x.event_at AT TIME ZONE 'Asia/Shanghai')::date AS day
          FROM ledger.transfer x
         WHERE x.pool = p_pool AND x.debit_account = p_account AND x.act IN (1, 3)
           AND x.reverses IS NULL AND (p_at IS NULL OR x.created_at <= p_at)
           AND NOT EXISTS (
                SELECT FROM ledger.transfer r
                 WHERE r.pool = x.pool AND r.id = ledger.derive(x.id, 'reversed')
                   AND (p_at IS NULL OR r.created_at <= p_at))
         ORDER BY x.business_day DESC, x.place DESC, x.created_at DESC, x.id DESC
    LOOP
        EXIT WHEN v_left <= 0;
        day := v_row.day;
        fen := least(v_left, v_row.fen);
        v_left := v_left - fen;
        RETURN NEXT;
    END LOOP;
END
$law$;

-- Coverage in one statement. Liabilities: a row per kind, what is owed and what is overdrawn apart,
-- never netted. Assets and cover due: a row per account with its owner, and for cash and cover due
-- rows with a day: of what days they are made.
CREATE FUNCTION ledger.coverage(p_pool integer, p_at timestamptz DEFAULT NULL)
RETURNS TABLE (pool integer, kind smallint, owner text, day date, positive numeric,
               negative numeric, accounts bigint)
LANGUAGE sql STABLE
AS $law$
    WITH part AS MATERIALIZED (
        SELECT h.pool, h.kind, CASE WHEN k.side = 'debit' THEN h.account END AS account,
               coalesce(sum(h.balance_fen) FILTER (WHERE h.balance_fen > 0), 0) AS positive,
               coalesce(sum(h.balance_fen) FILTER (WHERE h.balance_fen < 0), 0) AS negative,
               count(*) AS accounts
          FROM ledger.holders(p_pool, p_at) h
          JOIN ledger.account_kind k ON k.number = h.kind
         GROUP BY h.pool, h.kind, CASE WHEN k.side = 'debit' THEN h.account END
    )
    SELECT p.pool, p.kind, a.owner::text, NULL::date, p.positive, p.negative, p.accounts
      FROM part p LEFT JOIN ledger.account a ON a.pool = p.pool AND a.id = p.account
    UNION ALL
    SELECT p.pool, p.kind, a.owner, g.day, sum(g.fen), 0, count(*)
      FROM part p
      JOIN ledger.account_kind k ON k.number = p.kind
           AND k.name IN ('cash_in_transit', 'own_cover_due')
      JOIN ledger.account a ON a.pool = p.pool AND a.id = p.account
     CROSS JOIN LATERAL ledger.ageing(p.pool, p.account, p.positive::bigint, p_at) g
     WHERE p.positive > 0
     GROUP BY p.pool, p.kind, a.owner, g.day
$law$;

-- written only inside ledger.fold_holders; a row that came to nothing is taken away there too
DO $guards$
DECLARE
    v_table text;
BEGIN
    FOREACH v_table IN ARRAY ARRAY['ledger.holder_fold', 'ledger.holder'] LOOP
        EXECUTE format('CREATE TRIGGER ledger_written_only_by_its_functions '
            'BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH STATEMENT '
            'WHEN (CURRENT_USER <> ''ledger_owner'' OR SESSION_USER = ''ledger_owner'' '
            'OR current_setting(''role'') = ''ledger_owner'') EXECUTE FUNCTION ledger.refuse()', v_table);
        EXECUTE format('CREATE TRIGGER ledger_never_truncated BEFORE TRUNCATE ON %s '
                       'FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse()', v_table);
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER ledger_written_only_by_its_functions',
                       v_table);
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER ledger_never_truncated', v_table);
    END LOOP;
END
$guards$;
REVOKE ALL ON ledger.holder_fold, ledger.holder FROM PUBLIC;
GRANT SELECT ON ledger.holder_fold, ledger.holder TO gateway_app;
REVOKE ALL ON FUNCTION ledger.fold_holders_of(integer, bigint, bigint), ledger.fold_holders(),
    ledger.holders(integer, timestamptz), ledger.ageing(integer, uuid, bigint, timestamptz),
    ledger.coverage(integer, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.fold_holders(), ledger.holders(integer, timestamptz),
    ledger.ageing(integer, uuid, bigint, timestamptz), ledger.coverage(integer, timestamptz)
TO gateway_app;
