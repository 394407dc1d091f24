"""What the official SDK's models made of an answer, beside what was sent. It asks nobody."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kalshi_python_async import ApiResponse


def lost(answer: ApiResponse[Any]) -> set[str]:
    """Name the members of an answer that the SDK did not read, or read as something else; list places are left out."""
    return set(_lost(json.loads(answer.raw_data), answer.data.model_dump(mode="json", by_alias=True), ""))


def _lost(sent: Any, read: Any, where: str) -> list[str]:
    if isinstance(sent, dict) and isinstance(read, dict):
        found = [f"{where}.{name}" for name, value in read.items() if name not in sent and value is not None]
        for name, value in sent.items():
            place = f"{where}.{name}"
            found += _lost(value, read[name], place) if name in read else [place]
        return found
    if isinstance(sent, list) and isinstance(read, list) and len(sent) == len(read):
        return [place for one, other in zip(sent, read, strict=True) for place in _lost(one, other, where)]
    return [] if sent == read and isinstance(sent, bool) is isinstance(read, bool) else [where]
