"""What storage promises, on SQLite and PostgreSQL."""
