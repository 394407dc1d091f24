"""The files a page loads: our own style and script, and Plotly's from its wheel. Nothing comes from another site."""

from __future__ import annotations

import functools
import gzip
import hashlib
import importlib.util
import re
from pathlib import Path

_OWN = Path(__file__).parent / "static"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_GUARD = re.compile(rb'getElementById\("([0-9a-f]{64})"\)')


class Asset:
    """A file to send. Its address carries a part of its hash, so a browser may keep it for ever."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name, self.content_type = name, _TYPES[Path(name).suffix]
        self.version = hashlib.sha256(content).hexdigest()[:12]
        self._content = content

    @functools.cached_property
    def zipped(self) -> bytes:
        """The content as gzip; made at the first request, for Plotly in a quarter of a second."""
        # mtime=0: the same bytes at every start.
        return gzip.compress(self._content, compresslevel=6, mtime=0)

    @property
    def path(self) -> str:
        """The address on this server."""
        return f"/static/{self.version}/{self.name}"


@functools.cache
def assets() -> Assets:
    """Load every file, once for the process."""
    return Assets()


class Assets:
    """Every file, by name. `style_guards` are the ids of style elements that Plotly would otherwise insert."""

    def __init__(self) -> None:
        plotly = _plotly().read_bytes()
        own = [Asset(path.name, path.read_bytes()) for path in sorted(_OWN.iterdir()) if path.suffix in _TYPES]
        self.by_name = {asset.name: asset for asset in [*own, Asset("plotly.min.js", plotly)]}
        # A library bundled in Plotly adds its <style> at load unless an element of this id is there. Our policy forbids
        # inline styles, so the page brings such an element; the id is a hash and changes with the version.
        self.style_guards = [found.decode() for found in sorted(set(_GUARD.findall(plotly)))]

    def path(self, name: str) -> str:
        """Give the address of a file."""
        return self.by_name[name].path


def _plotly() -> Path:
    # The file alone: importing the package would cost 60 MB for nothing.
    spec = importlib.util.find_spec("plotly")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("plotly is not installed; build the monitor's image from its lock")
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"
