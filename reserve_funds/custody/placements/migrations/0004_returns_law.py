"""A return of a placement rests on the word of two officers and is kept as it was asked."""

from django.db import migrations

from accounts.moves import lifecycle_operations

PLACEMENT = {
    "asked": {"placed", "dropped"},
    "placed": {"ended", "dropped"},
    "ended": set[str](),
    "dropped": {"placed"},
}
RETURN = {
    "asked": {"approved", "refused", "expired"},
    "approved": {"back", "called_off"},
    "refused": set[str](),
    "expired": set[str](),
    "back": set[str](),
    "called_off": set[str](),
}
LAW = """
CREATE TRIGGER custody_placements_return_is_kept
    BEFORE DELETE OR TRUNCATE ON custody_placements_placementreturn
    FOR EACH STATEMENT EXECUTE FUNCTION custody_placements_refuse();
CREATE TRIGGER custody_placements_return_stays_what_it_is
    BEFORE UPDATE ON custody_placements_placementreturn
    FOR EACH ROW WHEN (to_jsonb(OLD) - 'state' IS DISTINCT FROM to_jsonb(NEW) - 'state')
    EXECUTE FUNCTION custody_placements_refuse();
ALTER TABLE custody_placements_placementreturn
    ENABLE ALWAYS TRIGGER custody_placements_return_is_kept;
ALTER TABLE custody_placements_placementreturn
    ENABLE ALWAYS TRIGGER custody_placements_return_stays_what_it_is;
REVOKE DELETE, TRUNCATE, TRIGGER, REFERENCES ON custody_placements_placementreturn
    FROM gateway_app;

CREATE FUNCTION public.custody_placements_check_return() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    word record;
BEGIN
    SELECT * INTO word FROM public.accounts_word_of_approval(NEW.id);
    IF word.id IS NULL OR word.maker_id <> NEW.maker_id OR word.pool <> NEW.pool
       OR word.purpose <> 'custody.placement_return'
       OR (TG_OP = 'INSERT' AND (word.state <> 'asked' OR NOT EXISTS (
              SELECT FROM public.custody_placements_placement p
               WHERE p.id = NEW.placement_id AND p.pool = NEW.pool AND p.state = 'placed')))
       OR (TG_OP = 'UPDATE' AND NEW.state = 'approved' AND word.state <> 'spent') THEN
        RAISE EXCEPTION 'custody refuses: custody_placements_return_rests_on_its_approval'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'custody_placements_return_rests_on_its_approval';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER custody_placements_return_rests_on_its_approval
    BEFORE INSERT OR UPDATE ON custody_placements_placementreturn
    FOR EACH ROW EXECUTE FUNCTION public.custody_placements_check_return();
ALTER TABLE custody_placements_placementreturn
    ENABLE ALWAYS TRIGGER custody_placements_return_rests_on_its_approval;

CREATE FUNCTION public.custody_placements_spend_return(p_return uuid)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    one public.custody_placements_placementreturn;
BEGIN
    SELECT * INTO one FROM public.custody_placements_placementreturn r
      WHERE r.id = p_return AND r.state = 'asked' FOR UPDATE;
    IF NOT FOUND THEN RETURN 'unknown'; END IF;
    RETURN public.accounts_spend_approval(p_return, one.pool, sha256(convert_to(
        'placement return|' || one.pool || '|' || one.placement_id || '|' || one.number || '|'
        || one.principal_fen || '|' || one.due_on, 'UTF8')));
END $$;
REVOKE ALL ON FUNCTION public.custody_placements_spend_return(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.custody_placements_spend_return(uuid) TO gateway_app;

-- Dropped and placed again: only what a statement has shown as paid after all.
CREATE FUNCTION custody_placements_check_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM custody_bank_instruction i
      WHERE i.source_kind = 'placement' AND i.source_owner = NEW.id::text AND i.state = 'paid';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a placement that was dropped may not move to placed: nothing was paid'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER custody_placements_placed_again_was_paid BEFORE UPDATE
    ON custody_placements_placement
    FOR EACH ROW WHEN (OLD.state = 'dropped' AND NEW.state = 'placed')
    EXECUTE FUNCTION custody_placements_check_again();
ALTER TABLE custody_placements_placement
    ENABLE ALWAYS TRIGGER custody_placements_placed_again_was_paid;
"""
NO_LAW = """
DROP TRIGGER custody_placements_placed_again_was_paid ON custody_placements_placement;
DROP FUNCTION custody_placements_check_again();
DROP FUNCTION public.custody_placements_spend_return(uuid);
DROP TRIGGER custody_placements_return_rests_on_its_approval
    ON custody_placements_placementreturn;
DROP FUNCTION public.custody_placements_check_return();
DROP TRIGGER custody_placements_return_stays_what_it_is ON custody_placements_placementreturn;
DROP TRIGGER custody_placements_return_is_kept ON custody_placements_placementreturn;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("custody_placements", "0003_returns"),
        ("accounts", "0014_word_of_an_approval"),
    ]

    operations = [
        *lifecycle_operations("placement", "custody_placements_placement", PLACEMENT),
        *lifecycle_operations("placement_return", "custody_placements_placementreturn", RETURN),
        migrations.RunSQL(LAW, NO_LAW),
    ]
