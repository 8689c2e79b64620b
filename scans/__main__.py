"""``python -m scans`` is the ``statmech`` command."""

import sys

from scans.command import main

if __name__ == "__main__":
    sys.exit(main())
