"""Examples over a set's table: typed cells, questions of them, plans, programs and claims."""
