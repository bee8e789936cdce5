"""Laws of other rooms may ask who really asked for and decided an approval, not what rows claim."""

from django.db import migrations

PARTIES = """
CREATE FUNCTION public.accounts_parties_of_approval(
    approval_id uuid, OUT maker uuid, OUT checker uuid
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT a.maker_id, a.checker_id FROM public.accounts_approval AS a WHERE a.id = $1
$$;
REVOKE ALL ON FUNCTION public.accounts_parties_of_approval(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.accounts_parties_of_approval(uuid) TO ledger_owner;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_officers_law")]

    operations = [
        migrations.RunSQL(PARTIES, "DROP FUNCTION public.accounts_parties_of_approval(uuid);"),
    ]
