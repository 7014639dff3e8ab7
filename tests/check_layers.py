#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails when a folder includes a folder above it, or the core includes GLib or GStreamer."""
import pathlib
import re
import sys

ORDER = ['devices', 'infer', 'video', 'gst']
root = pathlib.Path(sys.argv[1])


def public_headers():
    """Public headers are included without their folder: header name -> rank of its folder."""
    ranks = {}
    for rank, folder in enumerate(ORDER):
        include = root / folder / 'include'
        for path in include.rglob('*.h') if include.is_dir() else ():
            ranks[str(path.relative_to(include))] = rank
    return ranks


def problems():
    public = public_headers()
    for rank, folder in enumerate(ORDER):
        for path in sorted((root / folder).rglob('*')):
            if path.suffix not in ('.h', '.cpp'):
                continue
            for number, line in enumerate(path.read_text().splitlines(), 1):
                match = re.match(r'#include (["<])([^">]+)[">]', line)
                if not match:
                    continue
                quoted, name = match.group(1) == '"', match.group(2)
                top = name.split('/')[0]
                where = f'{path.relative_to(root)}:{number}'
                if quoted and top in ORDER[rank + 1:]:
                    yield f'{where}: {folder}/ may not include {top}/'
                if quoted and public.get(name, 0) > rank:
                    yield f'{where}: {folder}/ may not include {name} of a layer above'
                if folder != 'gst' and not quoted and top in ('gst', 'glib.h', 'glib-object.h'):
                    yield f'{where}: only gst/ may include GLib or GStreamer'


found = list(problems())
print('\n'.join(found))
sys.exit(1 if found else 0)
