#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A program outside the tree compiles and runs with what `meson install` and pkg-config give it."""
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

build, source, program, prefix, libdir, *compiler = sys.argv[1:]


def output_of(command, **environment):
    done = subprocess.run(command, env={**os.environ, **environment}, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        sys.exit(f"{shlex.join(map(str, command))}\n{done.stdout}")
    return done.stdout


with tempfile.TemporaryDirectory() as folder:
    output_of(["meson", "install", "-C", build, "--no-rebuild", "--destdir", folder])
    root = pathlib.Path(folder + prefix)
    lib = root / libdir
    # The prefix of the .pc file is where it would be, so it is moved to where it is.
    flags = output_of(
        ["pkg-config", f"--define-variable=prefix={root}", "--cflags", "--libs", "inferserver"],
        PKG_CONFIG_PATH=str(lib / "pkgconfig"))
    built = pathlib.Path(folder) / "consumer"
    output_of([*compiler, "-std=c++17", "-Wall", "-Wextra", "-Werror",
               pathlib.Path(source) / program, "-o", built, *shlex.split(flags)])
    print(output_of([built], LD_LIBRARY_PATH=str(lib)), end="")

    # Every public header compiles alone.
    include = root / "include" / "inferserver"
    headers = sorted(include.rglob("*.h"))
    if not headers:
        sys.exit(f"no headers in {include}")
    for header in headers:
        output_of([*compiler, "-std=c++17", "-fsyntax-only", "-Wall", "-Wextra", "-Werror",
                   "-include", header, "-x", "c++", "/dev/null", f"-I{include}"])
    print(f"{len(headers)} headers compile alone")
