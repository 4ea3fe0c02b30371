"""Alembic migrations, applied by storage.upkeep."""
