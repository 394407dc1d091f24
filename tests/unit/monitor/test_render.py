"""The templates: what the database holds is text on the page, never markup; a missing name is seen."""

from __future__ import annotations

import json

import pytest
from jinja2 import UndefinedError

from monitor.render import environment, figure_json

HOSTILE = ["</script><script>alert(1)</script>", "<!--<script>", "a & b \"quoted\" 'too'", "\u2028\u2029", "🦊 ünïcode"]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_figure_holds_any_text_and_gives_it_back_without_ending_its_element(text: str) -> None:
    written = figure_json({"data": [{"name": text}]})
    assert not set("<>&\u2028\u2029") & set(written)
    assert json.loads(written) == {"data": [{"name": text}]}


def test_a_figure_with_a_number_that_json_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        figure_json({"data": [float("nan")]})


@pytest.mark.parametrize("text", HOSTILE[:3])
def test_every_text_in_a_page_is_escaped(text: str) -> None:
    page = environment().from_string("<p>{{ text }}</p><a title='{{ text }}'>").render(text=text)
    assert text not in page
    assert "<script" not in page


def test_a_name_that_is_not_given_is_an_error_and_not_an_empty_place() -> None:
    with pytest.raises(UndefinedError):
        environment().from_string("{{ nothing }}").render()
