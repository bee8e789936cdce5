"""What is no evidence by its own words makes no proposal stale, or any stranger could hold it up."""

from django.db import migrations

DIGEST = """
CREATE OR REPLACE FUNCTION public.nfc_topup_evidence_digest(of_load uuid)
RETURNS bytea LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT sha256(convert_to(concat_ws(E'\\n',
        (SELECT concat_ws('|', l.id, l.order_id, l.application_id, l.amount_fen, l.terminal,
                          l.profile_name, l.counter, l.tac, l.contradicted_at IS NOT NULL)
           FROM public.nfc_topup_load AS l WHERE l.id = of_load),
        (SELECT concat_ws('|', s.counter, s.card_random, s.balance_raw, s.mac1, s.digits, s.mac2)
           FROM public.nfc_topup_loadseal AS s WHERE s.load_id = of_load),
        (SELECT string_agg(concat_ws('|', c.id, c.answer), ',' ORDER BY c.id)
           FROM public.nfc_topup_challenge AS c WHERE c.application_id =
                (SELECT l.application_id FROM public.nfc_topup_load AS l WHERE l.id = of_load)),
        (SELECT string_agg(concat_ws('|', g.id, g.counter, g.balance_fen, g.proof), ','
                           ORDER BY g.id)
           FROM public.nfc_topup_sighting AS g WHERE g.application_id =
                (SELECT l.application_id FROM public.nfc_topup_load AS l WHERE l.id = of_load)),
        (SELECT string_agg(concat_ws('|', p.id, p.said, p.verifies), ',' ORDER BY p.id)
           FROM public.nfc_topup_proofattempt AS p WHERE p.load_id = of_load),
        (SELECT string_agg(concat_ws('|', i.id, i.outcome, i.reason, i.answers::text), ','
                           ORDER BY i.id)
           FROM public.nfc_topup_inquiry AS i
          WHERE i.load_id = of_load AND i.state = 'answered' %s)
    ), 'UTF8'))
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("nfc_topup", "0006_doubt_law")]

    operations = [
        migrations.RunSQL(
            DIGEST % "AND i.reason NOT IN ('no_fresh_answer', 'mac1_wrong')", DIGEST % ""
        )
    ]
