#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""pipelines/lib/install.sh with stand-ins for dpkg-query, apt-get, id and sudo; options of scripts."""

import os
import stat
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
STAND_INS = {
    # Installed is what the file `installed` names.
    "dpkg-query": 'grep -qx "${@: -1}" "$STATE/installed" && printf installed',
    # Records its words; `install` (not -s) adds the packages to the file.
    "apt-get": '''echo "$*" >>"$STATE/calls"
[[ -e $STATE/broken ]] && exit 100
if [[ $1 == install && $2 != -s ]]; then
  for word in "${@:2}"; do [[ $word == -* ]] || echo "$word" >>"$STATE/installed"; done
elif [[ $2 == -s && ! -e $STATE/lists ]]; then
  exit 100
elif [[ $1 == update ]]; then
  touch "$STATE/lists"
fi
exit 0''',
    "id": 'echo "${USER_ID:-0}"',
    "sudo": 'echo "sudo $*" >>"$STATE/calls"; exec "$@"',
}


class Install(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.state = folder.name
        self.bin = os.path.join(folder.name, "bin")
        os.mkdir(self.bin)
        for name, body in STAND_INS.items():
            path = os.path.join(self.bin, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write("#!/bin/bash\n" + body + "\n")
            os.chmod(path, stat.S_IRWXU)
        self.write("installed", "")
        self.build = self.shell("packages_of build").stdout.split()

    def write(self, name, text):
        with open(os.path.join(self.state, name), "w", encoding="utf-8") as file:
            file.write(text)

    def read(self, name):
        path = os.path.join(self.state, name)
        if not os.path.exists(path):
            return ""
        with open(path, encoding="utf-8") as file:
            return file.read()

    def shell(self, line, answer="", **environment):
        clean = {k: v for k, v in os.environ.items() if k != "CI"}
        return subprocess.run(
            ["bash", "-uo", "pipefail", "-c", f". {ROOT}/pipelines/lib/install.sh; {line}"],
            env={**clean, "STATE": self.state, "PATH": f"{self.bin}:{os.environ['PATH']}",
                 **environment},
            input=answer, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
            check=False)

    def test_reads_the_sections(self):
        self.assertIn("meson", self.build)
        self.assertNotIn("opencv-doc", self.build)
        both = self.shell("packages_of build run").stdout.split()
        self.assertIn("opencv-doc", both)
        self.assertFalse([word for word in both if not word[0].isalnum()])

    def test_does_nothing_when_nothing_is_missing(self):
        self.write("installed", "\n".join(self.build) + "\n")
        done = self.shell("install_missing 0 build")
        self.assertEqual((0, ""), (done.returncode, done.stdout))
        self.assertEqual("", self.read("calls"))

    def test_names_what_is_missing_and_takes_no_for_an_answer(self):
        self.write("installed", "\n".join(n for n in self.build if n != "meson") + "\n")
        for answer in ("n\n", "\n", ""):
            done = self.shell("install_missing 0 build", answer)
            self.assertEqual(1, done.returncode)
            self.assertIn("  meson\n", done.stdout)
            self.assertNotIn("  ninja-build\n", done.stdout)
            self.assertIn("apt-get install meson", done.stdout)
        self.assertEqual("", self.read("calls"))

    def test_installs_after_yes(self):
        done = self.shell("install_missing 0 build", "y\n")
        self.assertEqual(0, done.returncode, done.stdout)
        self.assertEqual(sorted(self.build), sorted(self.read("installed").split()))
        self.assertNotIn("sudo", self.read("calls"))

    def test_asks_nothing_with_yes_or_in_ci(self):
        self.assertEqual(0, self.shell("install_missing 1 build").returncode)
        self.write("installed", "")
        self.assertEqual(0, self.shell("install_missing 0 build", CI="true").returncode)
        self.assertEqual(sorted(self.build), sorted(self.read("installed").split()))

    def test_fetches_lists_only_when_they_are_needed(self):
        self.shell("install_missing 1 build")
        self.assertIn("update", self.read("calls"))
        self.write("installed", "")
        self.write("calls", "")
        self.shell("install_missing 1 build")
        self.assertNotIn("update", self.read("calls"))

    def test_uses_sudo_when_not_root(self):
        done = self.shell("install_missing 1 build", USER_ID="1000")
        self.assertEqual(0, done.returncode, done.stdout)
        self.assertIn("sudo env DEBIAN_FRONTEND=noninteractive apt-get install",
                      self.read("calls"))

    def test_says_what_is_still_missing(self):
        self.write("broken", "")
        done = self.shell("install_missing 1 build")
        self.assertEqual(1, done.returncode)
        self.assertIn("Still missing: ccache", done.stdout)


class Scripts(unittest.TestCase):
    """Options are checked before anything is installed or built."""

    def refused(self, *words, env=None):
        done = subprocess.run([os.path.join(ROOT, words[0]), *words[1:]], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
                              timeout=60, check=False, env=env)
        self.assertEqual(2, done.returncode, done.stdout)
        return done.stdout

    def test_unknown_options_are_named(self):
        for script in ("pipelines/demo", "tests/run", "tests/bare-debian"):
            self.assertIn("'--nonsense'", self.refused(script, "--nonsense"))

    def test_demo_checks_values(self):
        self.assertIn("--frames is a number, not 'x'",
                      self.refused("pipelines/demo", "--frames", "x"))
        self.assertIn("--input needs a value", self.refused("pipelines/demo", "--input"))
        self.assertIn("--model needs a value", self.refused("pipelines/demo", "--model="))
        for option in ("--input", "--model", "--classify"):
            self.assertIn(f"{option}: no file '/nowhere/x'",
                          self.refused("pipelines/demo", option, "/nowhere/x"))
            self.assertIn("is a folder", self.refused("pipelines/demo", option, "/"))

    def test_demo_needs_a_display_to_show(self):
        env = {name: value for name, value in os.environ.items()
               if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
        self.assertIn("there is no display",
                      self.refused("pipelines/demo", "--display", env=env))

    def test_play_names_what_there_is(self):
        self.assertIn("no file 'none.gst'; ready ones are detect-in-objects.gst",
                      self.refused("pipelines/play", "none.gst"))

    def test_run_checks_values(self):
        self.assertIn("no suite 'all'; have: core", self.refused("tests/run", "--suite", "all"))
        self.assertIn("--suite needs a name", self.refused("tests/run", "--suite"))
        self.assertIn("not 'memory'", self.refused("tests/run", "--sanitize", "memory"))


if __name__ == "__main__":
    unittest.main()
