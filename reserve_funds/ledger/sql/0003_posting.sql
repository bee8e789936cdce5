-- The only writer. ledger.post takes N transfers of one pool in one call; settle and release
-- resolve a hold; reverse books the opposite of a transfer under an approval.

CREATE FUNCTION ledger.account_id(p_pool integer, p_kind smallint, p_owner text) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $law$
    SELECT encode(substring(sha256(convert_to(p_pool || '/' || p_kind || '/' || p_owner, 'UTF8'))
                            FROM 1 FOR 16), 'hex')::uuid
$law$;

-- Where a transaction stands in the whole life of the book, through every restore.
CREATE FUNCTION ledger.place_of(p_epoch integer, p_xid xid8) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $law$
    SELECT (p_epoch::bigint << 48) + p_xid::text::bigint
$law$;

-- The same as accounts.identifiers.derive: the cause's 48-bit time, then a hash of (cause, step).
CREATE FUNCTION ledger.derive(p_cause uuid, p_step text) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $law$
    SELECT (left(encode(uuid_send(p_cause), 'hex'), 12) || '8' || left(d.hex, 3)
            || lpad(to_hex((B'10' || substring(('x' || substr(d.hex, 4, 16))::bit(64) FROM 1 FOR 62)
                           )::bit(64)::bigint), 16, '0'))::uuid
      FROM (SELECT encode(sha256('\x00000006'::bytea || convert_to('derive', 'UTF8')
                                 || '\x00000010'::bytea || uuid_send(p_cause)
                                 || int4send(octet_length(p_step)) || convert_to(p_step, 'UTF8')),
                          'hex') AS hex) d
$law$;

-- One line of the canonical text that an approval's fingerprint is taken over.
CREATE FUNCTION ledger.canonical(p_pool integer, p_id uuid, p_code text, p_debit_kind smallint,
    p_debit_owner text, p_credit_kind smallint, p_credit_owner text, p_amount_fen bigint,
    p_cross uuid) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $law$
    SELECT concat_ws('|', p_pool, p_id, p_code, p_debit_kind, octet_length(p_debit_owner),
                     p_debit_owner, p_credit_kind, octet_length(p_credit_owner), p_credit_owner,
                     p_amount_fen, coalesce(p_cross::text, '-'))
$law$;

CREATE FUNCTION ledger.spend_approval(p_approval uuid, p_pool integer, p_text text, p_item integer)
RETURNS void
LANGUAGE plpgsql
AS $law$
DECLARE
    v_said text;
BEGIN
    v_said := public.accounts_spend_approval(p_approval, p_pool,
                                             sha256(convert_to(p_text, 'UTF8')));
    IF v_said <> 'spent' THEN
        RAISE EXCEPTION 'ledger: approval % does not carry this: %', p_approval, v_said
            USING ERRCODE = 'LG005',
                  DETAIL = json_build_object('item', p_item, 'approval', p_approval,
                                             'because', v_said)::text;
    END IF;
END
$law$;

-- Where a pool stands now. Takes the day in share mode first and reads it in a fresh snapshot.
CREATE FUNCTION ledger.enter(p_pool integer, OUT profile text, OUT day date, OUT place bigint)
LANGUAGE plpgsql
AS $law$
DECLARE
    v_epoch   integer;
    v_horizon bigint;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'ledger: posting needs READ COMMITTED' USING ERRCODE = 'LG010';
    END IF;
    PERFORM pg_advisory_xact_lock_shared(1279542854, p_pool);
    SELECT d.profile, d.day, ledger.place_of(e.number, pg_current_xact_id()), e.number, e.horizon
      INTO profile, day, place, v_epoch, v_horizon
      FROM ledger.business_day d
      JOIN ledger.epoch e ON e.is_current
     WHERE d.pool = p_pool AND d.state = 'open';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'ledger: pool % has no open day', p_pool
            USING ERRCODE = 'LG006', DETAIL = json_build_object('pool', p_pool)::text;
    END IF;
    IF place < v_horizon THEN
        RAISE EXCEPTION 'ledger: this database was restored: open a new epoch'
            USING ERRCODE = 'LG009',
                  DETAIL = json_build_object('epoch', v_epoch, 'horizon', v_horizon)::text;
    END IF;
