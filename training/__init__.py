"""Teaching a model AceSearcher's two roles: data, supervised tuning, export and the gate.

May import every other room; imported by none, but lazily by the command line. Needs the extra
`train`.
"""
