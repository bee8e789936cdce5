-- Cash that never became an order is given back over a counter only where cash fell: what is paid
-- like this was taken note by note for that very payment, and no more than lies there (guarded).
-- A channel's payment goes back over its channel or a bank. Runs as ledger_owner.

CREATE FUNCTION ledger.cash_goes_back_as_it_came() RETURNS trigger
LANGUAGE plpgsql SECURITY INVOKER SET search_path = pg_catalog, pg_temp
AS $law$
DECLARE
    v_owner text;
BEGIN
    IF EXISTS (SELECT FROM ledger.transfer t WHERE t.pool = NEW.pool AND t.id = NEW.id) THEN
        RETURN NEW;  -- said again: the answer is what was booked
    END IF;
    SELECT a.owner INTO v_owner FROM ledger.account a
     WHERE a.pool = NEW.pool AND a.id = NEW.debit_account;
    -- a note bears the time of what it fell for in its id, so few rows are looked at
    IF v_owner ~ '^[0-9a-f]{8}-[0-9a-f]{4}-' AND EXISTS (
        SELECT FROM ledger.transfer t
         WHERE t.pool = NEW.pool AND t.act = 1 AND t.reverses IS NULL
           AND t.code = 'cash_accepted' AND t.credit_account = NEW.debit_account
           AND t.id BETWEEN (left(v_owner, 13) || '-0000-0000-000000000000')::uuid
                        AND (left(v_owner, 13) || '-ffff-ffff-ffffffffffff')::uuid) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'ledger: % of pool % rests on no fact', NEW.code, NEW.pool
        USING ERRCODE = 'LG019', DETAIL = json_build_object('pool', NEW.pool, 'code', NEW.code,
            'amount_fen', NEW.amount_fen)::text;
END
$law$;
CREATE TRIGGER ledger_cash_goes_back_as_it_came BEFORE INSERT ON ledger.transfer
    FOR EACH ROW WHEN (NEW.code = 'cash_given_back' AND NEW.act IN (1, 2))
    EXECUTE FUNCTION ledger.cash_goes_back_as_it_came();
ALTER TABLE ledger.transfer ENABLE ALWAYS TRIGGER ledger_cash_goes_back_as_it_came;
REVOKE ALL ON FUNCTION ledger.cash_goes_back_as_it_came() FROM PUBLIC;
