-- Pools, business days and epochs: the only functions that write them.

CREATE FUNCTION ledger.open_pool(p_pool integer, p_profile text, p_first_day date)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $law$
DECLARE
    v_profile text;
    v_first   date;
BEGIN
    PERFORM pg_advisory_xact_lock(1279542854, p_pool);
    SELECT p.profile INTO v_profile FROM ledger.pool p WHERE p.pool = p_pool;
    IF FOUND THEN
        SELECT min(d.day) INTO v_first FROM ledger.business_day d WHERE d.pool = p_pool;
        IF v_profile <> p_profile OR v_first <> p_first_day THEN
            RAISE EXCEPTION 'ledger: pool % was opened otherwise', p_pool
                USING ERRCODE = 'LG013', DETAIL = json_build_object('pool', p_pool,
                    'profile', v_profile, 'first_day', v_first)::text;
        END IF;
        RETURN false;
    END IF;
    IF NOT EXISTS (SELECT FROM ledger.posting_rule r WHERE r.profile = p_profile) THEN
        RAISE EXCEPTION 'ledger: there is no handbook %', p_profile
            USING ERRCODE = 'LG003', DETAIL = json_build_object('profile', p_profile)::text;
    END IF;
    INSERT INTO ledger.pool (pool, profile, opened_at)
    VALUES (p_pool, p_profile, clock_timestamp());
    INSERT INTO ledger.business_day (pool, day, profile, state, opened_at)
    VALUES (p_pool, p_first_day, p_profile, 'open', clock_timestamp());
    INSERT INTO ledger.pool_tally (pool, horizon, since_day)
    SELECT p_pool, e.horizon, p_first_day FROM ledger.epoch e WHERE e.is_current;
    RETURN true;
END
$law$;

-- The cut: an instant. No posting straddles it, what comes after is booked in p_next_day.
-- Says the day that was cut; asked again for the same next day it says the same.
CREATE FUNCTION ledger.cut(p_pool integer, p_next_day date) RETURNS date
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $law$
DECLARE
    v_open date;
    v_cut  date;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'ledger: a cut needs READ COMMITTED' USING ERRCODE = 'LG010';
    END IF;
    PERFORM pg_advisory_xact_lock(1279542854, p_pool);
    SELECT d.day INTO v_open FROM ledger.business_day d
     WHERE d.pool = p_pool AND d.state = 'open';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'ledger: pool % has no open day', p_pool
            USING ERRCODE = 'LG006', DETAIL = json_build_object('pool', p_pool)::text;
    END IF;
    IF v_open = p_next_day THEN
        SELECT max(d.day) INTO v_cut FROM ledger.business_day d
         WHERE d.pool = p_pool AND d.day < p_next_day;
        IF v_cut IS NOT NULL THEN
            RETURN v_cut;
        END IF;
    END IF;
    IF p_next_day IS NULL OR p_next_day <= v_open THEN
        RAISE EXCEPTION 'ledger: % does not follow %', p_next_day, v_open
            USING ERRCODE = 'LG013', DETAIL = json_build_object('pool', p_pool, 'open', v_open,
                'asked', p_next_day)::text;
    END IF;
    UPDATE ledger.business_day d SET state = 'cut', cut_at = clock_timestamp()
     WHERE d.pool = p_pool AND d.day = v_open;
    INSERT INTO ledger.business_day (pool, day, profile, state, opened_at)
    SELECT p.pool, p_next_day, p.profile, 'open', clock_timestamp()
      FROM ledger.pool p WHERE p.pool = p_pool;
    RETURN v_open;
END
$law$;
