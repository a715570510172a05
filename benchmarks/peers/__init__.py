"""The libraries beside which this one is measured, each asked in the fastest way that it offers."""
