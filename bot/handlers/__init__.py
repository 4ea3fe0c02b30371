"""One module per Slack surface. They decide nothing: each finds who answers, lends a desk, and acknowledges last."""
