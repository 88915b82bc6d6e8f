"""How the functions' collaborators are made: each once for a cold start, from the function's environment.

A module for each family of functions that load the same. All imports stand at the top, so that the budgets of
`tests/unit/handlers/test_cold_start.py` see what a function loads.
"""
