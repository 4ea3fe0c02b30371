"""A small Slack on loopback: a workspace in memory, behind the same Web API, events and sockets as the real one."""
