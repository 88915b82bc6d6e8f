"""The report that administrators get by email."""
