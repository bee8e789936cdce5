"""The report of a run: figures as data, and a page in plain words that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from gateway.sandbox.ninety_days.counting import counted
from gateway.sandbox.ninety_days.days import Outcome

_PERFECT = 1.0


def facts(outcome: Outcome) -> dict[str, Any]:
    """What one run came to, ready for JSON and for `merged`."""
    count = counted(outcome.worlds)
    return {
        "pools": len(outcome.worlds),
        "days": outcome.days,
        "first_day": outcome.first.isoformat(),
        "pool_days_closed": outcome.closed,
        "pool_days": outcome.days * len(outcome.worlds),
        "lines_matched_over": outcome.lines,
        "habits_seen": count.habits,
        "not_green": outcome.not_green,
        "false_alarms": count.false_about,
        "unended": count.unended,
        "seconds": outcome.seconds,
        "rows": [
            row
            | {
                "alarms": count.alarms[row["relation"], row["found_as"]],
                "false": count.false[row["relation"], row["found_as"]],
            }
            for row in count.rows()
        ],
    }


def merged(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Several runs over pools of their own as one."""
    whole: dict[str, Any] = {
        name: sum(part[name] for part in parts)
        for name in (
            "pools", "pool_days_closed", "pool_days", "lines_matched_over", "habits_seen"
        )
    }  # fmt: skip
    whole |= {name: parts[0][name] for name in ("days", "first_day")}
    for name in ("not_green", "false_alarms", "unended"):
        whole[name] = [one for part in parts for one in part[name]]
    seconds: dict[str, float] = {}
    for part in parts:
        for name, spent in part["seconds"].items():
            seconds[name] = round(seconds.get(name, 0.0) + spent, 1)
    spent_in_all = sum(seconds.values()) or 1.0
    whole["seconds"] = seconds
    whole["share_of_time"] = {name: round(s / spent_in_all, 3) for name, s in seconds.items()}
    whole["rows"] = [_row([part["rows"][at] for part in parts]) for at in range(_rows(parts))]
    injected = sum(row["injected"] for row in whole["rows"])
    found = sum(row["found"] for row in whole["rows"])
    whole["recall"] = found / injected if injected else _PERFECT
    false = len(whole["false_alarms"])
    whole["precision"] = found / (found + false) if found + false else _PERFECT
    whole["ended"] = sum(row["ended"] for row in whole["rows"])
    whole["is_perfect"] = (
        whole["recall"] == whole["precision"] == _PERFECT
        and whole["ended"] == injected
        and not (whole["not_green"] or whole["unended"])
        and whole["pool_days_closed"] == whole["pool_days"]
    )
    return whole


def page(whole: Mapping[str, Any]) -> str:
    """The same as one page of HTML, Chinese first."""
    rows = "".join(_table_row(row) for row in whole["rows"])
    parts = "".join(
        f"<tr><td>{escape(name)}</td><td>{whole['seconds'][name]}</td>"
        f'<td><div class="bar" style="width:{share * 20:.1f}rem"></div>{share:.1%}</td></tr>'
        for name, share in whole["share_of_time"].items()
    )
    wrong = [*whole["not_green"], *whole["false_alarms"], *whole["unended"]]
    listed = "".join(f"<li>{escape(one)}</li>" for one in wrong[:200])
    trouble = f"<h2>不符 · What was not as it must be</h2><ul>{listed}</ul>" if wrong else ""
    return (
        '<!doctype html><html lang="zh"><meta charset="utf-8"><title>九十日演练</title>'
        f"<style>{_STYLE}</style><h1>九十日演练 · Ninety days</h1>"
        f"<p>{_picture(whole)[0]}</p><p lang=en>{_picture(whole)[1]}</p>{trouble}"
        "<table><thead><tr><th>差错 · fault<th>判定 · found as<th>注入 · injected"
        "<th>发现 · found<th>召回 · recall<th>精确 · precision<th>了结 · ended<th>方式 · how"
        f"</tr></thead><tbody>{rows}</tbody></table>"
        "<h2>用时 · Where the time went</h2><table><thead><tr><th>部分 · part<th>秒 · s"
        f"<th>占比 · share</tr></thead><tbody>{parts}</tbody></table></html>"
    )


def picture(whole: Mapping[str, Any]) -> str:
    """The run in a few plain sentences, Chinese first."""
    return "\n".join(_picture(whole))


def _picture(whole: Mapping[str, Any]) -> tuple[str, str]:
    injected = sum(row["injected"] for row in whole["rows"])
    kinds = len([row for row in whole["rows"] if row["injected"]])
    rates = f"{whole['recall']:.4f}", f"{whole['precision']:.4f}"
    wrong, false = len(whole["not_green"]), len(whole["false_alarms"])
    closed = f"{whole['pool_days_closed']}/{whole['pool_days']}"
    good = whole["is_perfect"]
    chinese = (
        f"{whole['pools']} 家运营单位, {whole['days']} 个营业日。",
        f"{kinds} 类差错共注入 {injected} 处。",
        f"召回率 {rates[0]}, 精确率 {rates[1]}, 已了结 {whole['ended']} 处, 误报 {false} 次。",
        f"已结账 {closed} 个营业日, 等式或日结不符 {wrong} 次。",
        "全部符合。" if good else "有不符, 见清单。",
    )
    english = (
        f"{whole['pools']} operators, {whole['days']} business days.",
        f"{injected} injected faults of {kinds} kinds:",
        f"recall {rates[0]}, precision {rates[1]}, {whole['ended']} ended, {false} false alarms;",
        f"{closed} days closed, {wrong} times not green.",
        "Everything is as it must be." if good else "Something is not: see the list.",
    )
    return "".join(chinese), " ".join(english)


def _rows(parts: Sequence[Mapping[str, Any]]) -> int:
    return len(parts[0]["rows"])


def _row(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    one = dict(rows[0])
    for name in ("injected", "found", "ended", "alarms", "false"):
        one[name] = sum(row[name] for row in rows)
    one["how"] = {
        how: sum(row["how"].get(how, 0) for row in rows)
        for how in sorted({how for row in rows for how in row["how"]})
    }
    one["recall"] = one["found"] / one["injected"] if one["injected"] else _PERFECT
    one["precision"] = 1 - one["false"] / one["alarms"] if one["alarms"] else _PERFECT
    return one


def _table_row(row: Mapping[str, Any]) -> str:
    how = ", ".join(f"{name} {times}" for name, times in row["how"].items())
    cells = (
        f"{row['zh']} · {row['fault']}", f"{row['relation']}: {row['found_as']}", row["injected"],
        row["found"], f"{row['recall']:.3f}", f"{row['precision']:.3f}", row["ended"], how,
    )  # fmt: skip
    return "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells) + "</tr>"


_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem}"
    "table{border-collapse:collapse}td,th{padding:.25rem .75rem;border-bottom:1px solid #ccc;"
    "text-align:left}.bar{background:#2a6;height:.6rem}"
)
