"""How each effect is done in Slack, and why a repeat of it is harmless."""
