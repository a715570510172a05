"""How fast tables decide, beside the libraries that one would otherwise use. Run `python -m benchmarks`."""
