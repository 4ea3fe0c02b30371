"""How a playbook looks: its steps in reading order, as a tree of words and as a picture with the path taken marked."""
