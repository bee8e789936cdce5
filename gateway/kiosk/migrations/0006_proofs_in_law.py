"""What the database itself holds a kiosk's key and a claim's end against.

A key: one beside nothing is written only with the one-time code of its used enrolment, any other
only with a request that names it, under the key id of the one that works. It begins as incoming,
and works once the former is retired; what is retired never returns, under whatever name. That the
request's signature is true is checked by the house before such a key opens any door.
A claim given back over a bank is paid out only when an instruction of its money is.
"""

from django.db import migrations

from accounts.moves import lifecycle_operations
from gateway.kiosk.lifecycle import CLAIM_MOVES, KEY_MOVES

KEY = r"""
CREATE FUNCTION public.kiosk_key_is_told(k public.kiosk_key, path text) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    der bytea;
    told jsonb;
    blank text := E' \t\r\n';
BEGIN
    der := decode(regexp_replace(k.public_pem, '-----(BEGIN|END) PUBLIC KEY-----|\s', '', 'g'),
                  'base64');
    told := convert_from(k.body, 'UTF8')::jsonb;
    RETURN k.fingerprint = encode(sha256(der), 'hex')
       AND k.key_id = 'kio-' || left(k.fingerprint, 24)
       AND octet_length(k.signature) > 0
       AND btrim(told ->> 'public_pem', blank) = btrim(k.public_pem, blank)
       AND told ->> 'algorithm' = k.algorithm
       AND position(path || E'\n' IN k.base) > 0
       AND (position('sha-256=:' || translate(encode(sha256(k.body), 'base64'), E'\n', '') || ':'
                     IN k.base) > 0
         OR position('sha-512=:' || translate(encode(sha512(k.body), 'base64'), E'\n', '') || ':'
                     IN k.base) > 0);
EXCEPTION WHEN data_exception THEN
    RETURN false;
END $$;

CREATE OR REPLACE FUNCTION public.kiosk_check_key() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.expires_at > OLD.expires_at THEN
            PERFORM public.kiosk_refuse('kiosk_key_ends_no_later');
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.enrolment_id IS NOT NULL THEN
        PERFORM FROM public.kiosk_enrolment AS e
          WHERE e.id = NEW.enrolment_id AND e.kiosk_id = NEW.kiosk_id AND e.state = 'used'
            AND NEW.signed_in_by_id IS NULL
            AND public.kiosk_key_is_told(NEW, '/kiosk/enrolments')
            AND e.code_digest = sha256(convert_to(btrim(
                convert_from(NEW.body, 'UTF8')::jsonb ->> 'code', E' \t\r\n'), 'UTF8'));
        IF NOT FOUND THEN PERFORM public.kiosk_refuse('kiosk_key_has_its_enrolment'); END IF;
    ELSE
        PERFORM FROM public.kiosk_key AS k
          WHERE k.id = NEW.signed_in_by_id AND k.kiosk_id = NEW.kiosk_id AND k.state = 'active'
            AND k.expires_at > NEW.added_at
            AND position('keyid="' || k.key_id || '"' IN NEW.base) > 0
            AND public.kiosk_key_is_told(NEW, '/kiosk/keys');
        IF NOT FOUND THEN PERFORM public.kiosk_refuse('kiosk_key_is_signed_in'); END IF;
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION public.kiosk_key_is_told(public.kiosk_key, text) FROM PUBLIC;
"""
CLAIM = """
CREATE OR REPLACE FUNCTION public.kiosk_check_claim() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    payout public.kiosk_payout;
    paid bigint;
BEGIN
    IF NEW.state = OLD.state OR NEW.state NOT IN ('paying', 'paid_out') THEN RETURN NEW; END IF;
    SELECT * INTO payout FROM public.kiosk_payout AS p
     WHERE p.claim_id = NEW.id AND p.state = 'done';
    SELECT coalesce(sum(i.amount_fen), 0) INTO paid FROM public.custody_bank_instruction AS i
     WHERE i.pool = NEW.collected_by AND i.source_kind = 'refunds_in_flight'
       AND i.source_owner = payout.id::text AND i.state = 'paid';
    IF payout.id IS NULL
       OR (payout.way = 'cash' AND (NEW.state = 'paying' OR OLD.state = 'paying'))
       OR (payout.way = 'bank' AND (NEW.state = 'paid_out') <> (paid >= NEW.amount_fen)) THEN
        PERFORM public.kiosk_refuse('kiosk_claim_has_its_payout');
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("kiosk", "0005_one_key_works"),
        ("custody_bank", "0010_endings_law"),
    ]
    operations = [
        *lifecycle_operations("kiosk_key", "kiosk_key", KEY_MOVES),
        *lifecycle_operations("cash_claim", "kiosk_claim", CLAIM_MOVES),
        migrations.RunSQL(KEY + CLAIM, migrations.RunSQL.noop),
    ]
