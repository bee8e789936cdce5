"""Cash that was kept and became no order may be claimed: once, for what fell, by two people.

Such a claim is written for an intake that is kept, by its own id, and is worth the notes that the
journal has of it; an order's claim is worth what its intake took. Its pay-out bears the approval of
two officers for that intake, while it is kept; an intake is returned only with it, and what was
paid out becomes no order. A shop's kept notes are given back by the shop, and by nobody else.
"""

import django.db.models.deletion
from django.db import migrations, models

from accounts.moves import lifecycle_operations
from gateway.kiosk.lifecycle import CLAIM_MOVES, INTAKE_MOVES

LAW = """
CREATE FUNCTION public.kiosk_kept_by_shop(slot uuid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM public.kiosk_intake AS i
                     JOIN public.kiosk_shop AS s ON s.kiosk_id = i.kiosk_id WHERE i.id = slot)
$$;
REVOKE ALL ON FUNCTION public.kiosk_kept_by_shop(uuid) FROM PUBLIC;

CREATE FUNCTION public.kiosk_check_claim_worth() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    slot public.kiosk_intake;
    ours integer[];
    fell bigint;
BEGIN
    SELECT * INTO slot FROM public.kiosk_intake AS i WHERE i.id = NEW.intake_id;
    IF NEW.id <> NEW.intake_id THEN
        IF TG_OP = 'UPDATE' OR slot.topup_id IS DISTINCT FROM NEW.id
           OR slot.taken_fen IS DISTINCT FROM NEW.amount_fen THEN
            PERFORM public.kiosk_refuse('kiosk_claim_is_its_orders');
        END IF;
        RETURN NEW;
    END IF;
    SELECT coalesce(sum(r.amount_fen), 0), array_agg(DISTINCT b.pool) INTO fell, ours
      FROM public.kiosk_record AS r JOIN public.kiosk_box AS b ON b.id = r.box_id
     WHERE r.intake_id = slot.id AND r.kind = 'note';
    IF slot.state IS DISTINCT FROM 'kept' OR NEW.state <> 'waiting' OR NEW.amount_fen <> fell
       OR ours IS DISTINCT FROM ARRAY[NEW.pool] OR NEW.collected_by <> NEW.pool THEN
        PERFORM public.kiosk_refuse('kiosk_claim_is_what_was_kept');
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION public.kiosk_check_claim_worth() FROM PUBLIC;
CREATE TRIGGER kiosk_claim_begins_with_its_worth BEFORE INSERT ON public.kiosk_claim
    FOR EACH ROW EXECUTE FUNCTION public.kiosk_check_claim_worth();
CREATE TRIGGER kiosk_claim_keeps_its_worth BEFORE UPDATE ON public.kiosk_claim
    FOR EACH ROW WHEN (NEW.amount_fen <> OLD.amount_fen)
    EXECUTE FUNCTION public.kiosk_check_claim_worth();
ALTER TABLE public.kiosk_claim ENABLE ALWAYS TRIGGER kiosk_claim_begins_with_its_worth;
ALTER TABLE public.kiosk_claim ENABLE ALWAYS TRIGGER kiosk_claim_keeps_its_worth;
DROP TRIGGER kiosk_claim_is_kept ON public.kiosk_claim;
CREATE TRIGGER kiosk_claim_is_kept BEFORE UPDATE ON public.kiosk_claim
    FOR EACH ROW EXECUTE FUNCTION public.kiosk_keep_row('state,amount_fen');
ALTER TABLE public.kiosk_claim ENABLE ALWAYS TRIGGER kiosk_claim_is_kept;

CREATE OR REPLACE FUNCTION public.kiosk_check_claim() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    payout public.kiosk_payout;
    paid bigint;
BEGIN
    IF NEW.state = OLD.state THEN RETURN NEW; END IF;
    IF (NEW.id = NEW.intake_id AND NEW.state IN ('due', 'loaded'))
       OR (NEW.state = 'ordered' AND (NEW.id <> NEW.intake_id OR NOT EXISTS (
            SELECT FROM public.kiosk_intake AS i
             WHERE i.id = NEW.intake_id AND i.state = 'ordered'))) THEN
        PERFORM public.kiosk_refuse('kiosk_claim_is_what_was_kept');
    END IF;
    IF NEW.state NOT IN ('paying', 'paid_out') THEN RETURN NEW; END IF;
    SELECT * INTO payout FROM public.kiosk_payout AS p
     WHERE p.claim_id = NEW.id AND p.state = 'done';
    SELECT coalesce(sum(i.amount_fen), 0) INTO paid FROM public.custody_bank_instruction AS i
     WHERE i.pool = NEW.collected_by AND i.source_kind = 'refunds_in_flight'
       AND i.source_owner = payout.id::text AND i.state = 'paid';
    IF payout.id IS NULL
       OR (payout.way <> 'bank' AND (NEW.state = 'paying' OR OLD.state = 'paying'))
       OR (payout.way = 'bank' AND (NEW.state = 'paid_out') <> (paid >= NEW.amount_fen)) THEN
        PERFORM public.kiosk_refuse('kiosk_claim_has_its_payout');
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION public.kiosk_check_payout() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    word record;
    claim public.kiosk_claim;
    of_kept boolean;
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.state <> 'done' THEN
        IF NEW.checker_id IS DISTINCT FROM OLD.checker_id THEN
            PERFORM public.kiosk_refuse('kiosk_payout_is_kept_as_it_was_made');
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.state = 'done' THEN RETURN NEW; END IF;
    SELECT * INTO claim FROM public.kiosk_claim AS c WHERE c.id = NEW.claim_id;
    of_kept := claim.id = claim.intake_id;
    SELECT * INTO word FROM public.accounts_word_of_approval(NEW.id);
    IF word.id IS NULL OR word.purpose <> 'kiosk_payout' OR word.pool <> claim.pool
       OR word.maker_id <> NEW.maker_id OR word.checker_role <> 'finance_officer'
       OR word.content ->> (CASE WHEN of_kept THEN 'intake' ELSE 'order' END)
          IS DISTINCT FROM NEW.claim_id::text
       OR word.content ->> 'way' IS DISTINCT FROM NEW.way
       OR word.content ->> 'box' IS DISTINCT FROM NEW.box
       OR (word.content ->> 'amount_fen')::bigint IS DISTINCT FROM claim.amount_fen
       OR (TG_OP = 'INSERT' AND (word.state <> 'asked' OR NEW.checker_id IS NOT NULL)) THEN
        PERFORM public.kiosk_refuse('kiosk_payout_has_its_approval');
    END IF;
    IF (NEW.way = 'shop') IS DISTINCT FROM
       (of_kept AND public.kiosk_kept_by_shop(claim.intake_id)) THEN
        PERFORM public.kiosk_refuse('kiosk_payout_is_by_whose_cash_it_is');
    END IF;
    IF of_kept THEN
        PERFORM FROM public.kiosk_intake AS i
          WHERE i.id = claim.intake_id AND i.state = 'kept' FOR UPDATE;
        IF NOT FOUND THEN PERFORM public.kiosk_refuse('kiosk_payout_is_of_kept_cash'); END IF;
    END IF;
    IF TG_OP = 'UPDATE' AND (word.checker_id IS DISTINCT FROM NEW.checker_id
       OR (NEW.way = 'cash' AND word.state <> 'spent')
       OR (NEW.way <> 'cash' AND public.accounts_spend_approval(
            NEW.id, claim.pool, word.fingerprint) <> 'spent')) THEN
        PERFORM public.kiosk_refuse('kiosk_payout_has_its_approval');
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION public.kiosk_check_intake() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (NEW.state = 'returned') IS DISTINCT FROM EXISTS (
        SELECT FROM public.kiosk_payout AS p WHERE p.claim_id = NEW.id AND p.state = 'done') THEN
        PERFORM public.kiosk_refuse('kiosk_intake_is_returned_with_its_payout');
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION public.kiosk_check_intake() FROM PUBLIC;
CREATE TRIGGER kiosk_intake_is_lawful BEFORE UPDATE ON public.kiosk_intake
    FOR EACH ROW WHEN (NEW.state IS DISTINCT FROM OLD.state)
    EXECUTE FUNCTION public.kiosk_check_intake();
ALTER TABLE public.kiosk_intake ENABLE ALWAYS TRIGGER kiosk_intake_is_lawful;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("kiosk", "0006_proofs_in_law"),
        ("reserve_funds", "0022_cash_given_back"),
    ]
    operations = [
        migrations.AlterField(
            model_name="claim",
            name="intake",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="claims",
                to="kiosk.intake",
            ),
        ),
        migrations.RemoveConstraint(model_name="payout", name="kiosk_payout_has_a_way"),
        migrations.AddConstraint(
            model_name="payout",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("way", "cash"), models.Q(("box", ""), _negated=True)),
                    models.Q(("box", ""), ("way__in", ("bank", "shop"))),
                    _connector="OR",
                ),
                name="kiosk_payout_has_a_way",
            ),
        ),
        *lifecycle_operations("cash_intake", "kiosk_intake", INTAKE_MOVES),
        *lifecycle_operations("cash_claim", "kiosk_claim", CLAIM_MOVES),
        migrations.RunSQL(LAW, migrations.RunSQL.noop),
    ]
