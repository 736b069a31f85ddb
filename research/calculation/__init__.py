"""Computing over earlier answers: what a step asks, the program for it, and how that is checked."""
