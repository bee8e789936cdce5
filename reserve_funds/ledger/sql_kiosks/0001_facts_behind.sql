-- What a kiosk alone cannot say rests on a fact of the book. Quota comes back on a bank's line on
-- cash of that very kiosk, and no fen of a line brings it back twice; a surplus of a box is
-- explained by a note that was booked after that very box's count, once. Runs as ledger_owner.

-- Such a transfer's id says what it rests on: ledger.derive(the fact's id, code || ' ' || step),
-- step by step from 1. The fact bears the same time in its id, so few rows are looked at.
CREATE FUNCTION ledger.kiosk_rests_on_its_fact() RETURNS trigger
LANGUAGE plpgsql SECURITY INVOKER SET search_path = pg_catalog, pg_temp
AS $law$
DECLARE
    v_begins text := left(NEW.id::text, 13);
    v_fact   record;
    v_spent  bigint;
    v_said   bigint;
    v_steps  integer := CASE NEW.code WHEN 'cash_over_explained' THEN 1 ELSE 64 END;
BEGIN
    IF EXISTS (SELECT FROM ledger.transfer t WHERE t.pool = NEW.pool AND t.id = NEW.id) THEN
        RETURN NEW;  -- said again: the answer is what was booked
    END IF;
    FOR v_fact IN
        SELECT t.id, t.amount_fen
          FROM ledger.transfer t
          JOIN ledger.account box ON box.pool = t.pool AND box.id = CASE t.code
               WHEN 'cash_accepted' THEN t.debit_account ELSE t.credit_account END
          JOIN ledger.account_kind k ON k.number = box.kind AND k.name = 'cash_in_transit'
          JOIN ledger.account own ON own.pool = NEW.pool AND own.id = CASE NEW.code
               WHEN 'cash_over_explained' THEN NEW.debit_account ELSE NEW.credit_account END
         WHERE t.pool = NEW.pool AND t.act = 1 AND t.reverses IS NULL
           AND t.id BETWEEN (v_begins || '-0000-0000-000000000000')::uuid
                        AND (v_begins || '-ffff-ffff-ffffffffffff')::uuid
           AND CASE NEW.code
               WHEN 'cash_over_explained' THEN t.code = 'cash_accepted'
                    AND box.id = NEW.credit_account AND own.owner = 'box:' || box.owner
                    AND EXISTS (SELECT FROM ledger.transfer counted
                         WHERE counted.pool = NEW.pool AND counted.code = 'cash_over'
                           AND counted.credit_account = own.id AND counted.debit_account = box.id
                           AND counted.created_at < t.created_at)
               ELSE t.code IN ('cash_banked', 'suspense_understood')
                    AND starts_with(box.owner, own.owner || '.') END
    LOOP
        v_spent := 0;
        FOR v_step IN 1 .. v_steps LOOP
            IF ledger.derive(v_fact.id, NEW.code || ' ' || v_step) = NEW.id THEN
                IF NEW.amount_fen <= v_fact.amount_fen - v_spent THEN RETURN NEW; END IF;
                EXIT;
            END IF;
            SELECT t.amount_fen INTO v_said FROM ledger.transfer t
             WHERE t.pool = NEW.pool
               AND t.id = ledger.derive(v_fact.id, NEW.code || ' ' || v_step);
            EXIT WHEN NOT FOUND;
            v_spent := v_spent + v_said;
        END LOOP;
    END LOOP;
    RAISE EXCEPTION 'ledger: % of pool % rests on no fact', NEW.code, NEW.pool
        USING ERRCODE = 'LG019', DETAIL = json_build_object('pool', NEW.pool, 'code', NEW.code,
            'amount_fen', NEW.amount_fen)::text;
END
$law$;
CREATE TRIGGER ledger_kiosk_rests_on_its_fact BEFORE INSERT ON ledger.transfer
    FOR EACH ROW WHEN (NEW.code IN ('kiosk_quota_restored', 'cash_over_explained')
                       AND NEW.act IN (1, 2))
    EXECUTE FUNCTION ledger.kiosk_rests_on_its_fact();
ALTER TABLE ledger.transfer ENABLE ALWAYS TRIGGER ledger_kiosk_rests_on_its_fact;
REVOKE ALL ON FUNCTION ledger.kiosk_rests_on_its_fact() FROM PUBLIC;
