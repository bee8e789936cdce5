"""A pool that is being wound down takes no enterprise's order on, whoever writes the row (R23)."""

from django.db import migrations

LAW = """
CREATE FUNCTION public.bulk_refuse_when_winding_down() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM ledger.refuse_when_winding_down(
        NEW.pool, (greatest(NEW.drafted_at, now()) AT TIME ZONE 'Asia/Shanghai')::date);
    RETURN NEW;
END $$;
CREATE TRIGGER bulk_none_when_winding_down BEFORE INSERT OR UPDATE OF state ON bulk_order
    FOR EACH ROW WHEN (NEW.state IN ('drafted', 'asked', 'approved', 'shared'))
    EXECUTE FUNCTION public.bulk_refuse_when_winding_down();
ALTER TABLE bulk_order ENABLE ALWAYS TRIGGER bulk_none_when_winding_down;
"""
NO_LAW = """
DROP TRIGGER bulk_none_when_winding_down ON bulk_order;
DROP FUNCTION public.bulk_refuse_when_winding_down();
"""


class Migration(migrations.Migration):
    dependencies = [("bulk", "0003_registered_by_two"), ("reserve_funds", "0015_winding_down")]

    operations = [migrations.RunSQL(LAW, NO_LAW)]
