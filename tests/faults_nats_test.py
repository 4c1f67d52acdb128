"""The service under faults, on NATS (tests/faults.py)."""

import unittest

from faults import ApartOnNats  # noqa: F401

if __name__ == "__main__":
    unittest.main()
