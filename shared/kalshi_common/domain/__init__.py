"""The field's own terms, pure: no I/O, no clock, no third-party package."""
