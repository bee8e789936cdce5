"""The database keeps deposits' lifecycle, their words, and that the book holds just what stands.

A deposit begins to be held, and ceases to be, by the commit in which the book's account of its card
holds exactly the deposits of that card that stand: so none is held that nobody paid, and none is
given back but by a posting, which needs two people.
"""

from django.db import migrations

from accounts.moves import lifecycle_operations

DEPOSIT = {
    "placed": {"held", "expired"},
    "held": {"due"},
    "due": {"proposed", "returning"},
    "proposed": {"returning", "returned", "due"},
    "returning": {"returned", "due"},
    "returned": {"due"},
    "expired": set[str](),
}
LAW = """
CREATE FUNCTION public.deposits_keep_words() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'what a deposit is of is written once'
        USING ERRCODE = 'integrity_constraint_violation',
              CONSTRAINT = 'deposits_is_kept_as_it_was_made';
END $$;
CREATE TRIGGER deposits_is_kept_as_it_was_made BEFORE UPDATE ON public.deposits_deposit
    FOR EACH ROW WHEN (
        (OLD.id, OLD.pool, OLD.card_id, OLD.asn, OLD.person_id, OLD.amount_fen, OLD.paid_by,
         OLD.box, OLD.placed_at)
        IS DISTINCT FROM
        (NEW.id, NEW.pool, NEW.card_id, NEW.asn, NEW.person_id, NEW.amount_fen, NEW.paid_by,
         NEW.box, NEW.placed_at)
    ) EXECUTE FUNCTION public.deposits_keep_words();
ALTER TABLE public.deposits_deposit ENABLE ALWAYS TRIGGER deposits_is_kept_as_it_was_made;

CREATE FUNCTION public.deposits_look_into_book() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    said   bigint;
    booked bigint;
BEGIN
    SELECT coalesce(sum(d.amount_fen), 0) INTO said FROM public.deposits_deposit d
     WHERE d.pool = NEW.pool AND d.asn = NEW.asn AND d.state IN ('held', 'due', 'proposed');
    booked := ledger.deposit_of(NEW.pool, NEW.asn::text);
    IF said <> booked THEN
        RAISE EXCEPTION 'the book holds % fen as the deposit of this card, and not %',
                        booked, said
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'deposits_are_what_the_book_holds';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER deposits_are_what_the_book_holds
    AFTER INSERT OR UPDATE OF state ON public.deposits_deposit
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.deposits_look_into_book();
ALTER TABLE public.deposits_deposit ENABLE ALWAYS TRIGGER deposits_are_what_the_book_holds;

CREATE FUNCTION public.deposits_refuse_when_winding_down() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM ledger.refuse_when_winding_down(
        NEW.pool, (NEW.placed_at AT TIME ZONE 'Asia/Shanghai')::date);
    RETURN NEW;
END $$;
CREATE TRIGGER deposits_none_when_winding_down BEFORE INSERT ON public.deposits_deposit
    FOR EACH ROW EXECUTE FUNCTION public.deposits_refuse_when_winding_down();
ALTER TABLE public.deposits_deposit ENABLE ALWAYS TRIGGER deposits_none_when_winding_down;
REVOKE DELETE, TRUNCATE ON public.deposits_deposit FROM gateway_app;
"""
NO_LAW = """
GRANT DELETE ON public.deposits_deposit TO gateway_app;
DROP TRIGGER deposits_none_when_winding_down ON public.deposits_deposit;
DROP FUNCTION public.deposits_refuse_when_winding_down();
DROP TRIGGER deposits_are_what_the_book_holds ON public.deposits_deposit;
DROP FUNCTION public.deposits_look_into_book();
DROP TRIGGER deposits_is_kept_as_it_was_made ON public.deposits_deposit;
DROP FUNCTION public.deposits_keep_words();
"""


class Migration(migrations.Migration):
    """The lifecycle, the words, the book, the pool that is wound down."""

    dependencies = [
        ("deposits", "0001_deposits"),
        ("accounts", "0002_law"),
        ("reserve_funds", "0020_deposits_by_two"),
    ]
    operations = [
        *lifecycle_operations("deposit", "deposits_deposit", DEPOSIT),
        migrations.RunSQL(LAW, NO_LAW),
    ]
