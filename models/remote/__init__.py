"""The same seam to a model that an OpenAI-compatible server has.

Knows HTTP and what servers differ in; no file, no prompt of ours.
"""
