"""Scores a brain: plays what it proposes in a model of the home, and compares the ending."""
