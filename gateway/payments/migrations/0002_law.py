"""Puts the lifecycles of payments, refunds and notices, and the keeping of evidence, into the database."""

from django.db import migrations

from accounts.moves import append_only_operations, lifecycle_operations

PAYMENT = {
    "prepared": {"offered", "confirmed", "contested", "closed"},
    "offered": {"confirmed", "contested", "closed"},
    "closed": {"confirmed", "contested"},
    "contested": {"confirmed", "closed"},
    "confirmed": set[str](),
}
REFUND = {
    "asked": {"sent", "done", "abnormal"},
    "sent": {"done", "abnormal"},
    "abnormal": {"done"},
    "done": set[str](),
}
NOTICE = {
    "received": {"applied", "parked", "refused"},
    "parked": {"applied"},
    "applied": set[str](),
    "refused": set[str](),
}

KEEP_NOTICE = """
CREATE FUNCTION payments_keep_notice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.id, OLD.merchant_id, OLD.verdict, OLD.headers::text, OLD.body, OLD.key_id, OLD.nonce,
        OLD.signed_at, OLD.notice_no, OLD.order_no, OLD.fact::text, OLD.received_at)
       IS DISTINCT FROM
       (NEW.id, NEW.merchant_id, NEW.verdict, NEW.headers::text, NEW.body, NEW.key_id, NEW.nonce,
        NEW.signed_at, NEW.notice_no, NEW.order_no, NEW.fact::text, NEW.received_at) THEN
        RAISE EXCEPTION 'a notice is kept as it came'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'payments_notice_is_kept_as_it_came';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_notice_is_kept_as_it_came BEFORE UPDATE ON payments_notice
    FOR EACH ROW EXECUTE FUNCTION payments_keep_notice();
REVOKE DELETE, TRUNCATE ON payments_notice, payments_payment, payments_refund FROM gateway_app;
"""
FORGET_NOTICE = """
GRANT DELETE ON payments_notice, payments_payment, payments_refund TO gateway_app;
DROP TRIGGER payments_notice_is_kept_as_it_came ON payments_notice;
DROP FUNCTION payments_keep_notice();
"""


class Migration(migrations.Migration):
    """The database refuses every other move, whoever makes it."""

    dependencies = [("payments", "0001_initial"), ("accounts", "0002_law")]
    operations = [
        *lifecycle_operations("payment", "payments_payment", PAYMENT),
        *lifecycle_operations("refund", "payments_refund", REFUND),
        *lifecycle_operations("notice", "payments_notice", NOTICE),
        *append_only_operations("payments_evidence"),
        migrations.RunSQL(KEEP_NOTICE, FORGET_NOTICE),
    ]