END
$law$;

-- Books one transfer. Written for speed: whatever an ordinary posting does not need is behind
-- `unusual`, because each expression costs anew in every transaction.
CREATE FUNCTION ledger.book_one(
    p_pool integer, p_act smallint, p_id uuid, p_code text,
    p_debit_kind smallint, p_debit_owner text, p_credit_kind smallint, p_credit_owner text,
    p_amount_fen bigint, p_event_at timestamptz, p_approval uuid, p_cross uuid,
    p_resolves uuid, p_reverses uuid)
RETURNS ledger.outcome
LANGUAGE plpgsql
AS $law$
DECLARE
    v_rule record;
    v_was  ledger.transfer;
BEGIN
    IF pg_advisory_xact_lock_shared(1279542854, p_pool) IS NULL THEN
        RETURN NULL;  -- never: written as an expression, the lock costs no statement
    END IF;
    SELECT d.profile, d.day, ledger.place_of(e.number, pg_current_xact_id()) AS place,
           r.needs_approval, r.debit_guarded, r.debit_side, r.credit_guarded, r.credit_side, i.debit, i.credit, clock_timestamp() AS at,
           CASE WHEN p_act IN (1, 3) THEN p_amount_fen ELSE 0 END AS posted,
           CASE p_act WHEN 1 THEN 0 WHEN 2 THEN p_amount_fen ELSE -p_amount_fen END AS held,
           r.needs_approval IS NULL OR da.id IS NULL OR ca.id IS NULL
           OR ledger.place_of(e.number, pg_current_xact_id()) < e.horizon
           OR current_setting('transaction_isolation') <> 'read committed' AS unusual
      INTO v_rule
      FROM (SELECT ledger.account_id(p_pool, p_debit_kind, p_debit_owner) AS debit,
                   ledger.account_id(p_pool, p_credit_kind, p_credit_owner) AS credit
            OFFSET 0) i
      JOIN ledger.business_day d ON d.pool = p_pool AND d.state = 'open'
      JOIN ledger.epoch e ON e.is_current
      LEFT JOIN ledger.posting_rule r ON r.profile = d.profile AND r.code = p_code
           AND r.debit_kind = p_debit_kind AND r.credit_kind = p_credit_kind
      LEFT JOIN ledger.account da ON da.pool = p_pool AND da.id = i.debit
      LEFT JOIN ledger.account ca ON ca.pool = p_pool AND ca.id = i.credit;
    IF v_rule.unusual IS DISTINCT FROM false THEN
        PERFORM ledger.enter(p_pool);
        IF v_rule.needs_approval IS NULL THEN
            RAISE EXCEPTION 'ledger: the handbook of % knows no % from % to %', v_rule.profile,
                p_code, p_debit_kind, p_credit_kind
                USING ERRCODE = 'LG003', DETAIL = json_build_object(
                    'item', 0, 'code', p_code)::text;
        END IF;
        INSERT INTO ledger.account (pool, id, kind, owner, guarded, side)
        SELECT p_pool, n.id, n.kind, n.owner, n.guarded, n.side
          FROM (VALUES (v_rule.debit, p_debit_kind, p_debit_owner, v_rule.debit_guarded,
                        v_rule.debit_side),
                       (v_rule.credit, p_credit_kind, p_credit_owner, v_rule.credit_guarded,
                        v_rule.credit_side)) AS n(id, kind, owner, guarded, side)
         ORDER BY n.id
        ON CONFLICT DO NOTHING;
    END IF;
    INSERT INTO ledger.transfer (pool, id, act, code, profile, debit_account, debit_kind,
            credit_account, credit_kind, amount_fen, needs_approval, approval_id, event_at,
            created_at, business_day, resolves, reverses, cross_id, place)
    VALUES (p_pool, p_id, p_act, p_code, v_rule.profile, v_rule.debit, p_debit_kind,
            v_rule.credit, p_credit_kind, p_amount_fen, v_rule.needs_approval, p_approval,
            p_event_at, v_rule.at, v_rule.day, p_resolves, p_reverses, p_cross,
            v_rule.place)
    ON CONFLICT (pool, id) DO NOTHING;
    IF NOT FOUND THEN
        SELECT * INTO v_was FROM ledger.transfer t WHERE t.pool = p_pool AND t.id = p_id;
        IF p_act IN (3, 4) AND v_was.act IN (3, 4) AND v_was.act <> p_act THEN
            RAISE EXCEPTION 'ledger: hold % is already resolved', p_resolves
                USING ERRCODE = 'LG004', DETAIL = json_build_object('hold', p_resolves)::text;
        END IF;
        IF (v_was.act::smallint, v_was.code, v_was.debit_account, v_was.credit_account,
            v_was.amount_fen::bigint, v_was.event_at)
           <> (p_act, p_code, v_rule.debit, v_rule.credit, p_amount_fen, p_event_at)
           OR v_was.approval_id IS DISTINCT FROM p_approval
           OR v_was.resolves IS DISTINCT FROM p_resolves
           OR v_was.reverses IS DISTINCT FROM p_reverses
           OR v_was.cross_id IS DISTINCT FROM p_cross THEN
            RAISE EXCEPTION 'ledger: transfer % exists with other content', p_id
                USING ERRCODE = 'LG001', DETAIL = json_build_object('item', 0, 'id', p_id)::text;
        END IF;
        RETURN (0, 'same'::text, p_id, p_act, v_was.created_at, v_was.business_day, NULL::text);
    END IF;
    IF p_approval IS NOT NULL AND p_act IN (1, 2) THEN
        PERFORM ledger.spend_approval(p_approval, p_pool, CASE WHEN p_reverses IS NOT NULL
            THEN concat_ws('|', 'reverse', p_pool, p_reverses, p_amount_fen)
            ELSE ledger.canonical(p_pool, p_id, p_code, p_debit_kind, p_debit_owner,
                p_credit_kind, p_credit_owner, p_amount_fen, p_cross) END, 0);
    END IF;
    -- in id order, always
    IF v_rule.credit_guarded AND v_rule.debit > v_rule.credit THEN
        UPDATE ledger.account a SET credit_posted = a.credit_posted + v_rule.posted,
               credit_held = a.credit_held + v_rule.held, available_fen = a.available_fen
               + CASE v_rule.credit_side WHEN 'credit' THEN v_rule.posted
                                         ELSE -v_rule.posted - v_rule.held END
         WHERE a.pool = p_pool AND a.id = v_rule.credit;
    END IF;
    IF v_rule.debit_guarded THEN
        UPDATE ledger.account a SET debit_posted = a.debit_posted + v_rule.posted,
               debit_held = a.debit_held + v_rule.held, available_fen = a.available_fen
               + CASE v_rule.debit_side WHEN 'debit' THEN v_rule.posted
                                        ELSE -v_rule.posted - v_rule.held END
         WHERE a.pool = p_pool AND a.id = v_rule.debit;
    END IF;
    IF v_rule.credit_guarded AND v_rule.debit < v_rule.credit THEN
        UPDATE ledger.account a SET credit_posted = a.credit_posted + v_rule.posted,
               credit_held = a.credit_held + v_rule.held, available_fen = a.available_fen
               + CASE v_rule.credit_side WHEN 'credit' THEN v_rule.posted
                                         ELSE -v_rule.posted - v_rule.held END
         WHERE a.pool = p_pool AND a.id = v_rule.credit;
    END IF;
    RETURN (0, 'new'::text, p_id, p_act, v_rule.at, v_rule.day, NULL::text);
