"""The commands that a service adds to the tree where its code is present: its `cli` module's `register`."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer

_SERVICES = ("collector", "analyzer", "trader", "monitor")


def register_all(app: typer.Typer) -> None:
    """Let each service that lies in this image add its commands; their imports are lazy, so help stays fast."""
    for service in _SERVICES:
        if find_spec(service) is not None and find_spec(f"{service}.cli") is not None:
            import_module(f"{service}.cli").register(app)
