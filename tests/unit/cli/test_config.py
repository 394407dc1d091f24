from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from kalshi_common.cli.config import config_app
from kalshi_common.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result
