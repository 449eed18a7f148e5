"""``python -m playground`` does what the command ``playground`` does."""

import sys

from playground.cli import main

sys.exit(main())
