"""`python -m crisis_tui`."""

import sys

from crisis_tui.cli import main

sys.exit(main())
