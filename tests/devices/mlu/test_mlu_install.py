#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A program outside the tree is built against CNRT by pkg-config and runs: from an installed prefix and from the build tree. The installed
headers are C, and the library exports C functions and its marker only.

test_mlu_install.py BUILD SOURCE PREFIX LIBDIR COMPILER…
"""
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

build, source, prefix, libdir, *compiler = sys.argv[1:]
HERE = pathlib.Path(source) / 'tests/devices/mlu'
MODEL = pathlib.Path(source) / 'tests/data/mean_rgb.onnx'


def output_of(command, **environment):
    done = subprocess.run(command, env={**os.environ, **environment}, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        sys.exit(f'{shlex.join(map(str, command))}\n{done.stdout}')
    return done.stdout


def flags_of(folder, *options):
    return shlex.split(output_of(['pkg-config', *options, '--cflags', '--libs', 'inferserver-cnrt'],
                                 PKG_CONFIG_PATH=str(folder)))


def build_and_run(program, flags):
    if '-lcnrt' not in flags:
        sys.exit(f'not linked by -lcnrt: {flags}')
    output_of([*compiler, '-std=c++17', '-Wall', '-Wextra', '-Werror', HERE / 'install_consumer.cpp', '-o', program, *flags])
    # The run path is in the flags: no LD_LIBRARY_PATH.
    clean = {name: value for name, value in os.environ.items() if name != 'LD_LIBRARY_PATH'}
    done = subprocess.run([program, MODEL], env=clean, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0 or done.stdout != 'means 1 2 3\n':
        sys.exit(f'{program}: {done.returncode} {done.stdout}')
    if 'libinferserver-mlu.so.0' not in output_of(['readelf', '-d', program]):
        sys.exit(f'{program} is linked to something else')
    print(f'{program.name}: {done.stdout}', end='')


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    output_of(['meson', 'install', '-C', build, '--no-rebuild', '--destdir', folder / 'stage'])
    root = pathlib.Path(f'{folder}/stage{prefix}')
    mlu = root / libdir / 'inferserver' / 'mlu'
    build_and_run(folder / 'installed', flags_of(root / libdir / 'pkgconfig', f'--define-variable=prefix={root}'))
    build_and_run(folder / 'from-the-build', flags_of(pathlib.Path(build) / 'meson-uninstalled'))
    include = root / 'include/inferserver-cnrt'
    output_of([*compiler, '-x', 'c', '-std=c11', '-Wall', '-Wextra', '-Werror', '-fsyntax-only', f'-I{include}', HERE / 'headers.c'])
    symbols = output_of(['nm', '-D', '--defined-only', mlu / 'libinferserver-mlu.so.0'])
    wrong = [line for line in symbols.splitlines()
             if not line.split()[-1].startswith(('cnrt', 'cncodec', 'inferserver_mlu_marker'))]
    if wrong or 'inferserver_mlu_marker' not in symbols:
        sys.exit(f'exported: {wrong}')
    if (mlu / 'libcnrt.so').readlink() != pathlib.Path('libinferserver-mlu.so.0'):
        sys.exit('libcnrt.so is not a link to the library')