END
$law$;

-- The door for one posting (act 1) or hold (act 2): the plain path.
CREATE FUNCTION ledger.post_one(
    p_pool integer, p_act smallint, p_id uuid, p_code text,
    p_debit_kind smallint, p_debit_owner text, p_credit_kind smallint, p_credit_owner text,
    p_amount_fen bigint, p_event_at timestamptz, p_approval uuid, p_cross uuid)
RETURNS ledger.outcome
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $law$
BEGIN
    IF p_act IN (1, 2) THEN
        RETURN ledger.book_one(p_pool, p_act, p_id, p_code, p_debit_kind, p_debit_owner,
            p_credit_kind, p_credit_owner, p_amount_fen, p_event_at, p_approval, p_cross,
            NULL, NULL);
    END IF;
    RAISE EXCEPTION 'ledger: % is no act of this door', p_act USING ERRCODE = 'LG007';
END
$law$;

-- Books N transfers at once. Accounts are locked in id order; what existed is compared.
CREATE FUNCTION ledger.book_many(
    p_pool integer, p_act smallint, p_each boolean, p_ids uuid[], p_codes text[],
    p_debit_kinds smallint[], p_debit_owners text[],
    p_credit_kinds smallint[], p_credit_owners text[],
    p_amounts bigint[], p_event_ats timestamptz[], p_approvals uuid[], p_cross uuid[])
