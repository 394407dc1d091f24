"""Numbers of the report in the words that both its forms use, text and page."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NONE = "-"


def number(value: float | None, decimals: int = 4) -> str:
    """Write a number; a minus sign stays only where something is left to be negative."""
    if value is None:
        return NONE
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if not text.strip("-0.") else text


def reach(interval: Mapping[str, Any] | None, decimals: int = 4) -> str:
    """Write the bounds of an interval or band."""
    if interval is None or interval["low"] is None:
        return NONE
    return f"{number(interval['low'], decimals)} to {number(interval['high'], decimals)}"


def value(interval: Mapping[str, Any] | None, decimals: int = 4) -> str:
    """Write the value within an interval."""
    return NONE if interval is None else number(interval["value"], decimals)


def money(nanodollars: int | None, decimals: int = 4) -> str:
    """Write an amount in dollars."""
    return NONE if nanodollars is None else f"${Decimal(nanodollars).scaleb(-9):,.{decimals}f}"


def forecaster_name(part: Mapping[str, Any]) -> str:
    """Name a forecaster."""
    return "the market's mid" if part["is_market"] else f"{part['model']}, prompt {part['prompt_version']}"


def measures_of(part: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """List a forecaster's overall figures: name, value, 95% interval, and what it says in a few words."""
    score = part["score"]
    if score is None:
        return []
    skill, line, murphy = score["skill"], score["line"], score["murphy"]
    rows = [
        ("Brier score", value(score["brier"]), reach(score["brier"]), "mean squared error; lower is better"),
        (
            "log score",
            value(score["log_score"]),
            reach(score["log_score"]),
            "nats, within 0.001 to 0.999; lower is better",
        ),
    ]
    if skill is not None:
        rows += [
            ("skill", value(skill["score"]), reach(skill["score"]), "1 - Brier / Brier of the mid of the same instant"),
            ("skill in points", value(skill["points"]), reach(skill["points"]), "Brier of the mid - Brier"),
            (
                "Brier of the mid",
                number(skill["mid_brier"]),
                NONE,
                f"beside {number(skill['brier'])}, n={skill['events']} events",
            ),
            ("chance of luck", number(score["luck"], 3), NONE, "to look this good if the mid were exactly right"),
        ]
    perfect = score["ece_perfect"]
    return [
        *rows,
        ("ECE", number(score["ece"]), NONE, f"a perfect forecaster of this sample: {reach(perfect)}"),
        ("reliability", number(murphy["reliability"]), NONE, "lower is better"),
        ("resolution", number(murphy["resolution"]), NONE, "higher is better"),
        (
            "uncertainty",
            number(murphy["uncertainty"]),
            NONE,
            f"of the questions; {number(score['base_rate'], 3)} were yes",
        ),
        ("residual", number(murphy["residual"]), NONE, "within bins; Brier = reliability - resolution + these two"),
        ("slope", value(line and line["slope"], 3), reach(line and line["slope"], 3), "below 1: too extreme"),
        ("intercept", value(line and line["intercept"], 3), reach(line and line["intercept"], 3), "below 0: too high"),
    ]


PARTS = (
    ("steps", "step"),
    ("by_type", "macro type"),
    ("by_bucket", "probability"),
    ("by_horizon", "before the close"),
    ("over_time", "from"),
)
"""The tables of parts: the report's key, and what the first column is."""
_PART_HEAD = ("events", "forecasts", "said", "came", "Brier", "95%", "mid's", "skill", "95%")


def _part_row(row: Mapping[str, Any]) -> tuple[str, ...]:
    score = row.get("score", row)
    if score is None:
        return ("0", "0", *[NONE] * 7)
    skill = score["skill"] or {}
    return (
        f"{score['events']:,}",
        f"{score['forecasts']:,}",
        number(row.get("mean_probability"), 3),
        number(row.get("observed"), 3),
        value(score["brier"]),
        reach(score["brier"]),
        number(skill.get("mid_brier")),
        value(skill.get("score"), 3),
        reach(skill.get("score"), 3),
    )


def table_of(parts: Sequence[Mapping[str, Any]], first: str) -> list[tuple[str, ...]]:
    """Make a table of parts, its head first; columns that say nothing in any row are left out."""
    rows = [(first, *_PART_HEAD), *((part["name"], *_part_row(part)) for part in parts)]
    kept = [column for column in zip(*rows, strict=True) if set(column[1:]) != {NONE}]
    return list(zip(*kept, strict=True))


def counts_of(part: Mapping[str, Any]) -> str:
    """Say how many forecasts there are, what became of them, and what they cost."""
    counts, cost = part["forecasts"], part["cost"]
    said = f"{counts['made']:,} forecasts: {counts['scored']:,} scored"
    for key, words in (
        ("awaiting_result", "await their result"),
        ("scalar_left_out", "of scalar markets left out"),
        ("look_ahead_left_out", "that look ahead left out"),
    ):
        said += f", {counts[key]:,} {words}" if counts[key] else ""
    if part["is_market"]:
        return said
    return f"{said}; {money(cost['nanodollars'])} in all, {money(cost['nanodollars_per_estimate'])} an estimate"
