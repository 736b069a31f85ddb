"""Models by name: those that are known, those that are installed, and the way between.

Knows the hub and files; loads no model to answer with.
"""
