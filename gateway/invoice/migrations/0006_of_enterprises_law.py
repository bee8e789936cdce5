"""The database keeps an enterprise's invoice to its order: its code, and what it still has paid."""

from django.db import migrations

KEPT = """
CREATE FUNCTION invoice_refuse_more_than_enterprise_paid() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    which uuid := CASE TG_TABLE_NAME
        WHEN 'bulk_part' THEN
            (SELECT order_id FROM bulk_return WHERE id = (to_jsonb(NEW)->>'bulk_return_id')::uuid)
        WHEN 'payments_payment' THEN (to_jsonb(NEW)->>'patron_id')::uuid
        ELSE (to_jsonb(NEW)->>'bulk_order_id')::uuid END;
    sold bulk_order%ROWTYPE;
    kept bigint;
BEGIN
    SELECT * INTO sold FROM bulk_order WHERE id = which FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT least(sold.amount_fen,
        (SELECT coalesce(sum(amount_fen), 0) FROM custody_bank_understanding
          WHERE pool = sold.pool AND state = 'done'
            AND as_kind = 'unloaded_orders' AND as_owner = which::text)
        + (SELECT coalesce(sum(paid_fen - refunding_fen), 0) FROM payments_payment
            WHERE patron = 'bulk' AND patron_id = which AND allocated_fen > 0)
        - (SELECT coalesce(sum(p.amount_fen), 0)
             FROM bulk_part p JOIN bulk_return r ON r.id = p.bulk_return_id
            WHERE r.order_id = which AND p.entry_id IS NOT NULL)) INTO kept;
    IF EXISTS (
        SELECT 1 FROM invoice_invoice i JOIN bulk_enterprise e ON e.id = sold.enterprise_id
        WHERE i.bulk_order_id = which AND i.state IN ('asked', 'sent', 'issued')
          AND (sold.state <> 'shared' OR i.amount_fen > kept OR i.pool <> sold.pool
               OR i.taxpayer_no <> e.credit_code)
    ) THEN
        RAISE EXCEPTION 'an invoice of an enterprise is of what it has paid and not got back'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'invoice_an_enterprise_has_what_it_paid_for';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER invoice_looks_at_bulk_parts AFTER INSERT OR UPDATE ON bulk_part
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION invoice_refuse_more_than_enterprise_paid();
CREATE CONSTRAINT TRIGGER invoice_looks_at_bulk_refunds
    AFTER UPDATE OF refunding_fen ON payments_payment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.refunding_fen > OLD.refunding_fen AND NEW.patron = 'bulk')
    EXECUTE FUNCTION invoice_refuse_more_than_enterprise_paid();
CREATE CONSTRAINT TRIGGER invoice_looks_at_its_bulk_order AFTER INSERT OR UPDATE ON invoice_invoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.bulk_order_id IS NOT NULL)
    EXECUTE FUNCTION invoice_refuse_more_than_enterprise_paid();
CREATE TRIGGER invoice_is_for_ever_of_its_bulk_order BEFORE UPDATE ON invoice_invoice
    FOR EACH ROW WHEN (OLD.bulk_order_id IS DISTINCT FROM NEW.bulk_order_id)
    EXECUTE FUNCTION invoice_refuse_other_words();
ALTER TABLE bulk_part ENABLE ALWAYS TRIGGER invoice_looks_at_bulk_parts;
ALTER TABLE payments_payment ENABLE ALWAYS TRIGGER invoice_looks_at_bulk_refunds;
ALTER TABLE invoice_invoice ENABLE ALWAYS TRIGGER invoice_looks_at_its_bulk_order;
ALTER TABLE invoice_invoice ENABLE ALWAYS TRIGGER invoice_is_for_ever_of_its_bulk_order;
"""
NOT_KEPT = """
DROP TRIGGER invoice_is_for_ever_of_its_bulk_order ON invoice_invoice;
DROP TRIGGER invoice_looks_at_its_bulk_order ON invoice_invoice;
DROP TRIGGER invoice_looks_at_bulk_refunds ON payments_payment;
DROP TRIGGER invoice_looks_at_bulk_parts ON bulk_part;
DROP FUNCTION invoice_refuse_more_than_enterprise_paid();
"""


class Migration(migrations.Migration):
    """No commit leaves a valid one over more than stayed, or to anybody else."""

    dependencies = [("invoice", "0005_of_enterprises"), ("custody_bank", "0002_law")]
    operations = [migrations.RunSQL(KEPT, NOT_KEPT)]
