"""Sealed notices go no sooner than their class of retention says, whoever calls the function."""

from django.db import migrations

# R24 (AML law art. 34): ten whole years, as files are kept: to the end of the year. It is the class
# of payments_notice in gateway/retention.toml; a test holds the two together.
YEARS = """
CREATE FUNCTION public.payments_notices_kept_years() RETURNS integer
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$ SELECT 10 $$;
"""
NO_YEARS = "DROP FUNCTION public.payments_notices_kept_years();"

PURGE = """
CREATE OR REPLACE FUNCTION public.payments_purge_notices(sealed_day date, kept_days integer)
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
    IF kept_days < 180 OR ends > clock_timestamp() - make_interval(days => kept_days)
       OR clock_timestamp() < (make_date(extract(year FROM sealed_day)::integer
                                         + public.payments_notices_kept_years() + 1, 1, 1)
                               ::timestamp AT TIME ZONE 'Asia/Shanghai') THEN
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
"""
AS_BEFORE = """
CREATE OR REPLACE FUNCTION public.payments_purge_notices(sealed_day date, kept_days integer)
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
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0012_paid_with")]

    operations = [
        migrations.RunSQL(YEARS, NO_YEARS),
        migrations.RunSQL(PURGE, AS_BEFORE),
    ]
