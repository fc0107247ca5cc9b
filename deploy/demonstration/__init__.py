"""A made-up department and one day in it, in which every rule shows each of its verdicts."""
