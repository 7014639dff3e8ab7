#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A program outside the tree is built against AscendCL by pkg-config: from an installed prefix, from the build tree, and against one
library name alone; the installed headers are C."""
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

build, source, prefix, libdir, *compiler = sys.argv[1:]
PROGRAM = pathlib.Path(source) / 'tests/devices/acl/install_consumer.cpp'
HEADERS = pathlib.Path(source) / 'tests/devices/acl/headers.c'


def output_of(command, **environment):
    done = subprocess.run(command, env={**os.environ, **environment}, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        sys.exit(f'{shlex.join(map(str, command))}\n{done.stdout}')
    return done.stdout


def flags_of(folder, *options):
    return shlex.split(output_of(['pkg-config', *options, '--cflags', '--libs', 'inferserver-ascendcl'],
                                 PKG_CONFIG_PATH=str(folder)))


def build_and_run(program, flags):
    output_of([*compiler, '-std=c++17', '-Wall', '-Wextra', '-Werror', PROGRAM, '-o', program, *flags, '-pthread'])
    # The run path is in the flags: no LD_LIBRARY_PATH.
    clean = {name: value for name, value in os.environ.items() if name != 'LD_LIBRARY_PATH'}
    done = subprocess.run([program], env=clean, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0 or 'hello on Ascend' not in done.stdout:
        sys.exit(f'{program}: {done.stdout}')
    print(f'{program.name}: {done.stdout}', end='')


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    output_of(['meson', 'install', '-C', build, '--no-rebuild', '--destdir', folder / 'stage'])
    root = pathlib.Path(f'{folder}/stage{prefix}')
    acl = root / libdir / 'inferserver' / 'acl'
    flags = flags_of(root / libdir / 'pkgconfig', f'--define-variable=prefix={root}')
    build_and_run(folder / 'installed', flags)
    build_and_run(folder / 'from-the-build', flags_of(pathlib.Path(build) / 'meson-uninstalled'))
    # As a program that was linked to one of the vendor's libraries finds it when the others are absent.
    for link in acl.glob('lib*.so'):
        if link.name not in ('libascendcl.so', 'libinferserver-acl.so'):
            link.unlink()
    one = [flag for flag in flags if not flag.startswith('-lacl_')]
    build_and_run(folder / 'one-name', one)
    program = output_of(['readelf', '-d', folder / 'one-name'])
    if 'libinferserver-acl.so.0' not in program:
        sys.exit(f'linked to something else:\n{program}')
    include = root / 'include/inferserver-ascendcl'
    output_of([*compiler, '-x', 'c', '-std=c11', '-Wall', '-Wextra', '-Werror', '-fsyntax-only', f'-I{include}', HEADERS])
