"""The command line and the desk: the only room that talks to a person."""

__version__ = "0.1.0"
