"""How the functions' collaborators are built: each once per cold start, from the function's environment.

There is one module for each family of functions that load the same things. All imports are at the top, so that the
budgets of `tests/unit/handlers/test_cold_start.py` see what a function loads.
"""
