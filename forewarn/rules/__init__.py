"""Event rules: patterns over several events and time, from spreadsheets, matched by durable-rules."""
