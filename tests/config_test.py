"""pawfect doctor --config: what is set, where it comes from, and what is wrong with it."""

import unittest

from program import ProgramTest, run


class DoctorOfTheConfiguration(ProgramTest):
    def config(self, text):
        return self.write("pawfect.toml", text.encode())

    def test_it_tells_what_is_set_and_where(self):
        file = self.config("[http]\nthreads = 7\n")
        outcome = run("doctor", "--config", file, env={"PAWFECT_WORKER_JOBS": "3"})
        self.assert_done(outcome)
        self.assertIn(f"  threads = 7    # {file}:2:11\n", outcome.out)
        self.assertIn("  jobs = 3    # PAWFECT_WORKER_JOBS\n", outcome.out)
        self.assertIn("  most_connections = 2000\n", outcome.out)
        self.assertEqual(outcome.err, "")

    def test_without_a_file_it_looks_at_the_environment(self):
        self.assert_done(run("doctor", "--config", ""))
        self.assert_refused(run("doctor", "--config", "", env={"PAWFECT_HTTP_THREADS": "0"}), 2, "PAWFECT_HTTP_THREADS")

    def test_secrets_are_not_shown(self):
        outcome = run("doctor", "--config", "", env={"PAWFECT_BLOBS_S3_SECRET_KEY": "hush-hush"})
        self.assert_done(outcome)
        self.assertIn("(not shown)", outcome.out)
        self.assertNotIn("hush", outcome.out + outcome.err)

    def test_what_is_unwise_is_a_note(self):
        outcome = run("doctor", "--config", self.config('[http]\nlisten = "0.0.0.0:80"\n'))
        self.assert_done(outcome)
        self.assertRegex(outcome.err, r"^note: .*pawfect.toml:2:10: \[http\] listen: .*\n$")

    def test_a_variable_that_no_key_has_is_a_note(self):
        outcome = run("doctor", "--config", "", env={"PAWFECT_HTTP_LISTN": "x"})
        self.assert_done(outcome)
        self.assertIn("did you mean PAWFECT_HTTP_LISTEN?", outcome.err)

    def test_mistakes_end_with_2_and_one_line(self):
        for text, word in [("[htp]", "did you mean 'http'?"), ("[http]\nlistn = 1", "did you mean 'listen'?"),
                           ("[http]\nthreads = 0", "1 to 256"), ("[http", "no TOML")]:
            self.assert_refused(run("doctor", "--config", self.config(text)), 2, "pawfect.toml:", word)
        self.assert_refused(run("doctor", "--config", self.path("nowhere.toml")), 2, "nowhere.toml", "cannot be read")
        self.assert_refused(run("doctor", "--config"), 2, "--config")
        self.assert_refused(run("doctor", "--config", "", "--variant", "x"), 2, "--variant")

    def test_help_tells_of_it(self):
        self.assertIn("--config FILE", run("doctor", "--help").out)


if __name__ == "__main__":
    unittest.main()
