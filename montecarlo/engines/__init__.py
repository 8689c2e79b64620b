"""Engines: what is cached beside the spins, and the kernels that flip them, each in one file with what it inlines."""