RETURNS SETOF ledger.outcome
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_mergejoin = off SET jit = off
AS $law$
DECLARE
    v_at       timestamptz;
    v_pool     record;
    v_n        integer := cardinality(p_ids);
    v_debits   uuid[];
    v_credits  uuid[];
    v_needs    boolean[];
    v_dguard   boolean[];
    v_cguard   boolean[];
    v_bad      integer;
    v_missing  integer;
    v_guarded  boolean;
    v_new      uuid[];
    v_all_new  boolean;
    v_accounts uuid[];
    v_dsums    bigint[];
    v_csums    bigint[];
    v_approval record;
    v_short    record;
    v_posted   integer := CASE WHEN p_act = 1 THEN 1 ELSE 0 END;
BEGIN
    v_pool := ledger.enter(p_pool);
    v_at := clock_timestamp();
    SELECT array_agg(w.debit ORDER BY w.item), array_agg(w.credit ORDER BY w.item),
           array_agg(w.needs_approval ORDER BY w.item),
           array_agg(w.debit_guarded ORDER BY w.item),
           array_agg(w.credit_guarded ORDER BY w.item),
           min(w.item) FILTER (WHERE w.needs_approval IS NULL),
           count(*) FILTER (WHERE w.missing), bool_or(w.debit_guarded OR w.credit_guarded)
      INTO v_debits, v_credits, v_needs, v_dguard, v_cguard, v_bad, v_missing, v_guarded
      FROM (SELECT i.item, i.debit, i.credit, r.needs_approval, r.debit_guarded, r.credit_guarded,
                   NOT EXISTS (SELECT FROM ledger.account a
                                WHERE a.pool = p_pool AND a.id = i.debit)
                   OR NOT EXISTS (SELECT FROM ledger.account a
                                   WHERE a.pool = p_pool AND a.id = i.credit) AS missing
              FROM (SELECT u.item, u.code, u.debit_kind, u.credit_kind,
                           encode(substring(sha256(convert_to(p_pool || '/' || u.debit_kind || '/'
                               || u.debit_owner, 'UTF8')) FROM 1 FOR 16), 'hex')::uuid AS debit,
                           encode(substring(sha256(convert_to(p_pool || '/' || u.credit_kind || '/'
                               || u.credit_owner, 'UTF8')) FROM 1 FOR 16), 'hex')::uuid AS credit
                      FROM unnest(p_codes, p_debit_kinds, p_debit_owners, p_credit_kinds,
                                  p_credit_owners) WITH ORDINALITY
                           AS u(code, debit_kind, debit_owner, credit_kind, credit_owner, item)) i
              LEFT JOIN ledger.posting_rule r ON r.profile = v_pool.profile AND r.code = i.code
                    AND r.debit_kind = i.debit_kind AND r.credit_kind = i.credit_kind) w;
    IF v_bad IS NOT NULL THEN
        RAISE EXCEPTION 'ledger: the handbook of % knows no % from % to %', v_pool.profile,
            p_codes[v_bad], p_debit_kinds[v_bad], p_credit_kinds[v_bad]
            USING ERRCODE = 'LG003', DETAIL = json_build_object(
                'item', v_bad - 1, 'code', p_codes[v_bad])::text;
    END IF;
    IF v_missing > 0 THEN
        INSERT INTO ledger.account (pool, id, kind, owner, guarded, side)
        SELECT p_pool, n.id, n.kind, n.owner, k.guarded, k.side
          FROM (SELECT DISTINCT ON (x.id) x.id, x.kind, x.owner
                  FROM (SELECT * FROM unnest(v_debits, p_debit_kinds, p_debit_owners)
                                      AS d(id, kind, owner)
                        UNION ALL
                        SELECT * FROM unnest(v_credits, p_credit_kinds, p_credit_owners)) x
                 WHERE NOT EXISTS (SELECT FROM ledger.account a
                                    WHERE a.pool = p_pool AND a.id = x.id)
                 ORDER BY x.id) n
          JOIN ledger.account_kind k ON k.number = n.kind
         ORDER BY n.id
        ON CONFLICT DO NOTHING;
    END IF;
    WITH born AS (
        INSERT INTO ledger.transfer (pool, id, act, code, profile, debit_account, debit_kind,
                credit_account, credit_kind, amount_fen, needs_approval, approval_id, event_at,
                created_at, business_day, cross_id, place)
        SELECT p_pool, u.id, p_act, u.code, v_pool.profile, u.debit, u.debit_kind, u.credit,
               u.credit_kind, u.amount_fen, u.needs, u.approval, u.event_at, v_at, v_pool.day,
               u.cross_id, v_pool.place
          FROM unnest(p_ids, p_codes, v_debits, p_debit_kinds, v_credits, p_credit_kinds,
                      p_amounts, v_needs, p_approvals, p_event_ats, p_cross)
               AS u(id, code, debit, debit_kind, credit, credit_kind, amount_fen, needs, approval,
                    event_at, cross_id)
         ORDER BY u.id
        ON CONFLICT (pool, id) DO NOTHING
        RETURNING id)
    SELECT array_agg(born.id) INTO v_new FROM born;
    v_all_new := coalesce(cardinality(v_new), 0) = v_n;
    IF NOT v_all_new THEN
        SELECT min(u.item) INTO v_bad
          FROM unnest(p_ids, p_codes, v_debits, v_credits, p_amounts, p_event_ats, p_approvals,
                      p_cross) WITH ORDINALITY
               AS u(id, code, debit, credit, amount_fen, event_at, approval, cross_id, item)
          JOIN ledger.transfer t ON t.pool = p_pool AND t.id = u.id
         WHERE (t.act::smallint, t.code, t.debit_account, t.credit_account, t.amount_fen::bigint,
                t.event_at)
               <> (p_act, u.code, u.debit, u.credit, u.amount_fen, u.event_at)
            OR t.approval_id IS DISTINCT FROM u.approval
            OR t.cross_id IS DISTINCT FROM u.cross_id
            OR t.resolves IS NOT NULL OR t.reverses IS NOT NULL;
        IF v_bad IS NOT NULL THEN
            RAISE EXCEPTION 'ledger: transfer % exists with other content', p_ids[v_bad]
                USING ERRCODE = 'LG001', DETAIL = json_build_object(
                    'item', v_bad - 1, 'id', p_ids[v_bad])::text;
        END IF;
    END IF;
    -- an approval covers all that is new under it in this call; in post_each each item by itself
    FOR v_approval IN
        SELECT u.approval, min(u.item)::integer - 1 AS item,
               string_agg(ledger.canonical(p_pool, u.id, u.code, u.debit_kind, u.debit_owner,
                   u.credit_kind, u.credit_owner, u.amount_fen, u.cross_id), E'\n'
                   ORDER BY u.id) AS text
          FROM unnest(p_ids, p_codes, p_debit_kinds, p_debit_owners, p_credit_kinds,
                      p_credit_owners, p_amounts, p_approvals, p_cross) WITH ORDINALITY
               AS u(id, code, debit_kind, debit_owner, credit_kind, credit_owner, amount_fen,
                    approval, cross_id, item)
         WHERE u.approval IS NOT NULL AND (v_all_new OR u.id = ANY (v_new))
         GROUP BY u.approval, CASE WHEN p_each THEN u.item END
    LOOP
        PERFORM ledger.spend_approval(v_approval.approval, p_pool, v_approval.text,
                                      v_approval.item);
    END LOOP;
    IF v_guarded AND v_new IS NOT NULL THEN
        SELECT array_agg(s.id ORDER BY s.id), array_agg(s.debits ORDER BY s.id),
               array_agg(s.credits ORDER BY s.id)
          INTO v_accounts, v_dsums, v_csums
          FROM (SELECT m.id, sum(m.debit)::bigint AS debits, sum(m.credit)::bigint AS credits
                  FROM (SELECT u.debit AS id, u.amount_fen AS debit, 0::bigint AS credit
                          FROM unnest(p_ids, v_debits, p_amounts, v_dguard)
                               AS u(id, debit, amount_fen, guarded)
                         WHERE u.guarded AND (v_all_new OR u.id = ANY (v_new))
                        UNION ALL
                        SELECT u.credit, 0, u.amount_fen
                          FROM unnest(p_ids, v_credits, p_amounts, v_cguard)
                               AS u(id, credit, amount_fen, guarded)
                         WHERE u.guarded AND (v_all_new OR u.id = ANY (v_new))) m
                 GROUP BY m.id) s;
        WITH locked AS MATERIALIZED (
            SELECT a.id, a.side, a.available_fen
              FROM ledger.account a
             WHERE a.pool = p_pool AND a.id = ANY (v_accounts)
             ORDER BY a.id FOR NO KEY UPDATE)
        SELECT l.id, l.side, l.available_fen INTO v_short
          FROM locked l
          JOIN unnest(v_accounts, v_dsums, v_csums) AS s(id, debits, credits) ON s.id = l.id
         WHERE l.available_fen + CASE WHEN l.side = 'credit' THEN s.credits * v_posted - s.debits
                                 ELSE s.debits * v_posted - s.credits END < 0
         ORDER BY l.id LIMIT 1;
        IF FOUND THEN
            -- the first item at which, in the order given, the account no longer holds enough
            SELECT min(w.item) INTO v_bad
              FROM (SELECT m.item, v_short.available_fen + sum(m.change) OVER (ORDER BY m.item)
                           AS left_fen
                      FROM (SELECT u.item,
                                   CASE WHEN (u.debit = v_short.id) = (v_short.side = 'credit')
                                        THEN -u.amount_fen ELSE u.amount_fen * v_posted END
                                   AS change
                              FROM unnest(p_ids, v_debits, v_credits, p_amounts) WITH ORDINALITY
                                   AS u(id, debit, credit, amount_fen, item)
                             WHERE v_short.id IN (u.debit, u.credit)
                               AND (v_all_new OR u.id = ANY (v_new))) m) w
             WHERE w.left_fen < 0;
            RAISE EXCEPTION 'ledger: an account would be overdrawn'
                USING ERRCODE = 'LG002',
                      DETAIL = json_build_object('item', v_bad - 1, 'id', p_ids[v_bad])::text;
        END IF;
        UPDATE ledger.account a
           SET debit_posted  = a.debit_posted  + s.debits  * v_posted,
               credit_posted = a.credit_posted + s.credits * v_posted,
               debit_held    = a.debit_held    + s.debits  * (1 - v_posted),
               credit_held   = a.credit_held   + s.credits * (1 - v_posted),
               available_fen = a.available_fen
                   + CASE a.side WHEN 'credit' THEN s.credits * v_posted - s.debits
                                 ELSE s.debits * v_posted - s.credits END
          FROM unnest(v_accounts, v_dsums, v_csums) AS s(id, debits, credits)
         WHERE a.pool = p_pool AND a.id = s.id;
    END IF;
    IF v_all_new THEN
        RETURN QUERY SELECT (o.item - 1)::integer, 'new', o.id, p_act, v_at, v_pool.day,
                            NULL::text
                       FROM unnest(p_ids) WITH ORDINALITY AS o(id, item);
    ELSE
        RETURN QUERY SELECT (u.item - 1)::integer,
                            CASE WHEN u.id = ANY (v_new) AND array_position(p_ids, u.id) = u.item
                                 THEN 'new' ELSE 'same' END,
                            u.id, p_act, t.created_at, t.business_day, NULL::text
                       FROM unnest(p_ids) WITH ORDINALITY AS u(id, item)
                       JOIN ledger.transfer t ON t.pool = p_pool AND t.id = u.id
                      ORDER BY u.item;
    END IF;
