"""A row dated before the pool was wound down is new all the same: the database's clock counts (R23)."""

from django.db import migrations

FUNCTION = """
CREATE OR REPLACE FUNCTION public.topup_refuse_when_winding_down() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM ledger.refuse_when_winding_down(
        NEW.pool, ({moment} AT TIME ZONE 'Asia/Shanghai')::date);
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("topup", "0008_winding_down")]

    operations = [
        migrations.RunSQL(
            FUNCTION.format(moment="greatest(NEW.placed_at, now())"),
            FUNCTION.format(moment="NEW.placed_at"),
        )
    ]
