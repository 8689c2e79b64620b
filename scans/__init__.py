"""Grids of state points, computed by any number of processes, and the ``statmech`` command.

A scan file (`scans.scanfile`) names a model, axes and settings. Its units (`scans.units`) are dealt to the
ranks (`scans.deal`), every result goes to a journal (`scans.journal`), and the journal becomes one labelled
file (`scans.results`). Importing this package starts no MPI.
"""