END
$law$;

-- The door: N postings (act 1) or holds (act 2) of one pool. p_each false: all or none, a refusal
-- raises and names its item. p_each true: an outcome per item, refused ones carry their SQLSTATE.
CREATE FUNCTION ledger.post(
    p_pool integer, p_act smallint, p_each boolean, p_ids uuid[], p_codes text[],
    p_debit_kinds smallint[], p_debit_owners text[],
    p_credit_kinds smallint[], p_credit_owners text[],
    p_amounts bigint[], p_event_ats timestamptz[], p_approvals uuid[], p_cross uuid[])
RETURNS SETOF ledger.outcome
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $law$
DECLARE
    v_n     integer := cardinality(p_ids);
    v_done  ledger.outcome;
    v_state text;
    v_name  text;
    v_more  text;
BEGIN
    IF p_act IS NULL OR p_act NOT IN (1, 2) OR v_n IS NULL
       OR (v_n, v_n, v_n, v_n, v_n, v_n, v_n, v_n, v_n) IS DISTINCT FROM
          (cardinality(p_codes), cardinality(p_debit_kinds), cardinality(p_debit_owners),
           cardinality(p_credit_kinds), cardinality(p_credit_owners), cardinality(p_amounts),
           cardinality(p_event_ats), cardinality(p_approvals), cardinality(p_cross)) THEN
        RAISE EXCEPTION 'ledger: the arrays do not match' USING ERRCODE = 'LG007';
    END IF;
    IF v_n = 0 THEN
        RETURN;
    END IF;
    IF NOT p_each THEN
        RETURN QUERY SELECT * FROM ledger.book_many(p_pool, p_act, false, p_ids, p_codes,
            p_debit_kinds, p_debit_owners, p_credit_kinds, p_credit_owners, p_amounts,
            p_event_ats, p_approvals, p_cross);
        RETURN;
    END IF;
    BEGIN
        RETURN QUERY SELECT * FROM ledger.book_many(p_pool, p_act, true, p_ids, p_codes,
            p_debit_kinds, p_debit_owners, p_credit_kinds, p_credit_owners, p_amounts,
            p_event_ats, p_approvals, p_cross);
        RETURN;
    EXCEPTION
        WHEN SQLSTATE 'LG001' OR SQLSTATE 'LG002' OR SQLSTATE 'LG003' OR SQLSTATE 'LG005'
             OR SQLSTATE 'LG007' OR integrity_constraint_violation THEN
            NULL;  -- somebody is refused: find out who, item by item
    END;
    FOR i IN 1 .. v_n LOOP
        BEGIN
            v_done := ledger.book_one(p_pool, p_act, p_ids[i], p_codes[i], p_debit_kinds[i],
                p_debit_owners[i], p_credit_kinds[i], p_credit_owners[i], p_amounts[i],
                p_event_ats[i], p_approvals[i], p_cross[i], NULL, NULL);
            v_done.item := i - 1;
            RETURN NEXT v_done;
        EXCEPTION
            WHEN SQLSTATE 'LG001' OR SQLSTATE 'LG002' OR SQLSTATE 'LG003' OR SQLSTATE 'LG005'
                 OR SQLSTATE 'LG007' OR integrity_constraint_violation THEN
                GET STACKED DIAGNOSTICS v_state = RETURNED_SQLSTATE,
                    v_name = CONSTRAINT_NAME, v_more = PG_EXCEPTION_DETAIL;
                RETURN NEXT (i - 1, v_state, p_ids[i], p_act, NULL, NULL,
                             CASE WHEN v_state LIKE 'LG%' THEN v_more ELSE v_name END
                            )::ledger.outcome;
        END;
    END LOOP;
