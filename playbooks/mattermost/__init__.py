"""Playbooks of Mattermost, in the words of ours: an export read, turned into tasks, and written as a file of ours."""
