"""What the benchmark's numbers rest on: measuring a process, the statistics, the table, and that absence is told."""

import os
import sys
import unittest

from program import ROOT

sys.path.insert(0, os.path.join(ROOT, "bench"))
import fill_measure  # noqa: E402
import fill_peers  # noqa: E402
import fill_statistics  # noqa: E402
import fill_table  # noqa: E402


class Measuring(unittest.TestCase):
    def test_counts_cpu_time_memory_and_output_of_the_process(self):
        work = "data = bytearray(64 << 20)\nfor k in range(2000000): pass\nprint('done')"
        done = fill_measure.measure([sys.executable, "-c", work])
        self.assertEqual((done.status, done.output), (0, "done\n"))
        self.assertGreater(done.cpu, 0)
        self.assertGreater(done.peak_mib, 64)

    def test_ends_what_runs_over_its_limit_with_its_children(self):
        done = fill_measure.measure(["sh", "-c", "sleep 60 & sleep 60"], limit=0.2)
        self.assertEqual(done.status, fill_measure.TIMED_OUT)

    def test_a_program_that_is_not_there_is_status_127(self):
        self.assertEqual(fill_measure.measure(["/no/such/program"]).status, 127)


class Statistics(unittest.TestCase):
    def test_geometric_mean(self):
        self.assertAlmostEqual(fill_statistics.geometric_mean([1, 100]), 10)

    def test_the_interval_of_one_value_is_that_value_and_of_many_lies_around_their_mean(self):
        self.assertEqual(fill_statistics.bootstrap_interval([0.5] * 9, seed=1), (0.5, 0.5))
        values = [-1.0, 1.0] * 50  # the mean's standard error is 0.1
        low, high = fill_statistics.bootstrap_interval(values, seed=1)
        self.assertAlmostEqual(low, -0.196, delta=0.03)
        self.assertAlmostEqual(high, 0.196, delta=0.03)

    def test_the_same_seed_gives_the_same_interval(self):
        values = [0.1, 0.4, -0.3, 0.2]
        self.assertEqual(fill_statistics.bootstrap_interval(values, 7), fill_statistics.bootstrap_interval(values, 7))


class Peers(unittest.TestCase):
    def test_a_peer_that_cannot_run_says_why(self):
        peer = fill_peers.Peer("none", False, ["false"], [sys.executable, "-c", "raise ImportError('no library')"])
        self.assertEqual(peer.absence(), ("", "ImportError: no library"))
        self.assertEqual(fill_peers.Peer("none", False, [], ["/no/such"]).absence(), ("", "there is no /no/such"))


def run(cpu, q, outside=0):
    judged = {"outside": outside, "psnr": 20.0, "detail": 1.0, "seam": 1.0, "seam_truth": 1.0,
              "scorer": {"Q": q, "QN": q}}
    return {"status": 0, "wall": cpu, "cpu": cpu, "peak_mib": 10.0, "message": "", "judged": judged}


class Table(unittest.TestCase):
    def results(self):
        cases = [{"case": f"c{k}", "has_truth": True, "hole_pixels": 5} for k in range(4)]
        runs = {f"c{k}": {fill_peers.OURS: run(1.0, 0.1), fill_peers.RIVAL: run(8.0, 0.2 + 0.1 * k, 3)}
                for k in range(4)}
        runs["c3"][fill_peers.RIVAL] = {"status": 124, "wall": 1, "cpu": 1, "peak_mib": 1, "message": "late"}
        there = {"version": "1", "absent": "", "most_pixels": 0}
        peers = {fill_peers.OURS: there, fill_peers.RIVAL: there, "slow": {**there, "most_pixels": 4},
                 "G'MIC": {**there, "absent": "gmic is not installed"}}
        return {"when": "today", "machine": "m", "source": "s", "command": "c", "seed": 1, "threads": 1,
                "scorer": "f.py", "tuned_on": ["c0"], "cases": cases, "runs": runs, "peers": peers,
                "thread_rows": [{"case": "c0", "whole": [2.0, 1.0], "engine": [4.0, 1.0], "same_bytes": True}],
                "large_rows": []}

    def test_compares_only_cases_that_both_filled(self):
        text = fill_table.markdown(self.results(), "")
        self.assertIn("| Q | all | 3 | 0.100 | 0.300 | -0.200 |", text)
        self.assertIn("| Q | the others | 2 |", text)
        self.assertIn("| 8.0 × | 3 |", text)

    def test_names_what_is_absent_and_what_failed(self):
        text = fill_table.markdown(self.results(), "")
        self.assertIn("Absent: G'MIC (gmic is not installed).", text)
        self.assertIn("slow was given 0 of 4 cases, those of at most 4 pixels", text)
        self.assertIn(f"Failed: {fill_peers.RIVAL} on c3, status 124 (late).", text)

    def test_says_how_much_quicker_two_threads_are(self):
        text = fill_table.markdown(self.results(), "")
        self.assertIn("| 4.00 × | 4.00 × | 4.00 × |", text)
        self.assertIn("The same file for both in 1 of 1 cases.", text)


if __name__ == "__main__":
    unittest.main()