END
$law$;

-- Settles (act 3) or releases (act 4) a hold, once: both have the id derive(hold, 'resolved').
CREATE FUNCTION ledger.resolve(p_pool integer, p_act smallint, p_hold uuid,
                               p_event_at timestamptz)
RETURNS SETOF ledger.outcome
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $law$
DECLARE
    v_hold record;
BEGIN
    IF p_act IS NULL OR p_act NOT IN (3, 4) THEN
        RAISE EXCEPTION 'ledger: a hold is settled or released' USING ERRCODE = 'LG007';
    END IF;
    SELECT t.*, d.owner AS debit_owner, c.owner AS credit_owner INTO v_hold
      FROM ledger.transfer t
      JOIN ledger.account d ON d.pool = t.pool AND d.id = t.debit_account
      JOIN ledger.account c ON c.pool = t.pool AND c.id = t.credit_account
     WHERE t.pool = p_pool AND t.id = p_hold AND t.act = 2;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'ledger: there is no hold %', p_hold
            USING ERRCODE = 'LG011', DETAIL = json_build_object('id', p_hold)::text;
    END IF;
    RETURN NEXT ledger.book_one(p_pool, p_act, ledger.derive(p_hold, 'resolved'), v_hold.code,
        v_hold.debit_kind, v_hold.debit_owner, v_hold.credit_kind, v_hold.credit_owner,
        v_hold.amount_fen, p_event_at, v_hold.approval_id, v_hold.cross_id, p_hold, NULL);
