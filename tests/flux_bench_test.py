"""./run bench flux on a tiny model, without the peer; and what it reads from the peer's log."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

from program import PROGRAM, ROOT

sys.path.insert(0, os.path.join(ROOT, "bench"))
import flux_bench  # noqa: E402
import flux_measure  # noqa: E402
import flux_peer  # noqa: E402
import flux_table  # noqa: E402

TIMES = os.path.join(os.path.dirname(PROGRAM), "flux_times")


@unittest.skipUnless(os.path.exists(TIMES), "this build has no benchmarks")
class Benchmark(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="pawfect-test.")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        program = os.path.join(ROOT, "bench", "flux_bench.py")
        cls.done = subprocess.run([sys.executable, "-B", program, "--tiny", "--sizes", "32,64,4096", "--steps", "2",
                                   "--text", "64", "--threads", "2", "--minutes", "8", "--times", TIMES, "--out",
                                   cls.folder], capture_output=True, text=True, check=False)

    def test_measures_a_tiny_model_at_two_sizes(self):
        self.assertEqual(self.done.returncode, 0, self.done.stderr)
        with open(os.path.join(self.folder, "results.json"), encoding="utf-8") as file:
            small, large = json.load(file)["runs"]
        self.assertEqual((small["size"], large["size"]), (32, 64))
        self.assertGreater(large["ours"]["step"]["graph_bytes"], small["ours"]["step"]["graph_bytes"])
        self.assertGreater(small["ours"]["step"]["graph_bytes"], small["ours_short"]["step"]["graph_bytes"])
        self.assertGreater(large["ours"]["decode"]["wall"], 0)
        self.assertGreater(large["ours"]["peak_mib"], 300)  # the autoencoder is of the real size
        self.assertIn("text", small["ours"])
        self.assertIn("| 64² | step, 64 rows of text (sd-cli: 256) |", self.done.stdout)
        self.assertIn("sd-cli was not measured.", self.done.stdout)

    def test_sizes_that_do_not_fit_into_the_time_are_left_out(self):
        self.assertIn("4096² was left out for want of time (--minutes 8).", self.done.stdout)

    def test_a_job_and_its_stages(self):
        done = subprocess.run([TIMES, "--models", os.path.join(self.folder, "tiny"), "--job", "32", "--job-steps", "2"],
                              capture_output=True, text=True, check=True)
        job = [json.loads(line) for line in done.stdout.splitlines() if '"job"' in line][0]
        self.assertEqual(set(job["stages"]), {"encode", "steps", "decode"})
        self.assertAlmostEqual(sum(job["stages"].values()), job["wall"], delta=0.05 * job["wall"])

    def test_what_is_wrong_is_said_in_one_line(self):
        cases = ((["--models", os.path.join(self.folder, "none")], 5, "none"),
                 (["--models", self.folder, "--sizes", "100"], 2, "multiple of 16"), ([], 2, "--models"))
        for arguments, status, words in cases:
            done = subprocess.run([TIMES, *arguments], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, status, done.stderr)
            self.assertIn(words, done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 1)


class Watching(unittest.TestCase):
    def test_notes_wall_and_cpu_time_at_each_line_and_end_of_a_bar(self):
        work = ("import time\nprint('start', flush=True)\ntime.sleep(0.3)\nprint('slept', end='\\r', flush=True)\n"
                "while time.process_time() < 0.5: pass\nprint('worked', flush=True)")
        done = flux_measure.watch([sys.executable, "-c", work], 60)
        start, slept, worked = [line for line in done.lines if line.text]
        self.assertEqual((done.status, slept.text), (0, "slept"))
        self.assertGreaterEqual(slept.wall - start.wall, 0.25)
        self.assertLess(slept.cpu - start.cpu, 0.2)
        self.assertGreaterEqual(worked.cpu, 0.4)

    def test_ends_what_runs_over_its_limit(self):
        done = flux_measure.watch(["sh", "-c", "echo begun; sleep 60 & sleep 60"], 0.3)
        self.assertEqual((done.status, done.last()), (124, "begun"))
        self.assertLess(done.wall, 30)

    def test_a_program_that_is_not_there_is_status_127(self):
        self.assertEqual(flux_measure.watch(["/no/such/program"], 1).status, 127)


class Peer(unittest.TestCase):
    # As sd-cli 0.4.7 printed it, with the wall and CPU seconds at each line.
    LOG = [(5, 4, "  |=====> | 1439/1439 - 534.84MB/s"),
           (6, 5, "[INFO ] model.cpp:993  - loading tensors completed, taking 22.18s"),
           (18, 28, "[INFO ] stable-diffusion.cpp:3106 - encode_first_stage completed, taking 11.76s"),
           (60, 100, "[INFO ] stable-diffusion.cpp:3168 - get_learned_condition completed, taking 46.47s"),
           (61, 101, "[INFO ] stable-diffusion.cpp:3401 - generating image: 1/1 - seed 1"),
           (161, 301, "  |===>    | 1/3 - 100.00s/it"), (251, 461, "  |=====>  | 2/3 - 95.00s/it"),
           (361, 671, "  |========| 3/3 - 100.00s/it"), (361, 671, "  |========| 3/3 - 100.00s/it"),
           (362, 672, "[INFO ] stable-diffusion.cpp:3432 - sampling completed, taking 300.00s"),
           (382, 702, "[INFO ] stable-diffusion.cpp:3212 - decode_first_stage completed, taking 20.18s")]

    def parts(self, count):
        return flux_peer.parts_of([flux_measure.Line(text, wall, cpu) for wall, cpu, text in self.LOG[:count]])

    def test_tells_its_parts_apart(self):
        parts = self.parts(len(self.LOG))
        self.assertEqual(parts["load"], {"wall": 6, "cpu": 5})
        self.assertEqual(parts["encode"], {"wall": 12, "cpu": 23})
        self.assertEqual(parts["text"], {"wall": 42, "cpu": 72})
        self.assertEqual(parts["step"], {"wall": 100, "cpu": 185, "timed": 2})
        self.assertEqual(parts["decode"], {"wall": 20, "cpu": 30})

    def test_of_a_run_that_was_stopped_only_what_was_done(self):
        parts = self.parts(6)
        self.assertEqual(parts["step"], {"wall": 100, "cpu": 200, "timed": 1})
        self.assertNotIn("decode", parts)
        self.assertEqual(self.parts(1), {})


class Table(unittest.TestCase):
    def runs(self, size):
        part = {"wall": 10.0, "cpu": 20.0}
        peer = {"wall": 30.0, "cpu": 50.0}
        return {"size": size, "ours": {"encode": part, "decode": part}, "ours_short": {"step": part},
                "peer": {"encode": peer, "decode": peer, "step": peer}}

    def test_a_job_is_twenty_steps_and_the_autoencoder(self):
        self.assertEqual(flux_table.job_seconds([self.runs(512)], "ours_short", 512, 128, "wall"), (220.0, True))

    def test_a_job_beyond_the_measured_sizes_is_reckoned_and_said_to_be(self):
        seconds, measured = flux_table.job_seconds([self.runs(512)], "peer", 1024, 256, "wall")
        self.assertFalse(measured)
        self.assertAlmostEqual(seconds, 20 * 30 * (4096 + 256) / (1024 + 256) + 2 * 4 * 30)

    def test_without_a_measured_size_there_is_no_job(self):
        self.assertIsNone(flux_table.job_seconds([self.runs(1024)], "ours_short", 512, 128, "wall"))


if __name__ == "__main__":
    unittest.main()
