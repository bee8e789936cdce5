"""Laws of other rooms may read all of an approval, to hold their own rows against it."""

from django.db import migrations

WORD = """
CREATE FUNCTION public.accounts_word_of_approval(
    approval_id uuid, OUT id uuid, OUT maker_id uuid, OUT checker_id uuid, OUT checker_role text,
    OUT purpose text, OUT pool integer, OUT state text, OUT fingerprint bytea, OUT content jsonb
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT a.id, a.maker_id, a.checker_id, a.checker_role, a.purpose, a.pool, a.state,
           a.fingerprint, a.content
      FROM public.accounts_approval AS a WHERE a.id = $1
$$;
REVOKE ALL ON FUNCTION public.accounts_word_of_approval(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.accounts_word_of_approval(uuid) TO gateway_app;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0013_citizens_law")]

    operations = [
        migrations.RunSQL(WORD, "DROP FUNCTION public.accounts_word_of_approval(uuid);"),
    ]
