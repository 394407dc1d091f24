"""docs/glossary.md holds the words that are used, each once."""

from __future__ import annotations

import re

from support.processes import ROOT

TEXT = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
WORDS = [
    word
    for cell in re.findall(r"^\| (?!word |---)([^|]+) \|", TEXT, re.MULTILINE)
    for word in cell.split(", ")
]  # fmt: skip


def used() -> str:
    """Everything the program says or is, in one text of lower-case words."""
    paths = [
        path for root in ("shared", "services") for kind in ("py", "sql") for path in (ROOT / root).rglob(f"*.{kind}")
    ]
    return re.sub(r"[\W_]+", " ", " ".join(path.read_text(encoding="utf-8") for path in paths).lower())


def test_every_word_of_the_page_is_used_in_the_code() -> None:
    code = used()
    plain = {word: re.sub(r"[\W_]+", " ", word.lower()) for word in WORDS}
    assert [word for word in WORDS if not re.search(rf"\b{plain[word]}(s|es)?\b", code)] == []


def test_every_word_stands_there_once() -> None:
    assert len(WORDS) > 40
    assert sorted(WORDS) == sorted(set(WORDS))


def test_a_word_nothing_uses_would_be_seen() -> None:
    assert "martingale" not in used()
