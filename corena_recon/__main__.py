"""``python -m corena_recon`` is ``corena-recon``."""

import sys

from corena_recon.cli import main

if __name__ == "__main__":
    sys.exit(main())
