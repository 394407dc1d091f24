"""A migrated database for each test that asks for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.data_dir import migrated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kalshi_common.storage.database import Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with migrated(tmp_path) as opened:
        yield opened
