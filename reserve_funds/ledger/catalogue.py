"""The law as the database has it, object by object, against the law as it was written.

`catalogue.json` holds a digest of every function, trigger, constraint, index, column and grant of
a fresh book. What DDL or a superuser changes is named by the object it changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from django.db import connection

EXPECTED = Path(__file__).resolve().parent / "catalogue.json"

# Months come and go: each is listed under its own name here and compared with one expectation.
_MONTH = r"^transfer_(\d{4}_\d{2}|before)$"

_OBJECTS = r"""
SELECT 'function ' || p.oid::regprocedure::text,
       concat_ws('|', p.prosrc, p.prosecdef, p.provolatile, p.proconfig::text, l.lanname,
                 p.proowner::regrole, pg_get_function_result(p.oid),
                 (SELECT string_agg(concat_ws(' ', x.grantee::regrole, x.privilege_type,
                                              x.is_grantable), ','
                                    ORDER BY x.grantee::regrole::text)
                    FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x
                   WHERE x.grantee <> p.proowner))
  FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
 WHERE p.pronamespace = 'ledger'::regnamespace
UNION ALL
SELECT 'trigger ' || t.tgname || ' on ' || c.relname,
       concat_ws('|', t.tgenabled, replace(pg_get_triggerdef(t.oid), c.relname, '*'))
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
 WHERE c.relnamespace = 'ledger'::regnamespace AND NOT t.tgisinternal
UNION ALL
SELECT 'constraint ' || CASE WHEN c.relname ~ %(month)s AND n.contype <> 'c'
                             THEN n.contype::text || ' ' || pg_get_constraintdef(n.oid)
                             ELSE n.conname::text END || ' on ' || c.relname,
       concat_ws('|', n.convalidated, n.condeferrable, pg_get_constraintdef(n.oid))
  FROM pg_constraint n JOIN pg_class c ON c.oid = n.conrelid
 WHERE c.relnamespace = 'ledger'::regnamespace AND n.contype IN ('c', 'f', 'p', 'u', 'x')
UNION ALL
SELECT 'keys of constraint ' || n.conname || ' on ' || c.relname,
       string_agg(DISTINCT t.tgenabled::text, ',')
  FROM pg_constraint n JOIN pg_class c ON c.oid = n.conrelid
  JOIN pg_trigger t ON t.tgconstraint = n.oid
 WHERE c.relnamespace = 'ledger'::regnamespace AND n.contype = 'f' AND c.relname !~ %(month)s
 GROUP BY n.conname, c.relname
UNION ALL
SELECT 'index ' || regexp_replace(pg_get_indexdef(i.indexrelid),
                                  '^(CREATE (UNIQUE )?INDEX) .* ON (ONLY )?', '\1 ON '),
       concat_ws('|', i.indisvalid, i.indisunique)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
 WHERE c.relnamespace = 'ledger'::regnamespace
UNION ALL
SELECT 'column ' || a.attname || ' of ' || c.relname,
       concat_ws('|', format_type(a.atttypid, a.atttypmod), a.attnotnull,
                 pg_get_expr(d.adbin, d.adrelid), a.attacl::text)
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE c.relnamespace = 'ledger'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
   AND c.relkind IN ('r', 'p')
UNION ALL
SELECT 'grants on ' || c.relname,
       concat_ws('|', c.relowner::regrole, c.relkind, c.relrowsecurity, c.relhasrules,
                 (SELECT string_agg(concat_ws(' ', CASE x.grantee WHEN 0 THEN 'PUBLIC'
                                                   ELSE x.grantee::regrole::text END,
                                              x.privilege_type, x.is_grantable), ','
                                    ORDER BY x.grantee::regrole::text, x.privilege_type)
                    FROM aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) x
                   WHERE x.grantee <> c.relowner))
  FROM pg_class c
 WHERE c.relnamespace = 'ledger'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
UNION ALL
SELECT 'domain ' || coalesce(n.conname, 'type') || ' of ' || t.typname,
       concat_ws('|', format_type(t.typbasetype, t.typtypmod), t.typnotnull, n.convalidated,
                 pg_get_constraintdef(n.oid))
  FROM pg_type t LEFT JOIN pg_constraint n ON n.contypid = t.oid AND n.contype = 'c'
 WHERE t.typnamespace = 'ledger'::regnamespace AND t.typtype = 'd'
UNION ALL
SELECT 'grants on schema ledger',
       concat_ws('|', s.nspowner::regrole,
                 (SELECT string_agg(concat_ws(' ', x.grantee::regrole, x.privilege_type,
                                              x.is_grantable), ','
                                    ORDER BY x.grantee::regrole::text)
                    FROM aclexplode(s.nspacl) x WHERE x.grantee <> s.nspowner))
  FROM pg_namespace s WHERE s.nspname = 'ledger'
UNION ALL
SELECT 'role ' || r.rolname,
       concat_ws('|', r.rolcanlogin, r.rolsuper, r.rolbypassrls,
                 (SELECT string_agg(m.member::regrole::text, ',' ORDER BY m.member::regrole::text)
                    FROM pg_auth_members m JOIN pg_roles b ON b.oid = m.member
                   WHERE m.roleid = r.oid AND NOT b.rolsuper))
  FROM pg_roles r WHERE r.rolname = 'ledger_owner'
"""


def live() -> dict[str, str]:
    """Every object of the law as it stands, by name, with its definition's digest."""
    with connection.cursor() as cursor:
        cursor.execute(_OBJECTS, {"month": _MONTH})
        rows = cursor.fetchall()
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'ledger'::regnamespace"
            " AND relkind IN ('r', 'p') AND relname ~ %s ORDER BY relname",
            [_MONTH],
        )
        months = [row[0] for row in cursor.fetchall()]
    found = {name: hashlib.sha256(text.encode()).hexdigest()[:24] for name, text in rows}
    return found | {f"month {month}": "" for month in months}


def template(found: Mapping[str, str]) -> dict[str, str]:
    """The expectation for any book: one month stands for all of them."""
    months = _months(found)
    chosen = next(month for month in months if month != "transfer_before")
    kept = {}
    for name, digest in found.items():
        month = _month_in(name, months)
        if month is None and not name.startswith("month "):
            kept[name] = digest
        elif month == chosen and not name.startswith("month "):
            kept[name.replace(chosen, "transfer_*")] = digest
    return dict(sorted(kept.items()))


def differences(found: Mapping[str, str]) -> list[tuple[str, str]]:
    """(object, what about it) for everything missing, altered or foreign."""
    expected: dict[str, str] = json.loads(EXPECTED.read_text(encoding="utf-8"))
    wanted: dict[str, str] = {}
    for name, digest in expected.items():
        if "transfer_*" in name:
            wanted |= {name.replace("transfer_*", month): digest for month in _months(found)}
        else:
            wanted[name] = digest
    real = {name: digest for name, digest in found.items() if not name.startswith("month ")}
    said = []
    for name in sorted(wanted.keys() | real.keys()):
        if name not in real:
            said.append((name, "missing"))
        elif name not in wanted:
            said.append((name, "foreign"))
        elif wanted[name] != real[name]:
            said.append((name, "altered"))
    return said


def _months(found: Mapping[str, str]) -> list[str]:
    return [name.removeprefix("month ") for name in found if name.startswith("month ")]


def _month_in(name: str, months: list[str]) -> str | None:
    return next((month for month in months if month in name), None)
