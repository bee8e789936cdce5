-- 终止业务 (R23): nobody's prepayment, wallet or deposit grows, no prepayment or enterprise's order
-- becomes top-ups. What came in stays where it came, and is given back from there. Corrections and
-- what the bank did not pay go back to their source as ever.

CREATE TRIGGER ledger_nothing_new_is_taken_on BEFORE INSERT ON ledger.transfer
    FOR EACH ROW WHEN (NEW.act IN (1, 2) AND (
        NEW.code IN ('agent_topped_up', 'bulk_shared')
        OR (NEW.code IN ('payment_allocated', 'suspense_understood')
            AND NEW.credit_kind IN (2131, 2141, 2151))))
    EXECUTE FUNCTION ledger.nothing_new_when_winding_down();
ALTER TABLE ledger.transfer ENABLE ALWAYS TRIGGER ledger_nothing_new_is_taken_on;
