"""The calibration report as one HTML file that needs no network: style, script and figures are all in it."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from analyzer import report_words as words
from analyzer.report_figures import cost_figure, over_time_figure, reliability_figure
from analyzer.report_text import NOTHING
from kalshi_common.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analyzer.report_figures import Figure


def write_page(report: Mapping[str, Any], path: Path) -> None:
    """Write the page to a file, over one that is there.

    Raises:
        ConfigError: the file cannot be written.
    """
    try:
        path.write_text(as_page(report), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"--html: cannot write {path}: {error.strerror}; name a file in a writable folder") from error


def as_page(report: Mapping[str, Any]) -> str:
    """Render the page."""
    environment = Environment(
        loader=PackageLoader("analyzer"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "words": words,
        "reliability_figure": reliability_figure,
        "over_time_figure": over_time_figure,
        "cost_figure": cost_figure,
        "nothing": NOTHING,
    }
    environment.filters["figure_json"] = _figure_json
    return environment.get_template("calibration.html").render(report=report, plotly=_plotly_script())


def _figure_json(figure: Figure) -> Markup:
    """Write a figure so that no text in it can end the script element it stands in."""
    text = json.dumps(figure, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704  # made safe in the lines above


def _plotly_script() -> Markup:
    # The file alone: importing the package takes a second and 60 MB for nothing.
    spec = importlib.util.find_spec("plotly")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("plotly is not installed; build the analyzer's image from its lock")
    script = Path(spec.origin).parent / "package_data" / "plotly.min.js"
    return Markup(script.read_text(encoding="utf-8"))  # noqa: S704  # the library's own file, from its wheel
