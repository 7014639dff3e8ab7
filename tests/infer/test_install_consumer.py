#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Programs outside the tree compile and run with what `meson install` and pkg-config give them."""
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

build, source, prefix, libdir, *compiler = sys.argv[1:]
source = pathlib.Path(source)
data = source / "tests" / "data"
# Program, its arguments, and the packages it needs beside ours.
PROGRAMS = [("tests/infer/install_consumer.cpp", [], []),
            ("tests/video/contrib_consumer.cpp",
             [data / "mean_rgb.onnx", data / "mean_rgb.onnx"], ["opencv4"])]
# Headers that need another package's.
NEEDS = {"opencv_frame.h": "opencv4"}


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
    flags = shlex.split(output_of(
        ["pkg-config", f"--define-variable=prefix={root}", "--cflags", "--libs", "inferserver"],
        PKG_CONFIG_PATH=str(lib / "pkgconfig")))

    def headers_of(package):
        """Their headers as system headers, whose warnings are not ours."""
        words = shlex.split(output_of(["pkg-config", "--cflags", package]))
        return [word.replace("-I", "-isystem", 1) for word in words]

    for program, arguments, packages in PROGRAMS:
        built = pathlib.Path(folder) / "consumer"
        # Of OpenCV its core alone: opencv4.pc names every module.
        others = [word for package in packages for word in headers_of(package)]
        others += ["-lopencv_core"] if "opencv4" in packages else []
        output_of([*compiler, "-std=c++17", "-Wall", "-Wextra", "-Werror",
                   source / program, "-o", built, *flags, *others])
        print(output_of([built, *arguments], LD_LIBRARY_PATH=str(lib)), end="")

    # The example, from where it is installed, as the README compiles it.
    example = root / "share/doc/inferserver/examples/pictures.cpp"
    picture = pathlib.Path(folder) / "red.ppm"
    picture.write_bytes(b"P6\n1 1\n255\n\xff\x00\x00")
    output_of([*compiler, "-std=c++17", "-Wall", "-Wextra", "-Werror", example, "-o",
               pathlib.Path(folder) / "pictures", *flags])
    print(output_of([pathlib.Path(folder) / "pictures", data / "mean_rgb.onnx", picture],
                    LD_LIBRARY_PATH=str(lib)), end="")

    # An older standard is named as the reason.
    old = subprocess.run([*compiler, "-std=c++14", "-fsyntax-only", "-x", "c++", "-", *flags],
                         input="#include <infer_server.h>", text=True, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, check=False)
    if old.returncode == 0 or "needs C++17" not in old.stdout:
        sys.exit(f"C++14 is not refused with a reason:\n{old.stdout}")

    # Every public header compiles alone.
    include = root / "include" / "inferserver"
    headers = sorted(include.rglob("*.h"))
    if not headers:
        sys.exit(f"no headers in {include}")
    for header in headers:
        others = headers_of(NEEDS[header.name]) if header.name in NEEDS else []
        output_of([*compiler, "-std=c++17", "-fsyntax-only", "-Wall", "-Wextra", "-Werror",
                   "-include", header, "-x", "c++", "/dev/null", f"-I{include}", *others])
    print(f"{len(headers)} headers compile alone")

    # The interface of custom post-processors is C, and the sample needs nothing but the header.
    output_of([*compiler, "-x", "c", "-std=c99", "-pedantic", "-fsyntax-only", "-Wall", "-Wextra",
               "-Werror", include / "inferserver_postprocess.h"])
    output_of([*compiler, "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror",
               source / "pipelines/custom_postprocess/person_boxes.cpp", "-o",
               pathlib.Path(folder) / "person_boxes.so",
               *[flag for flag in flags if flag.startswith("-I")]])
    print("the sample of a custom post-processor compiles")
