"""How a table finds the rules that match, without asking each of them."""
