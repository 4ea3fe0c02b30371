"""What should happen when a model fails.

This folder holds an organisation's intentions and nothing else: which statuses an incident passes through,
what is worth knowing about a model, how severe is severe, who is reminded of what and when, and the playbooks
that lead tired people through a failure one step at a time. It is plain Python and YAML. It never talks to
Slack, a database or a network, and it never asks what time it is: whoever calls it says so. That makes every
rule in here something you can read in one sitting and test in a millisecond.

Start with `lifecycle`, `card`, `policy`; then `model` and `load` for playbooks, `progress` for a playbook
that is being followed, and `reviews` for what is owed afterwards. What did happen is in `storage`.
"""
