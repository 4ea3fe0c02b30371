"""Tests of the smaller commands."""
