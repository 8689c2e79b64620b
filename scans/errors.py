"""What the command says to its user when it cannot go on."""


class ScanError(Exception):
    """A mistake that the user can mend: one line that names the file, the key and the remedy.

    The command prints it without a traceback and exits with code 2.
    """
