"""The inventory: who is served with what, read from spreadsheets, csv and JSON lines into the store.

The way of a row: `files` open a file and find its kind, `headings` give its columns a meaning, `cells`
turn what was typed into values, `staging` collects the good rows of all files, `references` find the
records that a row names, and `storing` writes what is new or different. `kinds` says, in one place, which
kinds and headings there are.
"""
