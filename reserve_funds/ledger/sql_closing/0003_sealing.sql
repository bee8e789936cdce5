-- The close of a day: checked, then sealed in one pass or blocked with what was found.

-- The transfers of a day: nobody could write below the place at which the day before was cut.
CREATE FUNCTION ledger.day_floor(p_pool integer, p_day date) RETURNS bigint
LANGUAGE sql STABLE
AS $law$
    SELECT coalesce((SELECT d.cut_place FROM ledger.business_day d
                      WHERE d.pool = p_pool AND d.day < p_day ORDER BY d.day DESC LIMIT 1), 0)
$law$;

-- Every word of a transfer and its number; a timestamp as microseconds of the Unix era.
CREATE FUNCTION ledger.voucher_text(p_number integer, t ledger.transfer) RETURNS text
LANGUAGE sql STABLE
AS $law$
    SELECT concat_ws('|', 'voucher/1', t.pool, t.business_day, p_number, t.id, t.act::smallint,
        t.profile, t.code, t.debit_kind, t.debit_account, t.credit_kind, t.credit_account,
        t.amount_fen::bigint, (extract(epoch FROM t.event_at) * 1000000)::bigint,
        (extract(epoch FROM t.created_at) * 1000000)::bigint, coalesce(t.approval_id::text, '-'),
        coalesce(t.resolves::text, '-'), coalesce(t.reverses::text, '-'),
        coalesce(t.cross_id::text, '-'))
$law$;

CREATE FUNCTION ledger.balance_text(b ledger.day_balance) RETURNS text
LANGUAGE sql STABLE
AS $law$
    SELECT concat_ws('|', 'balance/1', b.pool, b.business_day, b.account, b.debit_posted,
                     b.credit_posted, b.debit_held, b.credit_held)
$law$;

-- RFC 9162: a leaf is sha256(00 text), a node sha256(01 left right), an odd one goes up as it is.
CREATE FUNCTION ledger.merkle_root(p_texts text[]) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE
AS $law$
DECLARE
    v_level bytea[];
BEGIN
    IF coalesce(cardinality(p_texts), 0) = 0 THEN
        RETURN sha256(''::bytea);
    END IF;
    SELECT array_agg(sha256('\x00'::bytea || convert_to(u.text, 'UTF8')) ORDER BY u.n)
      INTO v_level FROM unnest(p_texts) WITH ORDINALITY AS u(text, n);
    WHILE cardinality(v_level) > 1 LOOP
        SELECT array_agg(CASE WHEN w.other IS NULL THEN w.hash
                              ELSE sha256('\x01'::bytea || w.hash || w.other) END ORDER BY w.n)
          INTO v_level
          FROM (SELECT u.hash, u.n, lead(u.hash) OVER (ORDER BY u.n) AS other
                  FROM unnest(v_level) WITH ORDINALITY AS u(hash, n)) w
         WHERE w.n % 2 = 1;
    END LOOP;
    RETURN v_level[1];
END
$law$;

CREATE FUNCTION ledger.day_root(p_pool integer, p_day date) RETURNS bytea
LANGUAGE sql STABLE
AS $law$
    SELECT ledger.merkle_root(array_agg(ledger.voucher_text(v.number, t) ORDER BY v.number))
      FROM ledger.voucher v
      JOIN ledger.transfer t ON t.pool = v.pool AND t.id = v.transfer
     WHERE v.pool = p_pool AND v.business_day = p_day
$law$;

-- What is signed: every figure of the day that may never change, and the seal before it.
CREATE FUNCTION ledger.seal_text(p_pool integer, p_day date, p_exception text, p_approval uuid,
    p_sealed_at timestamptz) RETURNS text
LANGUAGE sql STABLE
AS $law$
    SELECT concat_ws(E'\n', 'seal/1', 'pool=' || d.pool, 'day=' || d.day, 'profile=' || d.profile,
        'cut_at=' || (extract(epoch FROM d.cut_at) * 1000000)::bigint,
        'sealed_at=' || (extract(epoch FROM p_sealed_at) * 1000000)::bigint,
        'vouchers=' || (SELECT count(*) FROM ledger.voucher v
                         WHERE v.pool = p_pool AND v.business_day = p_day),
        'root=' || encode(ledger.day_root(p_pool, p_day), 'hex'),
        'balances=' || (SELECT encode(ledger.merkle_root(array_agg(
                                   ledger.balance_text(b) ORDER BY b.account)), 'hex')
                          FROM ledger.day_balance b
                         WHERE b.pool = p_pool AND b.business_day = p_day),
        'kinds=' || coalesce((SELECT string_agg(concat_ws(':', t.kind, t.debit_posted,
                                                          t.credit_posted), ',' ORDER BY t.kind)
                                FROM ledger.trial(p_pool, p_day) t), ''),
        'exception=' || CASE p_exception WHEN '' THEN '-'
                        ELSE encode(sha256(convert_to(p_exception, 'UTF8')), 'hex') END,
        'approval=' || coalesce(p_approval::text, '-'),
        'previous=' || coalesce((SELECT encode(s.digest, 'hex') FROM ledger.seal s
                                  WHERE s.pool = p_pool AND s.business_day < p_day
                                  ORDER BY s.business_day DESC LIMIT 1), '-'))
      FROM ledger.business_day d WHERE d.pool = p_pool AND d.day = p_day
