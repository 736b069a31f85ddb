"""Lets `python -m app` stand for `acedesk`."""

import sys

from app.cli import main

sys.exit(main())
