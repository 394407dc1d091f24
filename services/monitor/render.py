"""The templates: loaded once, everything from the database escaped, a missing name an error. It reads no data."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from monitor import words

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping


@functools.cache
def environment() -> Environment:
    """Make the environment of all pages, once for the process."""
    made = Environment(
        loader=PackageLoader("monitor"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= dict(words.FILTERS)
    made.filters["figure_json"] = figure_json
    return made


def figure_json(figure: Mapping[str, Any]) -> Markup:
    """Write a figure as JSON that may stand inside a `<script type="application/json">`.

    No `<`, `>` or `&` is left, so no text of a figure can end the element; HTML escapes would not be undone there.
    """
    text = json.dumps(figure, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704  # made safe in the line above


def page(pages: Environment, template: str, *, now: dt.datetime, **content: Any) -> str:
    """Render one page; `now` is the instant that all ages on it count from."""
    return pages.get_template(template).render(
        now=now, age=lambda text: words.age(text, now), shown_at=f"{now:%Y-%m-%d %H:%M:%S}", **content
    )
