"""A unit is registered by two officers: whoever writes the row spends their approval of just it."""

from django.db import migrations

from accounts.moves import append_only_operations

LAW = """
CREATE FUNCTION public.bulk_check_enterprise() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    word record;
BEGIN
    SELECT * INTO word FROM public.accounts_word_of_approval(NEW.id);
    IF word.id IS NULL OR word.purpose <> 'bulk.enterprise' OR word.pool <> NEW.pool
       OR word.maker_id <> NEW.registered_by_id OR word.checker_role <> 'finance_officer'
       OR public.accounts_spend_approval(NEW.id, NEW.pool, sha256(convert_to(
            'bulk_enterprise|' || NEW.pool || '|' || NEW.credit_code || '|' || NEW.name,
            'UTF8'))) <> 'spent' THEN
        RAISE EXCEPTION 'a unit is registered by two officers'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bulk_enterprise_has_its_approval';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION public.bulk_check_enterprise() FROM PUBLIC;
CREATE TRIGGER bulk_enterprise_has_its_approval BEFORE INSERT ON bulk_enterprise
    FOR EACH ROW EXECUTE FUNCTION public.bulk_check_enterprise();
ALTER TABLE bulk_enterprise ENABLE ALWAYS TRIGGER bulk_enterprise_has_its_approval;
"""
NO_LAW = """
DROP TRIGGER bulk_enterprise_has_its_approval ON bulk_enterprise;
DROP FUNCTION public.bulk_check_enterprise();
"""


class Migration(migrations.Migration):
    """The law of a unit's registration; units of before it stay as they are."""

    dependencies = [("bulk", "0002_law"), ("accounts", "0014_word_of_an_approval")]
    operations = [
        *append_only_operations("bulk_enterprise"),
        migrations.RunSQL(LAW, NO_LAW),
    ]