$law$;

-- A check begins; its number must be told when the day is sealed or blocked. 0: it is closed.
CREATE FUNCTION ledger.check_day(p_pool integer, p_day date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $law$
DECLARE
    v_check integer;
BEGIN
    PERFORM ledger.hold_days(p_pool);
    IF EXISTS (SELECT FROM ledger.business_day d
                WHERE d.pool = p_pool AND d.day = p_day AND d.state = 'closed') THEN
        RETURN 0;
    END IF;
    UPDATE ledger.business_day d SET state = 'checking', checks = d.checks + 1
     WHERE d.pool = p_pool AND d.day = p_day AND d.state <> 'open'
    RETURNING d.checks INTO v_check;
    IF v_check IS NULL THEN
        RAISE EXCEPTION 'ledger: day % of pool % is not cut', p_day, p_pool
            USING ERRCODE = 'LG016',
                  DETAIL = json_build_object('pool', p_pool, 'day', p_day)::text;
    END IF;
    RETURN v_check;
END
$law$;

CREATE FUNCTION ledger.own_check(p_pool integer, p_day date, p_check integer) RETURNS void
LANGUAGE plpgsql
AS $law$
BEGIN
    PERFORM ledger.hold_days(p_pool);
    IF NOT EXISTS (SELECT FROM ledger.business_day d WHERE d.pool = p_pool AND d.day = p_day
                      AND d.state = 'checking' AND d.checks = p_check) THEN
        RAISE EXCEPTION 'ledger: day % of pool % is not under check %', p_day, p_pool, p_check
            USING ERRCODE = 'LG016',
                  DETAIL = json_build_object('pool', p_pool, 'day', p_day)::text;
    END IF;
END
$law$;

CREATE FUNCTION ledger.block_day(p_pool integer, p_day date, p_check integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $law$
BEGIN
    PERFORM ledger.own_check(p_pool, p_day, p_check);
    UPDATE ledger.business_day d SET state = 'blocked' WHERE d.pool = p_pool AND d.day = p_day;
END
$law$;

-- What the database itself holds before it seals, whatever its caller says it has checked.
CREATE FUNCTION ledger.refuse_unsound(p_pool integer, p_day date) RETURNS void
LANGUAGE plpgsql
AS $law$
DECLARE
    v_why text;
BEGIN
    SELECT 'day ' || min(d.day) || ' is not closed' INTO v_why FROM ledger.business_day d
     WHERE d.pool = p_pool AND d.day < p_day AND d.state <> 'closed' HAVING count(*) > 0;
    IF v_why IS NULL THEN
        SELECT 'book ' || k.book || ' does not balance' INTO v_why
          FROM ledger.trial(p_pool, p_day) t JOIN ledger.account_kind k ON k.number = t.kind
         GROUP BY k.book HAVING sum(t.debit_posted) <> sum(t.credit_posted) LIMIT 1;
    END IF;
    IF v_why IS NULL THEN
        SELECT 'own cover or own income is not mirrored' INTO v_why
          FROM ledger.trial(p_pool, p_day) t JOIN ledger.account_kind k ON k.number = t.kind
        HAVING sum(t.debit_posted - t.credit_posted)
                   FILTER (WHERE k.name IN ('own_cover_due', 'due_to_reserve')) <> 0
            OR sum(t.debit_posted - t.credit_posted)
                   FILTER (WHERE k.name IN ('own_income_in_reserve', 'due_from_reserve')) <> 0;
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
CREATE FUNCTION ledger.seal_day(p_pool integer, p_day date, p_check integer, p_exception text,
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
           ledger.day_root(p_pool, p_day), p_exception, p_approval, v_at, v_text,
           sha256(convert_to(v_text, 'UTF8'));
    UPDATE ledger.business_day d SET state = 'closed', closed_at = v_at
     WHERE d.pool = p_pool AND d.day = p_day;
    RETURN v_text;
END
$law$;

CREATE FUNCTION ledger.sign_seal(p_pool integer, p_day date, p_key_name text, p_algorithm text,
    p_public_key bytea, p_signature bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $law$
BEGIN
    INSERT INTO ledger.seal_signature (pool, business_day, key_name, algorithm, public_key,
                                       signature, signed_at)
    VALUES (p_pool, p_day, p_key_name, p_algorithm, p_public_key, p_signature,
            clock_timestamp());
END
$law$;
