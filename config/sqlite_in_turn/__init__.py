"""The database backend of embedded runs: Django's for SQLite, whose writers take turns (base.py)."""
