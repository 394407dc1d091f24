"""What every worker of the stack shares: domain, exchange border, storage border, cycle, command."""

__version__ = "0.1.0"
