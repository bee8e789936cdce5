"""The database keeps invoices' lifecycles, what they say, and that a refunded order has none."""

from django.db import migrations

from accounts.moves import append_only_operations, lifecycle_operations

INVOICE = {
    "asked": {"sent", "withdrawn"},
    "sent": {"issued", "refused", "reversing"},
    "issued": {"reversing"},
    "reversing": {"reversed", "withdrawn"},
    "refused": set[str](),
    "reversed": set[str](),
    "withdrawn": set[str](),
}
RED = {
    "asked": {"sent"},
    "sent": {"issued", "waiting", "refused"},
    "waiting": {"issued", "refused"},
    "refused": {"asked"},
    "issued": set[str](),
}
REFUNDED = """
CREATE FUNCTION invoice_refuse_valid_after_refund() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    paid payments_payment%ROWTYPE;
    which uuid := CASE WHEN TG_TABLE_NAME = 'payments_payment' THEN NEW.id ELSE (to_jsonb(NEW)->>'payment_id')::uuid END;
BEGIN
    SELECT * INTO paid FROM payments_payment WHERE id = which;
    IF EXISTS (
        SELECT 1 FROM invoice_invoice
        WHERE payment_id = which AND state IN ('asked', 'sent', 'issued')
          AND (given_back_fen < paid.refunding_fen
               OR amount_fen > paid.paid_fen - paid.refunding_fen)
    ) THEN
        RAISE EXCEPTION 'money of this order went back: its invoice must be reversed'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'invoice_a_refunded_order_keeps_no_valid_invoice';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER invoice_looks_at_refunds AFTER UPDATE OF refunding_fen ON payments_payment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.refunding_fen > OLD.refunding_fen)
    EXECUTE FUNCTION invoice_refuse_valid_after_refund();
CREATE CONSTRAINT TRIGGER invoice_looks_at_itself AFTER INSERT OR UPDATE ON invoice_invoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION invoice_refuse_valid_after_refund();
ALTER TABLE payments_payment ENABLE ALWAYS TRIGGER invoice_looks_at_refunds;
ALTER TABLE invoice_invoice ENABLE ALWAYS TRIGGER invoice_looks_at_itself;
"""
NOT_REFUNDED = """
DROP TRIGGER invoice_looks_at_itself ON invoice_invoice;
DROP TRIGGER invoice_looks_at_refunds ON payments_payment;
DROP FUNCTION invoice_refuse_valid_after_refund();
"""
SAID = """
CREATE FUNCTION invoice_refuse_other_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what an invoice says is written once'
        USING ERRCODE = 'integrity_constraint_violation',
              CONSTRAINT = 'invoice_says_for_ever_what_it_said';
END $$;
CREATE TRIGGER invoice_says_for_ever_what_it_said BEFORE UPDATE ON invoice_invoice
    FOR EACH ROW WHEN (
        (OLD.payment_id, OLD.topup_id, OLD.person_id, OLD.pool, OLD.request_no, OLD.amount_fen,
         OLD.given_back_fen, OLD.title_kind, OLD.title_name, OLD.taxpayer_no, OLD.asked_at)
        IS DISTINCT FROM
        (NEW.payment_id, NEW.topup_id, NEW.person_id, NEW.pool, NEW.request_no, NEW.amount_fen,
         NEW.given_back_fen, NEW.title_kind, NEW.title_name, NEW.taxpayer_no, NEW.asked_at)
        OR (OLD.invoice_no IS NOT NULL AND
            (OLD.invoice_no, OLD.issued_at, OLD.marks)
            IS DISTINCT FROM (NEW.invoice_no, NEW.issued_at, NEW.marks))
    ) EXECUTE FUNCTION invoice_refuse_other_words();
ALTER TABLE invoice_invoice ENABLE ALWAYS TRIGGER invoice_says_for_ever_what_it_said;
REVOKE DELETE, TRUNCATE ON invoice_invoice, invoice_red, invoice_seller FROM gateway_app;
"""
UNSAID = """
GRANT DELETE ON invoice_invoice, invoice_red, invoice_seller TO gateway_app;
DROP TRIGGER invoice_says_for_ever_what_it_said ON invoice_invoice;
DROP FUNCTION invoice_refuse_other_words();
"""


class Migration(migrations.Migration):
    """Lifecycles; words and files only ever added; the invariant under a name of its own."""

    dependencies = [("invoice", "0001_initial"), ("accounts", "0002_law")]
    operations = [
        *lifecycle_operations("invoice", "invoice_invoice", INVOICE),
        *lifecycle_operations("red_invoice", "invoice_red", RED),
        *append_only_operations("invoice_word"),
        *append_only_operations("invoice_file"),
        migrations.RunSQL(SAID, UNSAID),
        migrations.RunSQL(REFUNDED, NOT_REFUNDED),
    ]
