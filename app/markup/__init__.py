"""Pieces of HTML that the page and a memo share: pure, all text escaped."""
