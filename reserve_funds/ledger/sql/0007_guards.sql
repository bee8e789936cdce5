-- Who may write: nobody but the functions above. ledger_owner cannot log in, so it acts either
-- inside one of its SECURITY DEFINER functions (the session's role setting is another) or after
-- SET ROLE (the role setting is its own name). The second is refused, and so is everybody else.

CREATE FUNCTION ledger.attach_guards(p_table regclass, p_inside text) RETURNS void
LANGUAGE plpgsql SECURITY INVOKER SET search_path = pg_catalog, pg_temp
AS $law$
DECLARE
    v_never text := concat_ws(' OR ',
        CASE WHEN p_inside NOT LIKE '%INSERT%' THEN 'INSERT' END,
        CASE WHEN p_inside NOT LIKE '%UPDATE%' THEN 'UPDATE' END, 'DELETE');
BEGIN
    IF p_inside <> '' THEN
        EXECUTE format('CREATE TRIGGER ledger_written_only_by_its_functions BEFORE %s ON %s '
            'FOR EACH STATEMENT WHEN (CURRENT_USER <> ''ledger_owner'' '
            'OR SESSION_USER = ''ledger_owner'' OR current_setting(''role'') = ''ledger_owner'') '
            'EXECUTE FUNCTION ledger.refuse()', p_inside, p_table);
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER ledger_written_only_by_its_functions',
                       p_table);
    END IF;
    EXECUTE format('CREATE TRIGGER ledger_never_rewritten BEFORE %s ON %s '
                   'FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse()', v_never, p_table);
    EXECUTE format('CREATE TRIGGER ledger_never_truncated BEFORE TRUNCATE ON %s '
                   'FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse()', p_table);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER ledger_never_rewritten', p_table);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER ledger_never_truncated', p_table);
END
$law$;

SELECT ledger.attach_guards('ledger.transfer', 'INSERT');
SELECT ledger.attach_guards('ledger.account', 'INSERT OR UPDATE');
SELECT ledger.attach_guards('ledger.tally', 'INSERT OR UPDATE');
SELECT ledger.attach_guards('ledger.tally_day', 'INSERT OR UPDATE');
SELECT ledger.attach_guards('ledger.pool_tally', 'INSERT OR UPDATE');
SELECT ledger.attach_guards('ledger.kind_day', 'INSERT OR UPDATE');
SELECT ledger.attach_guards('ledger.epoch', 'INSERT OR UPDATE');
SELECT ledger.attach_guards('ledger.business_day', 'INSERT OR UPDATE');
SELECT ledger.attach_guards('ledger.pool', 'INSERT');
SELECT ledger.attach_guards('ledger.account_kind', '');
SELECT ledger.attach_guards('ledger.posting_rule', '');

-- and row by row on the parent, which PostgreSQL copies onto every partition there will ever be
CREATE TRIGGER ledger_row_never_rewritten BEFORE UPDATE OR DELETE ON ledger.transfer
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse();
ALTER TABLE ledger.transfer ENABLE ALWAYS TRIGGER ledger_row_never_rewritten;

REVOKE ALL ON SCHEMA ledger FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA ledger FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE ledger_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
GRANT USAGE ON SCHEMA ledger TO gateway_app, gateway_owner;
GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO gateway_app;
GRANT EXECUTE ON FUNCTION
    ledger.post(integer, smallint, boolean, uuid[], text[], smallint[], text[], smallint[],
                text[], bigint[], timestamptz[], uuid[], uuid[]),
    ledger.post_one(integer, smallint, uuid, text, smallint, text, smallint, text, bigint,
                    timestamptz, uuid, uuid),
    ledger.resolve(integer, smallint, uuid, timestamptz),
    ledger.reverse(integer, uuid, timestamptz, uuid),
    ledger.open_pool(integer, text, date),
    ledger.cut(integer, date),
    ledger.fold(integer, uuid, integer),
    ledger.fold_book(integer),
    ledger.make_partitions(integer),
    ledger.account_id(integer, smallint, text),
    ledger.derive(uuid, text),
    ledger.place_of(integer, xid8),
    ledger.id_floor(timestamptz),
    ledger.fresh(integer, uuid, bigint, date, date),
    ledger.totals(integer, uuid),
    ledger.totals_before(integer, uuid, date),
    ledger.totals_at(integer, uuid, timestamptz),
    ledger.trial(integer, date)
TO gateway_app;
-- opening an epoch and making months is also the migrating role's work
GRANT EXECUTE ON FUNCTION ledger.open_epoch(), ledger.make_partitions(integer) TO gateway_owner;
