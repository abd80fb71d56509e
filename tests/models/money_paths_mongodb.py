"""The cells of MongoDB in docs/money-paths.md: see money_paths_table.py."""

MONGODB = {}
