"""Rules and decision tables for proactive customer service, decided by spreadsheets."""

__version__ = "0.1.0"
