# ruff: noqa: S608 (what is put together here are constants of this file)
"""The figures of the book, each re-derived from transfers alone: totals, tallies, mirrors.

Every statement takes %(pool)s (null: all pools) and answers rows of (pool, subject, detail).
One statement is one snapshot, so that a check beside running postings tells no untruth.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BookRule:
    """A rule of the book: its stable name, a sentence in each language, and its statement."""

    name: str
    zh: str
    en: str
    sql: str


# debits and credits of every account, straight from the transfers
DERIVED = """
derived AS (
    SELECT m.pool, m.id,
           coalesce(sum(m.debit) FILTER (WHERE m.act IN (1, 3)), 0) AS dp,
           coalesce(sum(m.credit) FILTER (WHERE m.act IN (1, 3)), 0) AS cp,
           coalesce(sum(m.debit * CASE WHEN m.act = 2 THEN 1 ELSE -1 END)
                    FILTER (WHERE m.act > 1), 0) AS dh,
           coalesce(sum(m.credit * CASE WHEN m.act = 2 THEN 1 ELSE -1 END)
                    FILTER (WHERE m.act > 1), 0) AS ch
      FROM (SELECT x.pool, x.debit_account AS id, x.act, x.amount_fen AS debit,
                   0::bigint AS credit FROM ledger.transfer x
             WHERE %(pool)s::integer IS NULL OR x.pool = %(pool)s
            UNION ALL
            SELECT x.pool, x.credit_account, x.act, 0, x.amount_fen FROM ledger.transfer x
             WHERE %(pool)s::integer IS NULL OR x.pool = %(pool)s) m
     GROUP BY m.pool, m.id)
"""
_OF_POOL = "(%(pool)s::integer IS NULL OR {0}.pool = %(pool)s)"
_A, _F = (_OF_POOL.format(alias) for alias in ("a", "f"))

_MIRROR = f"""
WITH {DERIVED}, held AS (
    SELECT a.pool, k.name, CASE k.side WHEN 'debit' THEN d.dp - d.cp ELSE d.cp - d.dp END AS fen
      FROM derived d JOIN ledger.account a ON a.pool = d.pool AND a.id = d.id
      JOIN ledger.account_kind k ON k.number = a.kind)
SELECT h.pool, pair.one || ' / ' || pair.other,
       sum(h.fen) FILTER (WHERE h.name = pair.one) || ' <> '
       || coalesce(sum(h.fen) FILTER (WHERE h.name = pair.other), 0)
  FROM (VALUES ('own_cover_due', 'due_to_reserve'),
               ('own_income_in_reserve', 'due_from_reserve')) AS pair(one, other)
  JOIN held h ON h.name IN (pair.one, pair.other)
 GROUP BY h.pool, pair.one, pair.other
HAVING coalesce(sum(h.fen) FILTER (WHERE h.name = pair.one), 0)
    <> coalesce(sum(h.fen) FILTER (WHERE h.name = pair.other), 0)
"""

FIGURES: tuple[BookRule, ...] = (
    BookRule(
        name="guarded_totals_follow",
        zh="受控分户账的余额与其转账不符",
        en="a guarded account's totals are not what its transfers come to",
        sql=f"""
WITH {DERIVED}
SELECT a.pool, a.kind || '/' || a.owner,
       format('stored %%s %%s %%s %%s, derived %%s %%s %%s %%s', a.debit_posted, a.credit_posted,
              a.debit_held, a.credit_held, d.dp, d.cp, d.dh, d.ch)
  FROM ledger.account a LEFT JOIN derived d ON d.pool = a.pool AND d.id = a.id
 WHERE a.guarded AND {_A}
   AND (a.debit_posted, a.credit_posted, a.debit_held, a.credit_held)
       IS DISTINCT FROM (coalesce(d.dp, 0), coalesce(d.cp, 0), coalesce(d.dh, 0),
                         coalesce(d.ch, 0))
    OR a.guarded AND {_A} AND a.available_fen <> coalesce(
           CASE a.side WHEN 'credit' THEN d.cp - d.dp - d.dh ELSE d.dp - d.cp - d.ch END, 0)""",
    ),
    BookRule(
        name="tallied_totals_follow",
        zh="汇总分户账(或受控分户账的汇总)与其转账不符",
        en="a tally and the tail after it are not what the account's transfers come to",
        sql=f"""
WITH {DERIVED}
SELECT a.pool, a.kind || '/' || a.owner,
       format('told %%s %%s %%s %%s, derived %%s %%s %%s %%s', t.debit_posted, t.credit_posted,
              t.debit_held, t.credit_held, d.dp, d.cp, d.dh, d.ch)
  FROM ledger.account a
 CROSS JOIN LATERAL ledger.totals(a.pool, a.id) t
  LEFT JOIN derived d ON d.pool = a.pool AND d.id = a.id
 WHERE (NOT a.guarded OR EXISTS (SELECT FROM ledger.tally f
                                  WHERE f.pool = a.pool AND f.account = a.id)) AND {_A}
   AND (t.debit_posted, t.credit_posted, t.debit_held, t.credit_held)
       IS DISTINCT FROM (coalesce(d.dp, 0), coalesce(d.cp, 0), coalesce(d.dh, 0),
                         coalesce(d.ch, 0))""",
    ),
    BookRule(
        name="day_tallies_follow",
        zh="分户账日终汇总与其转账不符",
        en="an account's tally at the end of a day is not what its transfers come to",
        sql=f"""
