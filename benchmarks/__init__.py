"""Repeatable measurements of the product beside the plain way: `make bench`, explained in docs/benchmarks.md."""
