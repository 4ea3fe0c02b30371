"""Everything that talks: Slack, the registries, alerts and the clock."""
