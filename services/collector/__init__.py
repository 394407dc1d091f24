"""The collector: one complete hourly snapshot of the chosen Kalshi markets, and the proof that it was complete."""
