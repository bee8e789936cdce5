"""A sealed day takes no more notices, a seal never changes, and only old sealed days can be purged."""

from django.db import migrations

from accounts.moves import append_only_operations

# Electronic records of payments are kept for five years; no setting can shorten it below the
# six months that the law on networks wants for every log.
SEALED = """
CREATE FUNCTION payments_refuse_sealed_day() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM payments_notice_seal AS s
      WHERE s.day = (NEW.received_at AT TIME ZONE 'Asia/Shanghai')::date;
    IF FOUND THEN
        RAISE EXCEPTION 'the day of this notice is sealed'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'payments_sealed_day_takes_no_notice';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_sealed_day_takes_no_notice BEFORE INSERT ON payments_notice
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_sealed_day();
ALTER TABLE payments_notice ENABLE ALWAYS TRIGGER payments_sealed_day_takes_no_notice;
REVOKE INSERT, DELETE, TRUNCATE ON payments_notice_purge FROM gateway_app;
"""
NOT_SEALED = """
GRANT INSERT ON payments_notice_purge TO gateway_app;
DROP TRIGGER payments_sealed_day_takes_no_notice ON payments_notice;
DROP FUNCTION payments_refuse_sealed_day();
"""

PURGE = """
CREATE FUNCTION public.payments_purge_notices(sealed_day date, kept_days integer)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    begins timestamptz := sealed_day::timestamp AT TIME ZONE 'Asia/Shanghai';
    ends timestamptz := (sealed_day + 1)::timestamp AT TIME ZONE 'Asia/Shanghai';
    sealed bigint;
    removed bigint;
BEGIN
    SELECT s.count INTO sealed FROM public.payments_notice_seal AS s WHERE s.day = sealed_day;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'only sealed days are purged' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'payments_only_sealed_days_are_purged';
    END IF;
    IF kept_days < 180 OR ends > clock_timestamp() - make_interval(days => kept_days) THEN
        RAISE EXCEPTION 'the day is not past its retention' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'payments_notices_are_kept_for_their_retention';
    END IF;
    DELETE FROM public.payments_notice AS n
     WHERE n.received_at >= begins AND n.received_at < ends
       AND n.id >= (lpad(to_hex((extract(epoch FROM begins) * 1000)::bigint - 60000), 12, '0')
                    || repeat('0', 20))::uuid
       AND n.id < (lpad(to_hex((extract(epoch FROM ends) * 1000)::bigint + 60000), 12, '0')
                   || repeat('0', 20))::uuid;
    GET DIAGNOSTICS removed = ROW_COUNT;
    INSERT INTO public.payments_notice_purge (day, count, purged_at)
    VALUES (sealed_day, removed, clock_timestamp())
    ON CONFLICT (day) DO NOTHING;
    RETURN removed;
END
$$;
REVOKE ALL ON FUNCTION public.payments_purge_notices(date, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.payments_purge_notices(date, integer) TO gateway_app;
"""
NO_PURGE = "DROP FUNCTION public.payments_purge_notices(date, integer);"


class Migration(migrations.Migration):
    dependencies = [("payments", "0006_keeping"), ("accounts", "0002_law")]

    operations = [
        *append_only_operations("payments_notice_seal"),
        migrations.RunSQL(SEALED, NOT_SEALED),
        migrations.RunSQL(PURGE, NO_PURGE),
    ]
