"""A new invoice is looked at with its sale's row locked; one that stands moves without that row.

What it says never changes and no move makes it valid again, so its sale is looked at by whatever
takes money out of it. An invoice that took its sale's row at commit, after its own, could wait for
who takes the sale back in the right order: first the sale, then its invoice.
"""

from django.db import migrations

NEW_ALONE = """
DROP TRIGGER invoice_looks_at_its_cash ON invoice_invoice;
CREATE CONSTRAINT TRIGGER invoice_looks_at_its_cash AFTER INSERT ON invoice_invoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.cash_claim_id IS NOT NULL)
    EXECUTE FUNCTION invoice_refuse_other_than_loaded_cash();
DROP TRIGGER invoice_looks_at_its_bulk_order ON invoice_invoice;
CREATE CONSTRAINT TRIGGER invoice_looks_at_its_bulk_order AFTER INSERT ON invoice_invoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.bulk_order_id IS NOT NULL)
    EXECUTE FUNCTION invoice_refuse_more_than_enterprise_paid();
ALTER TABLE invoice_invoice ENABLE ALWAYS TRIGGER invoice_looks_at_its_cash;
ALTER TABLE invoice_invoice ENABLE ALWAYS TRIGGER invoice_looks_at_its_bulk_order;
"""
MOVED_TOO = NEW_ALONE.replace("AFTER INSERT ON", "AFTER INSERT OR UPDATE ON")


class Migration(migrations.Migration):
    """Both laws whose functions lock the sale."""

    dependencies = [("invoice", "0008_of_cash_law")]
    operations = [migrations.RunSQL(NEW_ALONE, MOVED_TOO)]
