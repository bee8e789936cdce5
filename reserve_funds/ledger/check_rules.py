# ruff: noqa: S608 (what is put together here are constants of this file)
"""What must hold in the book besides its figures: shapes, days, epochs, months.

The statements have the form that `check_figures` tells.
"""

from __future__ import annotations

from reserve_funds.ledger.check_figures import DERIVED, FIGURES, BookRule
from reserve_funds.ledger.check_pairs import PAIRS
from reserve_funds.ledger.check_seals import SEALS

_OF_POOL = "(%(pool)s::integer IS NULL OR {0}.pool = %(pool)s)"
_T, _A, _P = (_OF_POOL.format(alias) for alias in ("t", "a", "p"))

RULES: tuple[BookRule, ...] = (
    *FIGURES,
    *SEALS,
    PAIRS,
    BookRule(
        name="holders_follow",
        zh="持有人余额的汇总与其转账不符",
        en="what a holder is told to be owed is not what the transfers come to",
        sql=f"""
WITH {DERIVED}, told AS (
    SELECT h.pool, h.account, h.balance_fen FROM ledger.holders(%(pool)s::integer) h
), derived_fen AS (
    SELECT a.pool, a.id, CASE k.side WHEN 'debit' THEN d.dp - d.cp ELSE d.cp - d.dp END AS fen
      FROM derived d JOIN ledger.account a ON a.pool = d.pool AND a.id = d.id
      JOIN ledger.account_kind k ON k.number = a.kind AND k.book = 'reserve')
SELECT coalesce(t.pool, d.pool), coalesce(t.account, d.id)::text,
       format('told %%s, derived %%s', coalesce(t.balance_fen, 0), coalesce(d.fen, 0))
  FROM told t FULL JOIN derived_fen d ON d.pool = t.pool AND d.id = t.account
 WHERE coalesce(t.balance_fen, 0) <> coalesce(d.fen, 0)""",
    ),
    BookRule(
        name="handbook_obeyed",
        zh="转账不在会计分录手册之内",
        en="a transfer is not one the handbook names",
        sql=f"""
SELECT t.pool, t.id::text, format('act %%s %%s %%s -> %%s', t.act, t.code, t.debit_kind,
                                  t.credit_kind)
  FROM ledger.transfer t
  LEFT JOIN ledger.business_day p
    ON p.pool = t.pool AND p.day = t.business_day AND p.profile = t.profile
  LEFT JOIN ledger.posting_rule r ON r.profile = t.profile AND r.code = t.code
       AND r.debit_kind = t.debit_kind AND r.credit_kind = t.credit_kind
       AND r.needs_approval = t.needs_approval
 WHERE {_T} AND (p.pool IS NULL OR r.code IS NULL OR t.amount_fen <= 0
        OR (t.needs_approval AND t.approval_id IS NULL)
        OR (t.act IN (3, 4)) <> (t.resolves IS NOT NULL)
        OR (t.act <> 1 AND t.reverses IS NOT NULL))""",
    ),
    BookRule(
        name="accounts_are_theirs",
        zh="转账的分户账不存在或科目不符",
        en="a transfer names an account that is missing or of another kind",
        sql=f"""
SELECT t.pool, t.id::text, format('%%s -> %%s', t.debit_account, t.credit_account)
  FROM ledger.transfer t
  LEFT JOIN ledger.account d ON d.pool = t.pool AND d.id = t.debit_account
  LEFT JOIN ledger.account c ON c.pool = t.pool AND c.id = t.credit_account
 WHERE {_T} AND (d.kind IS DISTINCT FROM t.debit_kind OR c.kind IS DISTINCT FROM t.credit_kind)""",
    ),
    BookRule(
        name="accounts_are_named",
        zh="分户账编号或属性与科目表不符",
        en="an account's identifier or nature is not what its kind and owner say",
        sql=f"""
SELECT a.pool, a.kind || '/' || a.owner, a.id::text
  FROM ledger.account a LEFT JOIN ledger.account_kind k ON k.number = a.kind
 WHERE {_A} AND ((k.guarded, k.side) IS DISTINCT FROM (a.guarded, a.side)
        OR a.id <> ledger.account_id(a.pool, a.kind, a.owner))""",
    ),
    BookRule(
        name="holds_resolve_once",
        zh="冻结的处理与冻结不符",
        en="what resolves a hold does not fit it",
        sql=f"""
SELECT t.pool, t.id::text, coalesce(t.resolves::text, '-')
  FROM ledger.transfer t
  LEFT JOIN ledger.transfer h ON h.pool = t.pool AND h.id = t.resolves
 WHERE t.act IN (3, 4) AND {_T}
   AND ((h.act::smallint, h.code, h.debit_account, h.credit_account, h.amount_fen)
        IS DISTINCT FROM (2::smallint, t.code, t.debit_account, t.credit_account, t.amount_fen)
        OR t.id <> ledger.derive(t.resolves, 'resolved'))""",
    ),
    BookRule(
        name="reversals_fit",
        zh="冲正与原转账不符",
        en="a reversal does not fit what it reverses",
        sql=f"""
SELECT t.pool, t.id::text, t.reverses::text
  FROM ledger.transfer t
  LEFT JOIN ledger.transfer h ON h.pool = t.pool AND h.id = t.reverses
 WHERE t.reverses IS NOT NULL AND {_T}
   AND ((h.act IN (1, 3), h.code || '_reversed', h.debit_account, h.credit_account, h.amount_fen)
        IS DISTINCT FROM (true, t.code, t.credit_account, t.debit_account, t.amount_fen)
        OR t.id <> ledger.derive(t.reverses, 'reversed'))""",
    ),
    BookRule(
        name="days_hold",
        zh="转账的营业日不符(跨越日切或营业日不存在)",
        en="a transfer straddles a cut or is booked in a day that is not there",
        sql=f"""
SELECT t.pool, t.id::text, t.business_day::text
  FROM ledger.transfer t
  LEFT JOIN ledger.business_day d ON d.pool = t.pool AND d.day = t.business_day
 WHERE {_T} AND (d.day IS NULL OR t.created_at < d.opened_at OR (t.created_at > d.cut_at
       AND NOT EXISTS (SELECT FROM ledger.adjustment a
                        WHERE a.pool = t.pool AND a.transfer = t.id)))""",
    ),
    BookRule(
        name="one_day_is_open",
        zh="备付金专户没有且仅有一个开放的营业日",
        en="a pool has not exactly one open business day",
        sql=f"""
SELECT p.pool, p.profile, count(d.day)::text
  FROM ledger.pool p
  LEFT JOIN ledger.business_day d ON d.pool = p.pool AND d.state = 'open'
 WHERE {_P} GROUP BY p.pool, p.profile HAVING count(d.day) <> 1""",
    ),
    BookRule(
        name="days_have_their_profile",
        zh="营业日的备付金规则与已批准的不符",
        en="a business day has another rule profile than was decided for it",
        sql=f"""
SELECT p.pool, p.day::text, p.profile
  FROM ledger.business_day p
 WHERE {_P} AND p.profile IS DISTINCT FROM ledger.profile_on(p.pool, p.day)""",
    ),
    BookRule(
        name="numbers_are_of_this_epoch",
        zh="事务号不属于当前账期序号(数据库可能经过恢复)",
        en="transaction numbers are not of this epoch: the database may have been restored",
        sql="""
SELECT NULL::integer, 'epoch ' || e.number, e.horizon::text
  FROM (SELECT * FROM ledger.epoch WHERE is_current) e
 WHERE e.horizon > ledger.place_of(e.number, pg_snapshot_xmax(pg_current_snapshot()))
    OR EXISTS (SELECT FROM ledger.tally t WHERE t.horizon > e.horizon
                  AND (%(pool)s::integer IS NULL OR t.pool = %(pool)s))
    OR EXISTS (SELECT FROM ledger.pool_tally t WHERE t.horizon > e.horizon
                  AND (%(pool)s::integer IS NULL OR t.pool = %(pool)s))""",
    ),
    BookRule(
        name="months_are_ahead",
        zh="后续月份的分区尚未建立",
        en="the months to come have not been made",
        sql="""
SELECT NULL::integer, 'ledger.transfer', to_char(m.month, 'YYYY_MM')
  FROM generate_series(date_trunc('month', now() AT TIME ZONE 'UTC'),
                       date_trunc('month', now() AT TIME ZONE 'UTC') + interval '2 months',
                       interval '1 month') AS m(month)
 WHERE to_regclass('ledger.transfer_' || to_char(m.month, 'YYYY_MM')) IS NULL
   AND (%(pool)s::integer IS NULL OR true)""",
    ),
)
