# ruff: noqa: S608 (what is put together here are constants of this file)
"""Takes lines of any side by COPY: new ones are kept, the same again is nothing, changes version.

A fact that changes is a new version beside the old one. Which version is current follows from
what the side knew last (`known_at`), never from the order in which we were told.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from uuid import UUID, uuid4

from django.db import connection, transaction

from accounts.copying import copy_in
from reserve_funds.custody.matching.values import SideLine

PATIENCE = "SET LOCAL statement_timeout = '10min'"
_TOLD = (
    "side, pool, source_id, key, number, batch, story, amount_fen, settled_fen, fee_in_100000,"
    " standing, day, known_at, facts"
)
COPY = f"COPY custody_matching_arriving (load_id, {_TOLD}) FROM STDIN"
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _content(alias: str) -> str:
    """What a fact says, as a row that can be compared and put in order."""
    names = ("pool", "key", "number", "batch", "story", "amount_fen", "settled_fen", "standing")
    told = ", ".join(f"{alias}.{name}" for name in (*names, "day", "facts"))
    return f"({told}, coalesce({alias}.fee_in_100000, -9223372036854775808))"


_COLUMNS = ", ".join("a." + name for name in _TOLD.split(", "))
_DELIVERIES = """
INSERT INTO custody_matching_delivery (load_id, pool, lines)
SELECT %(load)s, pool, 0 FROM custody_matching_arriving WHERE load_id = %(load)s GROUP BY pool
"""
_NEW = f"""
INSERT INTO custody_matching_line (delivery_id, version, is_current, {_TOLD})
SELECT d.id, 1, true, {_COLUMNS}
  FROM custody_matching_arriving a
  JOIN custody_matching_delivery d ON d.load_id = a.load_id AND d.pool = a.pool
 WHERE a.load_id = %(load)s
ON CONFLICT (side, source_id) WHERE is_current DO NOTHING
"""
_LATER = f"""
UPDATE custody_matching_line l SET known_at = a.known_at
  FROM custody_matching_arriving a
 WHERE a.load_id = %(load)s AND l.side = a.side AND l.source_id = a.source_id AND l.is_current
   AND a.known_at > l.known_at AND {_content("a")} = {_content("l")}
"""
_SUPERSEDED = f"""
UPDATE custody_matching_line l SET is_current = false, superseded_by = d.id
  FROM custody_matching_arriving a
  JOIN custody_matching_delivery d ON d.load_id = a.load_id AND d.pool = a.pool
 WHERE a.load_id = %(load)s AND l.side = a.side AND l.source_id = a.source_id AND l.is_current
   AND {_content("a")} <> {_content("l")}
   AND (a.known_at > l.known_at
        OR (a.known_at = l.known_at AND {_content("a")} > {_content("l")}))
"""
# each half has an index of its own
_OF_ONE = """
SELECT {columns} FROM custody_matching_line l
 WHERE l.is_current AND l.side = a.side AND l.source_id = a.source_id
UNION ALL
SELECT {columns} FROM custody_matching_line l
 WHERE NOT l.is_current AND l.side = a.side AND l.source_id = a.source_id
"""
_VERSIONS = f"""
  JOIN LATERAL (SELECT max(o.version) AS last, bool_or(o.is_current) AS stands
                  FROM ({_OF_ONE.format(columns="l.version, l.is_current")}) o) v ON true
"""
_NEWER = f"""
INSERT INTO custody_matching_line (delivery_id, version, is_current, {_TOLD})
SELECT d.id, v.last + 1, true, {_COLUMNS}
  FROM (SELECT DISTINCT ON (a.side, a.source_id) a.* FROM custody_matching_arriving a
         WHERE a.load_id = %(load)s
         ORDER BY a.side, a.source_id, a.known_at DESC, {_content("a")} DESC) a
  JOIN custody_matching_delivery d ON d.load_id = a.load_id AND d.pool = a.pool
  {_VERSIONS}
 WHERE NOT v.stands
"""  # a fact whose current version was just superseded
_OLDER = f"""
INSERT INTO custody_matching_line (delivery_id, version, is_current, {_TOLD})
SELECT d.id,
       v.last + row_number() OVER (PARTITION BY a.side, a.source_id
                                   ORDER BY a.known_at, {_content("a")}),
       false, {_COLUMNS}
  FROM custody_matching_arriving a
  JOIN custody_matching_delivery d ON d.load_id = a.load_id AND d.pool = a.pool
  {_VERSIONS}
 WHERE a.load_id = %(load)s
   AND NOT EXISTS (SELECT FROM ({_OF_ONE.format(columns="l.*")}) o
                    WHERE {_content("o")} = {_content("a")})
"""  # history that was told late
_COUNTED = """
UPDATE custody_matching_delivery d SET lines = n.lines
  FROM (SELECT delivery_id, count(*) AS lines FROM custody_matching_line
         WHERE delivery_id IN (SELECT id FROM custody_matching_delivery WHERE load_id = %(load)s)
         GROUP BY delivery_id) n
 WHERE d.id = n.delivery_id
"""
_EMPTY = "DELETE FROM custody_matching_delivery WHERE load_id = %(load)s AND lines = 0"
_ARRIVED = "DELETE FROM custody_matching_arriving WHERE load_id = %(load)s"


def deliver(lines: Iterable[SideLine]) -> int:
    """Keeps what is new of these lines, all or none; how many new facts and versions that were.

    Telling the same again is nothing. Do not read the database while `lines` is being read: they
    go through COPY as they come.
    """
    load = {"load": uuid4()}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(PATIENCE)
        arrived = copy_in(cursor, COPY, rendered(load["load"], lines))
        if not arrived:
            return 0
        cursor.execute(_DELIVERIES, load)
        cursor.execute(_NEW, load)
        kept = cursor.rowcount
        if kept < arrived:
            for statement in (_LATER, _SUPERSEDED):
                cursor.execute(statement, load)
            for statement in (_NEWER, _OLDER):
                cursor.execute(statement, load)
                kept += cursor.rowcount
        for statement in (_COUNTED, _EMPTY, _ARRIVED):
            cursor.execute(statement, load)
    return int(kept)


def rendered(load: UUID, lines: Iterable[SideLine]) -> Iterator[str]:
    """The lines in the text form of COPY."""
    for line in lines:
        settled = line.amount_fen if line.settled_fen is None else line.settled_fen
        fee = "\\N" if line.fee_in_100000 is None else line.fee_in_100000
        facts = _text(json.dumps(dict(line.facts), ensure_ascii=False)) if line.facts else "{}"
        yield (
            f"{load}\t{line.side.value}\t{line.pool}\t{line.source_id}\t{_text(line.key)}\t"
            f"{_text(line.number)}\t{_text(line.batch)}\t{_text(line.story)}\t{line.amount_fen}\t"
            f"{settled}\t{fee}\t{line.standing.value}\t{line.day}\t"
            f"{line.known_at.isoformat()}\t{facts}\n"
        )


def _text(value: str) -> str:
    return value if value.isalnum() else value.translate(_ESCAPED)
