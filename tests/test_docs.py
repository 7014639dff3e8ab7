#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The READMEs: their links lead somewhere, their commands exist and run.

Pipelines are run for a few frames, without a window; programs of the tree must know the options
they are given; what would install, build or download is only looked up.
"""

import functools
import os
import re
import shlex
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CLIP = "/usr/share/doc/opencv-doc/examples/data/vtest.avi"
# What a reader runs once, and what would call this test again.
NOT_RUN = ("apt-get", "export", "git", "meson", "ninja")


def documents():
    names = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, stdout=subprocess.PIPE, text=True,
                           check=False).stdout.split()
    return names or ["README.md", "pipelines/README.md", "tests/README.md"]


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        return file.read()


def commands(text):
    """The commands of the text's `sh` blocks, continued lines joined."""
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.S | re.M):
        for line in block.replace("\\\n", " ").split("\n"):
            line = line.split(" #")[0].strip()
            if line and not line.startswith("#"):
                yield line


@functools.lru_cache(None)
def help_of(program):
    done = subprocess.run([os.path.join(ROOT, program), "--help"], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, timeout=60,
                          check=False)
    return done.stdout


class Docs(unittest.TestCase):
    def test_links_lead_somewhere(self):
        for name in documents():
            for target in re.findall(r"\]\(([^)#]+)", read(name)):
                if "://" not in target:
                    with self.subTest(document=name, link=target):
                        path = os.path.join(ROOT, os.path.dirname(name), target)
                        self.assertTrue(os.path.exists(path), path)

    def test_commands_work(self):
        for name in documents():
            for command in commands(read(name)):
                with self.subTest(document=name, command=command):
                    self.check(command)

    def check(self, command):
        words = shlex.split(command)
        while words and re.match(r"^[A-Z_]+=", words[0]):
            words.pop(0)
        if words[0] in NOT_RUN:
            inner = re.search(r"gst-inspect-1.0 .*", command)
            if inner:
                self.run_in_tree(inner[0])
        elif words[0] in ("gst-launch-1.0", "gst-inspect-1.0", "pkg-config"):
            if words[0] != "pkg-config":
                self.run_in_tree(command)
        else:
            self.assertTrue(os.access(os.path.join(ROOT, words[0]), os.X_OK),
                            f"{words[0]}: no such program in the tree, and no rule in this test")
            for word in words[1:]:
                if word.startswith("--"):
                    self.assertIn(word.split("=")[0], help_of(words[0]))
                elif word.startswith(("pipelines/", "tests/")):
                    self.assertTrue(os.path.exists(os.path.join(ROOT, word)), word)
            if words[0] == "pipelines/get-model":
                known = subprocess.run([os.path.join(ROOT, words[0]), "--list"], text=True,
                                       stdout=subprocess.PIPE, check=True).stdout.split()
                for word in words[1:]:
                    self.assertTrue(word.startswith("--") or word in known, word)

    def run_in_tree(self, command):
        """Runs it in a copy of the root, for a few frames, without a window."""
        if CLIP in command and not os.path.exists(CLIP):
            self.skipTest(f"{CLIP} is not on this system")
        command = command.replace("autovideosink", "fakesink")
        command = re.sub(r"! +(\w+infer) ", r"! identity eos-after=20 ! \1 ", command, count=1)
        with tempfile.TemporaryDirectory() as folder:
            os.symlink(os.path.join(ROOT, "pipelines"), os.path.join(folder, "pipelines"))
            done = subprocess.run(shlex.split(command), cwd=folder, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120,
                                  text=True, errors="replace", check=False)
        self.assertEqual(0, done.returncode, done.stdout[-4000:])
        self.assertNotIn("ERROR", done.stdout)


if __name__ == "__main__":
    unittest.main()
