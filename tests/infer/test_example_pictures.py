#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The example program of infer/examples over pictures of one colour: EXAMPLE MEAN_RGB_MODEL."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM, MODEL = sys.argv[1:3]


def run(*arguments):
    done = subprocess.run([PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=60, check=False)
    return done.returncode, done.stdout.splitlines(), done.stderr


class ExamplePictures(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def picture(self, name, pixel):
        path = self.folder / name
        path.write_bytes(b"P6\n20 10\n255\n" + bytes(pixel) * 200)
        return str(path)

    def test_names_the_strongest_colour_of_each_picture_in_order(self):
        pixels = [(200, 1, 2), (1, 150, 2), (1, 2, 100), (90, 80, 70), (0, 1, 0)]
        paths = [self.picture(f"{i}.ppm", pixel) for i, pixel in enumerate(pixels)]
        code, lines, errors = run(MODEL, *paths)
        self.assertEqual(0, code, errors)
        expected = [f"stream_{i % 2} {path}: output {pixel.index(max(pixel))} is the largest, "
                    f"{max(pixel)}.000" for i, (path, pixel) in enumerate(zip(paths, pixels))]
        expected.append(f"again {paths[-1]}: output 1 is the largest, 1.000")
        self.assertEqual(expected, lines)

    def test_says_what_is_wrong(self):
        good = self.picture("good.ppm", (1, 2, 3))
        text = self.folder / "text.ppm"
        text.write_text("P6\n20 10\n255\nshort")
        code, _, errors = run(MODEL, good, str(text))
        self.assertEqual(1, code)
        self.assertIn("text.ppm: not a binary PPM file", errors)
        code, _, errors = run(str(text), good)
        self.assertEqual(1, code)
        self.assertIn("text.ppm", errors)
        self.assertEqual(2, run(MODEL)[0])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
