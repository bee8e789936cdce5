-- A pool's rule profile from a day on. Two officers decide it; a day that has begun keeps its own.

-- What was decided: for a day, the row with the latest from_day, and of those the last.
CREATE TABLE ledger.profile_change (
    number      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pool        integer     NOT NULL REFERENCES ledger.pool (pool),
    from_day    date        NOT NULL,
    profile     text        NOT NULL,
    approval_id uuid        NOT NULL,
    decided_at  timestamptz NOT NULL,
    CONSTRAINT ledger_profile_change_spends_one_approval UNIQUE (approval_id)
);
CREATE INDEX ledger_profile_change_by_day ON ledger.profile_change (pool, from_day, number);

CREATE FUNCTION ledger.profile_on(p_pool integer, p_day date) RETURNS text
LANGUAGE sql STABLE SECURITY INVOKER SET search_path = pg_catalog, pg_temp
AS $law$
    SELECT coalesce(
        (SELECT c.profile FROM ledger.profile_change c
          WHERE c.pool = p_pool AND c.from_day <= p_day
          ORDER BY c.from_day DESC, c.number DESC LIMIT 1),
        (SELECT p.profile FROM ledger.pool p WHERE p.pool = p_pool))
$law$;

-- Says whether it is new. The same approval again is the same decision.
CREATE FUNCTION ledger.change_profile(p_pool integer, p_profile text, p_from_day date,
                                      p_approval uuid)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $law$
DECLARE
    v_open date;
    v_was  ledger.profile_change;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'ledger: a change of profile needs READ COMMITTED'
            USING ERRCODE = 'LG010';
    END IF;
    IF p_from_day IS NULL OR p_approval IS NULL OR NOT isfinite(p_from_day) THEN
        RAISE EXCEPTION 'ledger: a change of profile names a day and an approval'
            USING ERRCODE = 'LG013', DETAIL = json_build_object('pool', p_pool)::text;
    END IF;
    PERFORM pg_advisory_xact_lock(1279542854, p_pool);
    SELECT * INTO v_was FROM ledger.profile_change c WHERE c.approval_id = p_approval;
    IF FOUND THEN
        IF (v_was.pool, v_was.profile, v_was.from_day)
           IS DISTINCT FROM (p_pool, p_profile, p_from_day) THEN
            RAISE EXCEPTION 'ledger: approval % was spent on another change', p_approval
                USING ERRCODE = 'LG005', DETAIL = json_build_object('approval', p_approval,
                    'because', 'other_content')::text;
        END IF;
        RETURN false;
    END IF;
    SELECT d.day INTO v_open FROM ledger.business_day d
     WHERE d.pool = p_pool AND d.state = 'open';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'ledger: pool % has no open day', p_pool
            USING ERRCODE = 'LG006', DETAIL = json_build_object('pool', p_pool)::text;
    END IF;
    IF NOT EXISTS (SELECT FROM ledger.posting_rule r WHERE r.profile = p_profile) THEN
        RAISE EXCEPTION 'ledger: there is no handbook %', p_profile
            USING ERRCODE = 'LG003', DETAIL = json_build_object('profile', p_profile)::text;
    END IF;
    IF p_from_day <= v_open THEN
        RAISE EXCEPTION 'ledger: the day % of pool % has begun', p_from_day, p_pool
            USING ERRCODE = 'LG014', DETAIL = json_build_object('pool', p_pool, 'open', v_open,
                'asked', p_from_day)::text;
    END IF;
    PERFORM ledger.spend_approval(p_approval, p_pool,
        concat_ws('|', 'profile', p_pool, p_profile, to_char(p_from_day, 'YYYY-MM-DD')), 1);
    INSERT INTO ledger.profile_change (pool, from_day, profile, approval_id, decided_at)
    VALUES (p_pool, p_from_day, p_profile, p_approval, clock_timestamp());
    RETURN true;
END
$law$;

-- Whoever opens a day, it opens under the profile decided for it, and keeps it for ever.
CREATE FUNCTION ledger.day_takes_its_profile() RETURNS trigger
LANGUAGE plpgsql SECURITY INVOKER SET search_path = pg_catalog, pg_temp
AS $law$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'ledger: a business day keeps its profile' USING ERRCODE = 'LG012';
    END IF;
    NEW.profile := ledger.profile_on(NEW.pool, NEW.day);
    RETURN NEW;
END
$law$;
CREATE TRIGGER ledger_day_takes_its_profile BEFORE INSERT ON ledger.business_day
    FOR EACH ROW EXECUTE FUNCTION ledger.day_takes_its_profile();
CREATE TRIGGER ledger_day_keeps_its_profile BEFORE UPDATE ON ledger.business_day
    FOR EACH ROW WHEN (OLD.profile IS DISTINCT FROM NEW.profile)
    EXECUTE FUNCTION ledger.day_takes_its_profile();
ALTER TABLE ledger.business_day ENABLE ALWAYS TRIGGER ledger_day_takes_its_profile;
ALTER TABLE ledger.business_day ENABLE ALWAYS TRIGGER ledger_day_keeps_its_profile;

SELECT ledger.attach_guards('ledger.profile_change', 'INSERT');
REVOKE ALL ON ledger.profile_change FROM PUBLIC;
GRANT SELECT ON ledger.profile_change TO gateway_app;
REVOKE ALL ON FUNCTION ledger.profile_on(integer, date), ledger.day_takes_its_profile(),
    ledger.change_profile(integer, text, date, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.profile_on(integer, date),
    ledger.change_profile(integer, text, date, uuid) TO gateway_app;
