"""Decision tables from spreadsheets: read them, check them, decide with them. Usable without the rest of Forewarn."""
