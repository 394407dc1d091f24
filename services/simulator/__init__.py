"""A simulated Kalshi with faults, for the demo and the tests; it shares no code with the stack it is used to test."""
