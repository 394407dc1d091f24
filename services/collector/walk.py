"""How far one cursor walk got, and whether it may go on. Pure; the proof of completeness starts here."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from kalshi_common.storage.ledger import WalkRecord

if TYPE_CHECKING:
    from collector.plan import Walk

_MAX_EMPTY_PAGES = 50


@dataclass
class WalkProgress:
    """One walk's state; it survives a pause, so that a later round goes on from its cursor."""

    walk: Walk
    cursor: str = ""
    ended: str = "running"
    pages: int = 0
    rows_seen: int = 0
    rows_inserted: int = 0
    bytes_received: int = 0
    first_observed_at: str | None = None
    last_observed_at: str | None = None
    reason: str | None = None
    may_go_on: bool = True
    _cursors: set[str] = field(default_factory=set)
    _empty_pages: int = 0

    def ahead(self) -> WalkProgress:
        """Give a copy to move on with: a walk may claim a page only once it is on disk (`adopt`)."""
        return replace(self, _cursors=set(self._cursors))

    def adopt(self, ahead: WalkProgress) -> None:
        """Become the copy, whose page is now on disk."""
        self.__dict__.update(ahead.__dict__)

    def stop_if_running(self, reason: str) -> None:
        """Note that the cycle ended while the walk was under way."""
        if self.ended == "running":
            self.fail(reason, ended="stopped")

    def advance(self, *, rows: int, cursor: str) -> str | None:
        """Take a page's cursor: the walk ends on an empty one, and goes on from any other.

        Returns the fault, in a sentence, when the exchange repeats a cursor or sends one empty page after another.
        """
        if not cursor:
            self.ended, self.reason = "empty_cursor", None
            return None
        self._empty_pages = 0 if rows else self._empty_pages + 1
        if cursor in self._cursors or self._empty_pages > _MAX_EMPTY_PAGES:
            fault = "repeated a cursor" if cursor in self._cursors else f"sent {self._empty_pages} empty pages in a row"
            self.fail(
                f"walk {self.walk.name}: the exchange {fault} after {self.pages + 1} pages; what came is kept, "
                "the hour is partial; if it happens every hour, report it"
            )
            return self.reason
        self._cursors.add(cursor)
        self.cursor = cursor
        return None

    def fail(self, reason: str, *, ended: str = "failed", may_go_on: bool = False) -> None:
        """End the walk here, with the reason; `may_go_on` lets a later round resume it from its cursor."""
        self.ended, self.reason, self.may_go_on = ended, reason, may_go_on

    def resume(self) -> None:
        """Go on from the cursor where the walk stands."""
        self.ended, self.reason, self.may_go_on = "running", None, False

    def count(self, *, rows: int, inserted: int, size_bytes: int, observed_at: str) -> None:
        """Count a page that is on disk."""
        self.pages += 1
        self.rows_seen += rows
        self.rows_inserted += inserted
        self.bytes_received += size_bytes
        self.first_observed_at = self.first_observed_at or observed_at
        self.last_observed_at = observed_at

    def record(self) -> WalkRecord:
        """Give the walk's ledger row."""
        return WalkRecord(
            self.walk.name,
            self.ended,
            self.pages,
            self.rows_seen,
            self.rows_inserted,
            self.bytes_received,
            self.first_observed_at,
            self.last_observed_at,
            self.reason,
        )
