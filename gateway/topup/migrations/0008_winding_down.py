"""A pool that is being wound down takes no new top-up, whoever writes the row (R23)."""

from django.db import migrations

LAW = """
CREATE FUNCTION public.topup_refuse_when_winding_down() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM ledger.refuse_when_winding_down(
        NEW.pool, (NEW.placed_at AT TIME ZONE 'Asia/Shanghai')::date);
    RETURN NEW;
END $$;
CREATE TRIGGER topup_none_when_winding_down BEFORE INSERT ON topup_topup
    FOR EACH ROW EXECUTE FUNCTION public.topup_refuse_when_winding_down();
ALTER TABLE topup_topup ENABLE ALWAYS TRIGGER topup_none_when_winding_down;
"""
NO_LAW = """
DROP TRIGGER topup_none_when_winding_down ON topup_topup;
DROP FUNCTION public.topup_refuse_when_winding_down();
"""


class Migration(migrations.Migration):
    dependencies = [("topup", "0007_at_kiosks"), ("reserve_funds", "0015_winding_down")]

    operations = [migrations.RunSQL(LAW, NO_LAW)]
