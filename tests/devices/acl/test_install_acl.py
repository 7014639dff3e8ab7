#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Programs of AscendCL's user compile and run with what `meson install` and inferserver-ascendcl.pc give them.

test_install_acl.py BUILD SOURCE PREFIX LIBDIR COMPILER…
"""
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

build, source, prefix, libdir, *compiler = sys.argv[1:]
source = pathlib.Path(source)
# Program, and the arguments of each of its runs.
MODEL = source / 'tests/data/mean_rgb.onnx'
PROGRAMS = [('async_inference.cpp', [[MODEL, '1'], [MODEL, '10'], [MODEL, '0']]),
            ('classify.cpp', [[MODEL, 'op_models']])]


def output_of(command, folder=None, **environment):
    done = subprocess.run(command, cwd=folder, env={**os.environ, **environment}, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        sys.exit(f'{shlex.join(map(str, command))}: {done.returncode}\n{done.stdout}')
    return done.stdout


with tempfile.TemporaryDirectory() as folder:
    output_of(['meson', 'install', '-C', build, '--no-rebuild', '--destdir', folder])
    root = pathlib.Path(folder + prefix)
    # The prefix of the .pc file is where it would be, so it is moved to where it is. That puts the run path
    # right, too: nothing says where the library is when the program runs.
    flags = shlex.split(output_of(
        ['pkg-config', f'--define-variable=prefix={root}', '--cflags', '--libs', 'inferserver-ascendcl'],
        PKG_CONFIG_PATH=str(root / libdir / 'pkgconfig')))
    # Relative to where the programs run, as they have it. In strict mode only what is described is executed.
    print(output_of([root / 'bin/inferserver-atc', f"--singleop={source / 'tests/devices/acl/op_list.json'}",
                     '--output=op_models', '--soc_version=Ascend310P3'], folder), end='')
    for program, runs in PROGRAMS:
        built = pathlib.Path(folder) / program.split('.', maxsplit=1)[0]
        output_of([*compiler, '-std=c++17', '-Wall', '-Wextra', '-Werror', '-pthread',
                   source / 'tests/devices/acl' / program, '-o', built, *flags])
        for arguments in runs:
            for mode in 'host', 'device':
                print(mode, output_of([built, *arguments], folder, INFERSERVER_ACL_RUN_MODE=mode,
                                      INFERSERVER_ACL_STRICT='1'), end='')
