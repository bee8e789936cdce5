-- 历史余额移交: what a legacy system owed enters the book by two people's word alone. Its rule was
-- written without one and transfers bear it, so the word is asked for here.
CREATE FUNCTION ledger.legacy_opens_by_two() RETURNS trigger
LANGUAGE plpgsql SECURITY INVOKER SET search_path = pg_catalog, pg_temp
AS $law$
BEGIN
    RAISE EXCEPTION 'ledger: a legacy balance of pool % is opened by nobody''s word', NEW.pool
        USING ERRCODE = 'LG005', DETAIL = json_build_object('pool', NEW.pool, 'approval', NULL,
            'because', 'unknown')::text;
END
$law$;
CREATE TRIGGER ledger_legacy_opens_by_two BEFORE INSERT ON ledger.transfer
    FOR EACH ROW WHEN (NEW.code = 'legacy_opened' AND NEW.act IN (1, 2) AND NEW.approval_id IS NULL)
    EXECUTE FUNCTION ledger.legacy_opens_by_two();
ALTER TABLE ledger.transfer ENABLE ALWAYS TRIGGER ledger_legacy_opens_by_two;
REVOKE ALL ON FUNCTION ledger.legacy_opens_by_two() FROM PUBLIC;
