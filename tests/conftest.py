"""One thread for each of the two processes of a test run: their matrices are small, and two cores hold no more."""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")  # read when numpy is imported, and handed on to the processes of a run
