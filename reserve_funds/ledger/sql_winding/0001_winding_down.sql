-- 终止业务 (R23): from a day on a pool takes on nothing new. Two officers say so, once and for good.

CREATE TABLE ledger.winding_down (
    pool        integer     PRIMARY KEY REFERENCES ledger.pool (pool),
    from_day    date        NOT NULL,
    approval_id uuid        NOT NULL,
    decided_at  timestamptz NOT NULL,
    CONSTRAINT ledger_winding_down_spends_one_approval UNIQUE (approval_id)
);

-- From which day on a pool is being wound down; NULL when it is not.
CREATE FUNCTION ledger.winding_from(p_pool integer) RETURNS date
LANGUAGE sql STABLE SECURITY INVOKER SET search_path = pg_catalog, pg_temp
AS $law$
    SELECT w.from_day FROM ledger.winding_down w WHERE w.pool = p_pool
$law$;

-- Says whether it is new. The same again is the same; another day is refused.
CREATE FUNCTION ledger.wind_down(p_pool integer, p_from_day date, p_approval uuid)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $law$
DECLARE
    v_open date;
    v_was  ledger.winding_down;
BEGIN
    IF p_from_day IS NULL OR p_approval IS NULL OR NOT isfinite(p_from_day) THEN
        RAISE EXCEPTION 'ledger: winding down names a day and an approval'
            USING ERRCODE = 'LG013', DETAIL = json_build_object('pool', p_pool)::text;
    END IF;
    PERFORM pg_advisory_xact_lock(1279542854, p_pool);
    SELECT * INTO v_was FROM ledger.winding_down w WHERE w.pool = p_pool;
    IF FOUND THEN
        IF (v_was.from_day, v_was.approval_id) IS DISTINCT FROM (p_from_day, p_approval) THEN
            RAISE EXCEPTION 'ledger: pool % is being wound down already', p_pool
                USING ERRCODE = 'LG013', DETAIL = json_build_object('pool', p_pool,
                    'from_day', v_was.from_day)::text;
        END IF;
        RETURN false;
    END IF;
    SELECT d.day INTO v_open FROM ledger.business_day d
     WHERE d.pool = p_pool AND d.state = 'open';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'ledger: pool % has no open day', p_pool
            USING ERRCODE = 'LG006', DETAIL = json_build_object('pool', p_pool)::text;
    END IF;
    IF p_from_day < v_open THEN
        RAISE EXCEPTION 'ledger: the day % of pool % is over', p_from_day, p_pool
            USING ERRCODE = 'LG014', DETAIL = json_build_object('pool', p_pool, 'open', v_open,
                'asked', p_from_day)::text;
    END IF;
    PERFORM ledger.spend_approval(p_approval, p_pool,
        concat_ws('|', 'winding down', p_pool, to_char(p_from_day, 'YYYY-MM-DD')), 0);
    INSERT INTO ledger.winding_down (pool, from_day, approval_id, decided_at)
    VALUES (p_pool, p_from_day, p_approval, clock_timestamp());
    RETURN true;
END
$law$;

-- Refuses whatever is new on or after that day; other rooms' own laws call it for what they take on.
CREATE FUNCTION ledger.refuse_when_winding_down(p_pool integer, p_day date) RETURNS void
LANGUAGE plpgsql STABLE SECURITY INVOKER SET search_path = pg_catalog, pg_temp
AS $law$
DECLARE
    v_from date := ledger.winding_from(p_pool);
BEGIN
    IF v_from <= p_day THEN
        RAISE EXCEPTION 'ledger: pool % is being wound down', p_pool
            USING ERRCODE = 'LG018', DETAIL = json_build_object('pool', p_pool,
                'from_day', v_from)::text;
    END IF;
END
$law$;

-- No placement, and none of the operator's income out before everybody has theirs.
CREATE FUNCTION ledger.nothing_new_when_winding_down() RETURNS trigger
LANGUAGE plpgsql SECURITY INVOKER SET search_path = pg_catalog, pg_temp
AS $law$
BEGIN
    IF NOT EXISTS (SELECT FROM ledger.transfer t WHERE t.pool = NEW.pool AND t.id = NEW.id) THEN
        PERFORM ledger.refuse_when_winding_down(NEW.pool, NEW.business_day);
    END IF;
    RETURN NEW;
END
$law$;
CREATE TRIGGER ledger_nothing_new_when_winding_down BEFORE INSERT ON ledger.transfer
    FOR EACH ROW WHEN (NEW.code IN ('placement_made', 'own_income_swept') AND NEW.act IN (1, 2))
    EXECUTE FUNCTION ledger.nothing_new_when_winding_down();
ALTER TABLE ledger.transfer ENABLE ALWAYS TRIGGER ledger_nothing_new_when_winding_down;

SELECT ledger.attach_guards('ledger.winding_down', 'INSERT');
REVOKE ALL ON ledger.winding_down FROM PUBLIC;
GRANT SELECT ON ledger.winding_down TO gateway_app;
REVOKE ALL ON FUNCTION ledger.winding_from(integer), ledger.wind_down(integer, date, uuid),
    ledger.refuse_when_winding_down(integer, date), ledger.nothing_new_when_winding_down()
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.winding_from(integer), ledger.wind_down(integer, date, uuid),
    ledger.refuse_when_winding_down(integer, date) TO gateway_app;
