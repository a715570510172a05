"""Servers that tests, and people who try things out, run on this machine (README.md beside this file)."""
