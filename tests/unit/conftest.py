"""What holds for every unit test: none passes or fails by the time it took, so hypothesis sets no deadline either."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("untimed", settings(), deadline=None)
settings.load_profile("untimed")
