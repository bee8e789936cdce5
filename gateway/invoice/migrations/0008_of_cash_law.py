"""The database keeps the invoice of cash to what is on its card, and what a redemption gave back.

No commit leaves a valid one over cash whose card has not taken it, has disproved it, or has given it
back; how much a redemption gives back of each order is written once and never less than is certain.
"""

from django.db import migrations

from accounts.moves import append_only_operations

KEPT = """
CREATE FUNCTION invoice_look_at_cash(which uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    sold topup_topup%ROWTYPE;
    back bigint;
BEGIN
    SELECT * INTO sold FROM topup_topup WHERE id = which FOR NO KEY UPDATE;
    SELECT coalesce(sum(amount_fen), 0) INTO back FROM invoice_cash_return WHERE topup_id = which;
    IF EXISTS (
        SELECT 1 FROM invoice_invoice i
        WHERE i.cash_claim_id = which AND i.state IN ('asked', 'sent', 'issued')
          AND (sold.state <> 'loaded' OR i.amount_fen > sold.amount_fen - back
               OR i.pool <> sold.pool
               OR (i.person_id IS NOT NULL AND i.person_id IS DISTINCT FROM sold.person_id)
               OR EXISTS (
                   SELECT 1 FROM card_service_departure d
                   WHERE d.card_id = sold.card_id AND d.kind = 'redemption' AND d.amount_fen > 0
                     AND d.state IN ('paying', 'settled')
                     AND NOT EXISTS (SELECT 1 FROM invoice_cash_return r
                                     WHERE r.departure_id = d.id AND r.topup_id = which)))
    ) THEN
        RAISE EXCEPTION 'an invoice of cash is of what is on the card and not given back'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'invoice_of_cash_is_of_what_the_card_has';
    END IF;
END $$;
CREATE FUNCTION invoice_refuse_other_than_loaded_cash() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told jsonb := to_jsonb(NEW);
BEGIN
    PERFORM invoice_look_at_cash(which::uuid) FROM (
        SELECT CASE TG_TABLE_NAME WHEN 'topup_topup' THEN told->>'id'
                                  WHEN 'invoice_cash_return' THEN told->>'topup_id'
                                  WHEN 'invoice_invoice' THEN told->>'cash_claim_id' END AS which
        UNION
        SELECT t.id::text FROM topup_topup t
        WHERE TG_TABLE_NAME = 'card_service_departure' AND t.card_id::text = told->>'card_id'
          AND t.state = 'loaded' AND EXISTS (SELECT 1 FROM kiosk_claim c WHERE c.id = t.id)
        ORDER BY 1
    ) AS orders WHERE which IS NOT NULL;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER invoice_looks_at_its_cash AFTER INSERT OR UPDATE ON invoice_invoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.cash_claim_id IS NOT NULL)
    EXECUTE FUNCTION invoice_refuse_other_than_loaded_cash();
CREATE CONSTRAINT TRIGGER invoice_looks_at_cash_returns AFTER INSERT ON invoice_cash_return
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION invoice_refuse_other_than_loaded_cash();
CREATE CONSTRAINT TRIGGER invoice_looks_at_unloaded AFTER UPDATE OF state, amount_fen ON topup_topup
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.state = 'loaded' AND (NEW.state <> 'loaded' OR NEW.amount_fen <> OLD.amount_fen))
    EXECUTE FUNCTION invoice_refuse_other_than_loaded_cash();
CREATE CONSTRAINT TRIGGER invoice_looks_at_redemptions
    AFTER UPDATE OF state ON card_service_departure
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.kind = 'redemption' AND NEW.state = 'paying')
    EXECUTE FUNCTION invoice_refuse_other_than_loaded_cash();
CREATE TRIGGER invoice_is_for_ever_of_its_cash BEFORE UPDATE ON invoice_invoice
    FOR EACH ROW WHEN (OLD.cash_claim_id IS DISTINCT FROM NEW.cash_claim_id)
    EXECUTE FUNCTION invoice_refuse_other_words();
ALTER TABLE invoice_invoice ENABLE ALWAYS TRIGGER invoice_looks_at_its_cash;
ALTER TABLE invoice_invoice ENABLE ALWAYS TRIGGER invoice_is_for_ever_of_its_cash;
ALTER TABLE invoice_cash_return ENABLE ALWAYS TRIGGER invoice_looks_at_cash_returns;
ALTER TABLE topup_topup ENABLE ALWAYS TRIGGER invoice_looks_at_unloaded;
ALTER TABLE card_service_departure ENABLE ALWAYS TRIGGER invoice_looks_at_redemptions;
"""
NOT_KEPT = """
DROP TRIGGER invoice_is_for_ever_of_its_cash ON invoice_invoice;
DROP TRIGGER invoice_looks_at_redemptions ON card_service_departure;
DROP TRIGGER invoice_looks_at_unloaded ON topup_topup;
DROP TRIGGER invoice_looks_at_cash_returns ON invoice_cash_return;
DROP TRIGGER invoice_looks_at_its_cash ON invoice_invoice;
DROP FUNCTION invoice_refuse_other_than_loaded_cash();
DROP FUNCTION invoice_look_at_cash(uuid);
"""
NOTED = """
CREATE FUNCTION invoice_check_cash_return() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    redeemed card_service_departure%ROWTYPE;
    sold topup_topup%ROWTYPE;
    others bigint;
    before bigint;
BEGIN
    SELECT * INTO redeemed FROM card_service_departure WHERE id = NEW.departure_id;
    SELECT * INTO sold FROM topup_topup WHERE id = NEW.topup_id FOR NO KEY UPDATE;
    SELECT coalesce(sum(amount_fen), 0) INTO others FROM topup_topup
     WHERE card_id = redeemed.card_id AND state = 'loaded' AND id <> sold.id;
    SELECT coalesce(sum(amount_fen), 0) INTO before FROM invoice_cash_return
     WHERE topup_id = sold.id;
    IF redeemed.kind <> 'redemption' OR redeemed.state NOT IN ('paying', 'settled')
       OR NOT EXISTS (SELECT 1 FROM kiosk_claim WHERE id = sold.id)
       OR NEW.amount_fen > redeemed.amount_fen
       OR before + NEW.amount_fen > sold.amount_fen
       OR (sold.card_id = redeemed.card_id AND sold.state = 'loaded'
           AND NEW.amount_fen < least(sold.amount_fen, redeemed.amount_fen - others))
    THEN
        RAISE EXCEPTION 'what a redemption gave back of cash is no less and no more'
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'invoice_cash_return_is_what_went_back';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoice_cash_return_is_lawful BEFORE INSERT ON invoice_cash_return
    FOR EACH ROW EXECUTE FUNCTION invoice_check_cash_return();
ALTER TABLE invoice_cash_return ENABLE ALWAYS TRIGGER invoice_cash_return_is_lawful;
"""
NOT_NOTED = """
DROP TRIGGER invoice_cash_return_is_lawful ON invoice_cash_return;
DROP FUNCTION invoice_check_cash_return();
"""


class Migration(migrations.Migration):
    """Checked at commit, whoever moved what: the invoice, the top-up, the redemption."""

    dependencies = [("invoice", "0007_of_cash"), ("accounts", "0002_law")]
    operations = [
        *append_only_operations("invoice_cash_return"),
        migrations.RunSQL(NOTED, NOT_NOTED),
        migrations.RunSQL(KEPT, NOT_KEPT),
    ]