END
$law$;

-- Books the opposite of what was posted or settled, once, under an approval that names it.
CREATE FUNCTION ledger.reverse(p_pool integer, p_transfer uuid, p_event_at timestamptz,
                               p_approval uuid)
RETURNS SETOF ledger.outcome
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $law$
DECLARE
    v_was record;
BEGIN
    SELECT t.*, d.owner AS debit_owner, c.owner AS credit_owner INTO v_was
      FROM ledger.transfer t
      JOIN ledger.account d ON d.pool = t.pool AND d.id = t.debit_account
      JOIN ledger.account c ON c.pool = t.pool AND c.id = t.credit_account
     WHERE t.pool = p_pool AND t.id = p_transfer AND t.act IN (1, 3);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'ledger: there is nothing posted under %', p_transfer
            USING ERRCODE = 'LG011', DETAIL = json_build_object('id', p_transfer)::text;
    END IF;
    RETURN NEXT ledger.book_one(p_pool, 1::smallint, ledger.derive(p_transfer, 'reversed'),
        v_was.code || '_reversed', v_was.credit_kind, v_was.credit_owner, v_was.debit_kind,
        v_was.debit_owner, v_was.amount_fen, p_event_at, p_approval, v_was.cross_id, NULL,
        p_transfer);
END
$law$;
