"""What did happen, and what we still owe: incidents, runs, reviews and the outbox, in SQL. Knows no Slack."""
