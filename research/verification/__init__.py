"""Holding answers against typed facts: does what is asked for stand there, and nothing else?"""