WITH came AS (
    SELECT f.pool, f.account, m.business_day AS day, sum(m.debit) AS debit, sum(m.credit) AS credit
      FROM ledger.tally f
     CROSS JOIN LATERAL (
        SELECT x.business_day, CASE WHEN x.act IN (1, 3) THEN x.amount_fen ELSE 0 END AS debit,
               0::bigint AS credit FROM ledger.transfer x
         WHERE x.pool = f.pool AND x.debit_account = f.account AND x.place < f.horizon
        UNION ALL
        SELECT x.business_day, 0, CASE WHEN x.act IN (1, 3) THEN x.amount_fen ELSE 0 END
          FROM ledger.transfer x
         WHERE x.pool = f.pool AND x.credit_account = f.account AND x.place < f.horizon) m
     WHERE {_F}
     GROUP BY f.pool, f.account, m.business_day
), derived AS (
    SELECT c.pool, c.account, c.day,
           sum(c.debit) OVER (PARTITION BY c.pool, c.account ORDER BY c.day) AS debit,
           sum(c.credit) OVER (PARTITION BY c.pool, c.account ORDER BY c.day) AS credit
      FROM came c
), told AS (SELECT * FROM ledger.tally_day f WHERE {_F})
SELECT coalesce(t.pool, d.pool), coalesce(t.account, d.account)::text,
       format('%%s: stored %%s %%s, derived %%s %%s', coalesce(t.business_day, d.day),
              t.debit_posted, t.credit_posted, d.debit, d.credit)
  FROM told t
  FULL JOIN derived d ON d.pool = t.pool AND d.account = t.account AND d.day = t.business_day
 WHERE (t.debit_posted, t.credit_posted) IS DISTINCT FROM (d.debit, d.credit)""",
    ),
    BookRule(
        name="kind_days_follow",
        zh="科目日终汇总与转账不符",
        en="a kind's total at the end of a day is not what the transfers come to",
        sql=f"""
WITH came AS (
    SELECT f.pool, m.kind, m.business_day AS day, sum(m.debit) AS debit, sum(m.credit) AS credit
      FROM ledger.pool_tally f
      JOIN (SELECT x.pool, x.place, x.debit_kind AS kind, x.business_day, x.amount_fen AS debit,
                   0::bigint AS credit FROM ledger.transfer x WHERE x.act IN (1, 3)
            UNION ALL
            SELECT x.pool, x.place, x.credit_kind, x.business_day, 0, x.amount_fen
              FROM ledger.transfer x WHERE x.act IN (1, 3)) m
        ON m.pool = f.pool AND m.place < f.horizon
     WHERE {_F}
     GROUP BY f.pool, m.kind, m.business_day
), derived AS (
    SELECT c.pool, c.kind, c.day,
           sum(c.debit) OVER (PARTITION BY c.pool, c.kind ORDER BY c.day) AS debit,
           sum(c.credit) OVER (PARTITION BY c.pool, c.kind ORDER BY c.day) AS credit
      FROM came c
), told AS (SELECT * FROM ledger.kind_day f WHERE {_F})
SELECT coalesce(t.pool, d.pool), coalesce(t.kind, d.kind)::text,
       format('%%s: stored %%s %%s, derived %%s %%s', coalesce(t.business_day, d.day),
              t.debit_posted, t.credit_posted, d.debit, d.credit)
  FROM told t
  FULL JOIN derived d ON d.pool = t.pool AND d.kind = t.kind AND d.day = t.business_day
 WHERE (t.debit_posted, t.credit_posted) IS DISTINCT FROM (d.debit, d.credit)""",
    ),
    BookRule(
        name="never_overdrawn",
        zh="受控分户账被透支(含冻结)",
        en="a guarded account is overdrawn, held money counted",
        sql=f"""
WITH {DERIVED}
SELECT a.pool, a.kind || '/' || a.owner, format('%%s %%s %%s %%s', d.dp, d.cp, d.dh, d.ch)
  FROM ledger.account a JOIN derived d ON d.pool = a.pool AND d.id = a.id
 WHERE a.guarded AND CASE a.side WHEN 'credit' THEN d.cp - d.dp - d.dh
                                 ELSE d.dp - d.cp - d.ch END < 0""",
    ),
    BookRule(
        name="books_balance",
        zh="账簿借贷不平",
        en="a book's debits and credits are not equal",
        sql=f"""
SELECT a.pool, k.book, format('debit %%s credit %%s', sum(a.debit_posted + t.debit_posted),
                              sum(a.credit_posted + t.credit_posted))
  FROM ledger.account a
  JOIN ledger.account_kind k ON k.number = a.kind
 CROSS JOIN LATERAL ledger.totals(a.pool, CASE WHEN NOT a.guarded THEN a.id END) t
 WHERE {_A}
 GROUP BY a.pool, k.book
HAVING sum(a.debit_posted + t.debit_posted) <> sum(a.credit_posted + t.credit_posted)
    OR sum(a.debit_held + t.debit_held) <> sum(a.credit_held + t.credit_held)""",
    ),
    BookRule(
        name="mirrors_mirror",
        zh="两本账的对应科目余额不一致",
        en="a pair of accounts that links the two books does not mirror",
        sql=_MIRROR,
    ),
)
