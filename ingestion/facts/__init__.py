"""Typed numbers from tables and sentences, and the sums that check them."""
