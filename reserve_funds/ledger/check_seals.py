# ruff: noqa: S608 (what is put together here are constants of this file)
"""What must hold of closed days: their states, numbers, frozen balances and seals, re-derived.

The statements have the form that `check_figures` tells.
"""

from __future__ import annotations

from reserve_funds.ledger.check_figures import BookRule

_OF_POOL = "(%(pool)s::integer IS NULL OR {0}.pool = %(pool)s)"
_D, _T, _S = (_OF_POOL.format(alias) for alias in ("d", "t", "s"))

SEALS: tuple[BookRule, ...] = (
    BookRule(
        name="closed_days_are_sealed",
        zh="已结账的营业日没有封签或签名,或有封签的营业日未结账",
        en="a closed day has no seal or signature, or a sealed day is not closed",
        sql=f"""
SELECT d.pool, d.day::text, format('%%s, sealed %%s, signed %%s', d.state, s.pool IS NOT NULL,
                                   g.pool IS NOT NULL)
  FROM ledger.business_day d
  LEFT JOIN ledger.seal s ON s.pool = d.pool AND s.business_day = d.day
  LEFT JOIN ledger.seal_signature g ON g.pool = d.pool AND g.business_day = d.day
 WHERE {_D} AND ((d.state = 'closed') <> (s.pool IS NOT NULL)
        OR (d.state = 'closed') <> (g.pool IS NOT NULL)
        OR d.closed_at IS DISTINCT FROM s.sealed_at
        OR (d.state = 'closed' AND EXISTS (
                SELECT FROM ledger.business_day e
                 WHERE e.pool = d.pool AND e.day < d.day AND e.state <> 'closed')))""",
    ),
    BookRule(
        name="vouchers_are_gapless",
        zh="凭证号有缺口、重复或与营业日的转账不符",
        en="voucher numbers have a gap or are not those of the day's transfers",
        sql=f"""
SELECT coalesce(v.pool, t.pool), coalesce(v.business_day, t.business_day)::text,
       format('number %%s, transfer %%s', v.number, coalesce(v.transfer, t.id))
  FROM (SELECT s.pool, s.business_day, s.vouchers, v.number, v.transfer,
               row_number() OVER (PARTITION BY s.pool, s.business_day ORDER BY v.number) AS nth
          FROM ledger.seal s
          JOIN ledger.voucher v ON v.pool = s.pool AND v.business_day = s.business_day
         WHERE {_S}) v
  FULL JOIN (SELECT t.pool, t.business_day, t.id
               FROM ledger.transfer t
               JOIN ledger.seal s ON s.pool = t.pool AND s.business_day = t.business_day
              WHERE {_T}) t
    ON t.pool = v.pool AND t.id = v.transfer AND t.business_day = v.business_day
 WHERE v.transfer IS NULL OR t.id IS NULL OR v.number <> v.nth OR v.number > v.vouchers""",
    ),
    BookRule(
        name="seals_hold",
        zh="营业日封签与其转账、余额或上一封签不符",
        en="a day's seal is not that of its transfers, balances and the seal before",
        sql=f"""
SELECT s.pool, s.business_day::text, encode(s.digest, 'hex')
  FROM (SELECT s.*, lag(s.digest) OVER (PARTITION BY s.pool ORDER BY s.business_day) AS before
          FROM ledger.seal s WHERE {_S}) s
 WHERE s.digest <> sha256(convert_to(s.text, 'UTF8'))
    OR s.previous IS DISTINCT FROM s.before
    OR s.root <> ledger.day_root(s.pool, s.business_day)
    OR s.vouchers <> (SELECT count(*) FROM ledger.voucher v
                       WHERE v.pool = s.pool AND v.business_day = s.business_day)
    OR s.text IS DISTINCT FROM ledger.seal_text(s.pool, s.business_day, s.exception,
                                                s.approval_id, s.sealed_at)""",
    ),
    BookRule(
        name="frozen_balances_follow",
        zh="营业日冻结余额与转账不符",
        en="a frozen balance of a closed day is not what the transfers come to",
        sql=f"""
WITH moved AS (
    SELECT t.pool, n.account, t.business_day,
           sum(n.debit) FILTER (WHERE t.act IN (1, 3)) AS dp,
           sum(n.credit) FILTER (WHERE t.act IN (1, 3)) AS cp,
           sum(n.debit * CASE WHEN t.act = 2 THEN 1 ELSE -1 END) FILTER (WHERE t.act > 1) AS dh,
           sum(n.credit * CASE WHEN t.act = 2 THEN 1 ELSE -1 END) FILTER (WHERE t.act > 1) AS ch
      FROM ledger.transfer t
      JOIN ledger.seal s ON s.pool = t.pool AND s.business_day = t.business_day
     CROSS JOIN LATERAL (VALUES (t.debit_account, t.amount_fen::numeric, 0::numeric),
                                (t.credit_account, 0, t.amount_fen)) AS n(account, debit, credit)
     WHERE {_T} GROUP BY t.pool, n.account, t.business_day
), derived AS (
    SELECT m.pool, m.account, m.business_day, sum(coalesce(m.dp, 0)) OVER w AS dp,
           sum(coalesce(m.cp, 0)) OVER w AS cp, sum(coalesce(m.dh, 0)) OVER w AS dh,
           sum(coalesce(m.ch, 0)) OVER w AS ch
      FROM moved m WINDOW w AS (PARTITION BY m.pool, m.account ORDER BY m.business_day)
), told AS (SELECT * FROM ledger.day_balance d WHERE {_D})
SELECT coalesce(b.pool, d.pool), coalesce(b.account, d.account)::text,
       coalesce(b.business_day, d.business_day)::text
  FROM told b
  FULL JOIN derived d ON d.pool = b.pool AND d.account = b.account
       AND d.business_day = b.business_day
 WHERE (b.debit_posted, b.credit_posted, b.debit_held, b.credit_held)
       IS DISTINCT FROM (d.dp, d.cp, d.dh, d.ch)""",
    ),
    BookRule(
        name="adjustments_rest",
        zh="日切后的调整没有审批或晚于封签",
        en="an adjustment after the cut has no approval or came after the seal",
        sql=f"""
SELECT t.pool, t.transfer::text, t.business_day::text
  FROM ledger.adjustment t
  JOIN ledger.business_day d ON d.pool = t.pool AND d.day = t.business_day
  LEFT JOIN ledger.transfer x ON x.pool = t.pool AND x.id = t.transfer
 WHERE {_T} AND (x.approval_id IS DISTINCT FROM t.approval_id
        OR x.business_day IS DISTINCT FROM t.business_day
        OR t.adjusted_at > d.closed_at OR t.adjusted_at < d.cut_at)""",
    ),
)
