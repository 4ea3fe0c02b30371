"""Playbooks as CACAO v2.0 (OASIS), so that other tools for response can read, draw and run them."""
