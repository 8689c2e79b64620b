"""Parallel tempering: the ladder, its temperatures, one sample of it, and the average over samples."""
