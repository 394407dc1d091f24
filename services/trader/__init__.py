"""The trader: signals from estimates, sizes under limits, orders on paper or, with every consent, live."""
