"""Who did what: changes by administrators and operators, and where to read about them."""
