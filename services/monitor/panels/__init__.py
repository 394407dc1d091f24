"""What each page shows: a panel reads its tables and shapes them for its template. None of them knows HTTP."""
