-- Months of ledger.transfer, made ahead; the law is attached to each of them.

CREATE FUNCTION ledger.id_floor(p_moment timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $law$
    SELECT (lpad(to_hex((extract(epoch FROM p_moment) * 1000)::bigint), 12, '0')
            || '00000000000000000000')::uuid
$law$;

-- Nobody changes, deletes or truncates what was booked; nobody writes past the ledger's functions.
CREATE FUNCTION ledger.refuse() RETURNS trigger
LANGUAGE plpgsql SECURITY INVOKER SET search_path = pg_catalog, pg_temp
AS $law$
BEGIN
    RAISE EXCEPTION 'ledger: % on %.% is refused: the book is only written by its functions',
        TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'LG012';
END
$law$;

-- A partition is never written directly: what arrives through the parent does not fire these.
CREATE FUNCTION ledger.guard_partition(p_table regclass) RETURNS void
LANGUAGE plpgsql SECURITY INVOKER SET search_path = pg_catalog, pg_temp
AS $law$
BEGIN
    EXECUTE format('CREATE TRIGGER ledger_partition_is_not_written_directly '
                   'BEFORE INSERT OR UPDATE OR DELETE ON %s '
                   'FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse()', p_table);
    EXECUTE format('CREATE TRIGGER ledger_partition_is_never_truncated '
                   'BEFORE TRUNCATE ON %s '
                   'FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse()', p_table);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER ledger_partition_is_not_written_directly',
                   p_table);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER ledger_partition_is_never_truncated',
                   p_table);
    EXECUTE format('REVOKE ALL ON %s FROM PUBLIC, gateway_app', p_table);
    EXECUTE format('GRANT SELECT ON %s TO gateway_app', p_table);
END
$law$;

-- Makes the months from the last one there is up to p_ahead months after this one; says how many.
CREATE FUNCTION ledger.make_partitions(p_ahead integer DEFAULT 3) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $law$
DECLARE
    v_month timestamptz := date_trunc('month', clock_timestamp());
    v_last  timestamptz := date_trunc('month', clock_timestamp()) + make_interval(months => p_ahead);
    v_name  text;
    v_made  integer := 0;
BEGIN
    IF p_ahead < 0 OR p_ahead > 60 THEN
        RAISE EXCEPTION 'ledger: months ahead must be 0 to 60' USING ERRCODE = 'LG007';
    END IF;
    PERFORM pg_advisory_xact_lock(1279542853, 0);
    IF to_regclass('ledger.transfer_before') IS NULL THEN
        EXECUTE format('CREATE TABLE ledger.transfer_before PARTITION OF ledger.transfer '
                       'FOR VALUES FROM (MINVALUE) TO (%L)', ledger.id_floor(v_month));
        PERFORM ledger.guard_partition('ledger.transfer_before');
        v_made := 1;
    ELSE
        v_month := coalesce(
            (SELECT max(to_date(substr(c.relname, 10), 'YYYY_MM'))::timestamptz + interval '1 month'
               FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
              WHERE i.inhparent = 'ledger.transfer'::regclass
                AND c.relname ~ '^transfer_\d{4}_\d{2}$'), v_month);
    END IF;
    WHILE v_month <= v_last LOOP
        v_name := 'transfer_' || to_char(v_month, 'YYYY_MM');
        -- made beside and then attached: attaching does not stop those who are posting
        EXECUTE format('CREATE TABLE ledger.%I (LIKE ledger.transfer INCLUDING DEFAULTS '
                       'INCLUDING CONSTRAINTS INCLUDING INDEXES)', v_name);
        PERFORM ledger.guard_partition(format('ledger.%I', v_name)::regclass);
        EXECUTE format('ALTER TABLE ledger.transfer ATTACH PARTITION ledger.%I '
                       'FOR VALUES FROM (%L) TO (%L)', v_name, ledger.id_floor(v_month),
                       ledger.id_floor(v_month + interval '1 month'));
        v_month := v_month + interval '1 month';
        v_made := v_made + 1;
    END LOOP;
    RETURN v_made;
END
$law$;
