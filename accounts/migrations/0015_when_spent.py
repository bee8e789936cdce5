"""Laws of other rooms may look on when an approval is spent, and refuse it with the rest undone."""

from django.db import migrations

# For migrations only: nobody but the owner of approvals may hang a law on them. The law is looked
# at when the transaction ends, for approvals of one purpose; other approvals pay nothing for it.
LAW = """
CREATE FUNCTION public.accounts_when_spent(p_law regproc, p_purpose text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_name text := (SELECT proname FROM pg_proc WHERE oid = p_law) || '_when_spent';
BEGIN
    EXECUTE format(
        'CREATE CONSTRAINT TRIGGER %I AFTER UPDATE ON public.accounts_approval'
        ' DEFERRABLE INITIALLY DEFERRED FOR EACH ROW'
        ' WHEN (NEW.state = ''spent'' AND OLD.state <> ''spent'' AND NEW.purpose = %L)'
        ' EXECUTE FUNCTION %s()', v_name, p_purpose, p_law);
    EXECUTE format('ALTER TABLE public.accounts_approval ENABLE ALWAYS TRIGGER %I', v_name);
END $$;
REVOKE ALL ON FUNCTION public.accounts_when_spent(regproc, text) FROM PUBLIC;
"""
NO_LAW = "DROP FUNCTION public.accounts_when_spent(regproc, text);"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0014_word_of_an_approval")]

    operations = [migrations.RunSQL(LAW, NO_LAW)]
