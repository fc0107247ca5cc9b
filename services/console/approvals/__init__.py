"""Products that wait for a supervisor's approval (clause C.1)."""
