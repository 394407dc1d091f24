"""What a model is told: a versioned text with a market's data put in, and the form its answer must have."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

import msgspec

BLIND: Final = "blind_v1"
"""The prompt in use. A changed text is a new version with a new file: estimates of two texts are never one score."""
_FOLDER = Path(__file__).parent / "prompts"
_USER = "\n=== user ===\n"
_PLACE = "{market}"
_LONGEST_REASON = 2000

ANSWER_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "probability": {"type": "number", "description": "The probability of yes, from 0 to 1."},
        "reason": {"type": "string", "description": "At most two sentences."},
    },
    "required": ["probability", "reason"],
    "additionalProperties": False,
}
"""Plain enough for every provider; the bounds are checked by `probability_in`, whoever enforces the schema."""


class Prompt(NamedTuple):
    """One version of the instructions. `digest` is the SHA-256 of its file."""

    version: str
    digest: str
    system: str
    user: str

    def about(self, market_json: str) -> str:
        """Give the user message about one market; its JSON holds no `<`, so that it cannot close the delimiter."""
        return self.user.replace(_PLACE, market_json)


class _Answer(msgspec.Struct, forbid_unknown_fields=True):
    probability: Annotated[float, msgspec.Meta(ge=0, le=1)]
    reason: Annotated[str, msgspec.Meta(max_length=_LONGEST_REASON)]


@functools.cache
def prompt(version: str = BLIND) -> Prompt:
    """Read a version's file."""
    raw = (_FOLDER / f"{version}.txt").read_bytes()
    system, _, user = raw.decode().rstrip("\n").partition(_USER)
    return Prompt(version, hashlib.sha256(raw).hexdigest(), system, user)


def probability_in(text: str) -> float:
    """Read a model's answer, strictly: the one object with its two keys, and nothing around it.

    Raises:
        ValueError: anything else.
    """
    return _DECODER.decode(text).probability


_DECODER = msgspec.json.Decoder(_Answer)
