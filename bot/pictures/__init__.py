"""Pictures as files that Slack shows: what `playbooks.drawing` laid out, in pixels."""
