from __future__ import annotations

import datetime as dt
import enum
import json
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_common.log_plain import Plainer, plain_text


class Colour(enum.Enum):
    RED = 1


class Unwritable:
    def __str__(self) -> NoReturn:
        raise RuntimeError("no")


class Misbehaving(dict[str, int]):
    def items(self) -> NoReturn:
        raise RuntimeError("changed while being read")


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (None, None),
        (True, True),
        (10**12, 10**12),
        (2**63, "9223372036854775808"),
        pytest.param(10**5000, "<int cannot be written: ValueError>", id="too many digits"),
        (0.5, 0.5),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (Decimal("0.5600"), "0.5600"),
        (dt.datetime(2026, 11, 23, 5, tzinfo=dt.UTC), "2026-11-23T05:00:00+00:00"),
        (dt.date(2026, 11, 23), "2026-11-23"),
        (b"\xffok", "\\xffok"),
        ("\ud800", "\\ud800"),
        ("“quotes” 🎲", "“quotes” 🎲"),
        (Path("/srv"), "/srv"),
        (Colour.RED, "Colour.RED"),
        (ValueError("why"), "ValueError: why"),
        ((1, [2]), [1, [2]]),
        ({3}, [3]),
        ({(1, 2): {None: 1}}, {"(1, 2)": {"None": 1}}),
        (Unwritable(), "<Unwritable cannot be written: RuntimeError>"),
        ({Unwritable: 1}, {f"<class '{__name__}.Unwritable'>": 1}),
        (Misbehaving(a=1), "<Misbehaving cannot be written: RuntimeError>"),
    ],
)
def test_any_value_has_a_plain_form(value: object, plain: object) -> None:
    assert Plainer().plain(value) == plain
    assert type(Plainer().plain(value)) is type(plain)


def test_a_long_text_is_cut_and_says_so() -> None:
    assert plain_text("x" * 5000) == "x" * 4000 + "…(cut, 5000 characters)"


def test_what_holds_itself_ends_in_a_marker() -> None:
    loop: dict[str, Any] = {}
    loop["self"] = loop
    assert "cut, nested too deeply" in json.dumps(Plainer().plain(loop), ensure_ascii=False)


def test_what_is_too_much_is_cut_and_says_so() -> None:
    for much in (list(range(10**6)), {n: n for n in range(10**6)}, ["x" * 3999] * 100):
        written = json.dumps(Plainer().plain(much), ensure_ascii=False)
        assert f"(cut, {len(much)} entries)" in written
        assert len(written) < 100_000


def test_what_multiplies_itself_is_cut_too() -> None:
    wide: list[Any] = []
    wide.extend([wide] * 100)
    written = json.dumps(Plainer().plain(wide), ensure_ascii=False)
    assert "(cut, " in written
    assert len(written) < 400_000


scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.decimals() | st.datetimes()
    | st.builds(Unwritable) | st.builds(ValueError, st.text())
)  # fmt: skip
keys = st.none() | st.integers() | st.floats() | st.text() | st.tuples(st.integers(), st.text()) | st.binary()


@given(st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(keys, inner) | st.tuples(inner, inner)))
def test_whatever_is_logged_is_strict_json_in_utf_8(value: object) -> None:
    plain = Plainer().plain(value)
    assert json.loads(json.dumps(plain, allow_nan=False, ensure_ascii=False).encode()) == plain
