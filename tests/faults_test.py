"""The service under faults, on SQLite (tests/faults.py)."""

import unittest

from faults import Apart, InOne  # noqa: F401

if __name__ == "__main__":
    unittest.main()
