"""`python -m simulator`: the same as `kalshi-simulator`, nothing more."""

from __future__ import annotations

from simulator.cli import main

if __name__ == "__main__":
    main()
