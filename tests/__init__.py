"""The project's tests: real databases, a real Slack in miniature over HTTP, no mock of our own code."""
