"""Verdicts to figures, a table, and the failures by intent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from eval.rows import Wants
from eval.score import Verdict

HEADER = (
    f"{'set':<24}{'rows':>6}{'exact':>8}{'has kind':>10}{'wrong':>7}{'moved':>7}"
    f"{'false':>7}{'asks':>9}{'unsure':>8}{'p50 ms':>8}{'p95 ms':>8}"
)
LEGEND = (
    "exact: tool, target and value. has kind: exact of the rows whose kinds of device we have. "
    "wrong: rows with a change nobody asked for.\nmoved, false: calls on sentences that ask for "
    "nothing, on a robot and elsewhere. asks: asked back where that is right. "
    "unsure: rows the brain passed on."
)


def figures(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Return the figures of one set, counts and percentages."""
    nothing = [each for each in verdicts if each.row.wants is Wants.NOTHING]
    calling = [each for each in nothing if each.changing]
    asking = [each for each in verdicts if each.row.wants is Wants.ASK]
    known = [each for each in verdicts if not each.row.lacks]
    took = sorted(each.took_ms for each in verdicts)
    return {
        "rows": len(verdicts),
        "exact": sum(each.exact for each in verdicts),
        "exact_pct": _percent(sum(each.exact for each in verdicts), len(verdicts)),
        "known_kind_rows": len(known),
        "known_kind_exact_pct": _percent(sum(each.exact for each in known), len(known)),
        "nothing_rows": len(nothing),
        "nothing_wrong_rows": sum(bool(each.wrong) for each in nothing),
        "wrong_rows": sum(bool(each.wrong) for each in verdicts),
        "false_moving": sum(each.moves for each in calling),
        "false_other": sum(not each.moves for each in calling),
        "ask_rows": len(asking),
        "asked": sum(each.asked for each in asking),
        "unsure": sum(each.unsure for each in verdicts),
        "p50_ms": round(_quantile(took, 0.5), 2),
        "p95_ms": round(_quantile(took, 0.95), 2),
        "groups": _groups(verdicts),
    }


def line(name: str, of: dict[str, Any]) -> str:
    """Return one row of the table."""
    asks = f"{of['asked']}/{of['ask_rows']}" if of["ask_rows"] else "-"
    return (
        f"{name:<24}{of['rows']:>6}{of['exact_pct']:>7.1f}%{of['known_kind_exact_pct']:>9.1f}%"
        f"{of['wrong_rows']:>7}{of['false_moving']:>7}{of['false_other']:>7}{asks:>9}"
        f"{of['unsure']:>8}{of['p50_ms']:>8.2f}{of['p95_ms']:>8.2f}"
    )


def summary(results: Mapping[str, dict[str, Any]]) -> str:
    """Return the two figures that count over all sets: wrong actions and false calls."""
    rows, nothing, wrong, moving, other = (
        sum(of[name] for of in results.values())
        for name in ("rows", "nothing_rows", "wrong_rows", "false_moving", "false_other")
    )
    asked = rows - nothing
    # A false call is counted as such, not once more as a wrong action.
    wrong -= sum(of["nothing_wrong_rows"] for of in results.values())
    return (
        f"wrong actions: {wrong} of {asked} ({_percent(wrong, asked) if asked else 0:g} %); "
        f"false calls on {nothing} that ask for nothing: {moving} that move, {other} others"
    )


def failures(verdicts: Iterable[Verdict], most: int) -> list[str]:
    """Return up to `most` failed rows for each intent or group, the largest group first."""
    grouped: dict[str, list[Verdict]] = {}
    for each in verdicts:
        if not each.exact:
            grouped.setdefault(each.row.group, []).append(each)
    shown = []
    for group, failed in sorted(grouped.items(), key=lambda pair: -len(pair[1])):
        shown.append(f"  {group}: {len(failed)}")
        shown += [f"    {_why(each)}" for each in failed[:most]]
    return shown


def _why(failed: Verdict) -> str:
    calls = "; ".join(
        f"{call.tool} {' '.join(f'{k}={v}' for k, v in call.arguments.items())}"
        for call in failed.calls
    )
    causes = [
        f"no kind {failed.row.lacks}" if failed.row.lacks else "",
        f"wrong: {', '.join(failed.wrong)}" if failed.wrong else "",
        f"missing: {', '.join(failed.missed[:4])}" if failed.missed else "",
        f"proposed: {calls}" if calls else f"said: {failed.said[:90]}",
    ]
    return f"{failed.row.words!r}  " + " | ".join(cause for cause in causes if cause)


def _groups(verdicts: Iterable[Verdict]) -> dict[str, dict[str, int]]:
    rows, exact = Counter[str](), Counter[str]()
    for each in verdicts:
        rows[each.row.group] += 1
        exact[each.row.group] += each.exact
    return {group: {"rows": rows[group], "exact": exact[group]} for group in sorted(rows)}


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 100.0


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0
