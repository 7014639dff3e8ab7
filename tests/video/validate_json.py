#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks JSON Lines and model descriptions against their schemas.

validate_json.py SOURCE_ROOT PROGRAM: validates what PROGRAM prints, lines that must be refused, and
model descriptions that must pass or be refused. Exit code 77 (skipped) without python3-jsonschema.
"""
import copy
import json
import pathlib
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    print('skipped: python3-jsonschema is not installed')
    sys.exit(77)

ROOT = pathlib.Path(sys.argv[1])
failures = []


def validator(name):
    schema = json.loads((ROOT / 'video' / name).read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def expect(valid, schema, value, what):
    errors = [error.message for error in schema.iter_errors(value)]
    if bool(errors) == valid:
        failures.append(f'{what}: ' + ('; '.join(errors) if errors else 'was not refused'))


def strict(text):
    """JSON has no NaN or Infinity, whatever Python's reader takes."""
    def refuse(constant):
        raise ValueError(constant)
    return json.loads(text, parse_constant=refuse)


lines_schema = validator('json_lines.schema.json')
printed = subprocess.run([sys.argv[2]], check=True, capture_output=True).stdout.decode('utf-8')
lines = [strict(line) for line in printed.splitlines()]
assert len(lines) >= 3, printed
for number, line in enumerate(lines):
    expect(True, lines_schema, line, f'line {number}')

full = max(lines, key=lambda line: len(line['objects']))
assert len(full['objects']) == 2
for level in (full, full['objects'][0], full['objects'][0]['box'], full['inference'][0],
              full['attributes'][0], full['objects'][0]['keypoints'][0],
              full['objects'][1]['mask'], full['inference'][0]['mask']['classes'][0]):
    for key in list(level):  # Every key is required, and no other is allowed.
        value = level.pop(key)
        expect(False, lines_schema, full, f'without {key}')
        level[key] = value
    level['another'] = 1
    expect(False, lines_schema, full, 'with another key')
    del level['another']
for mask in (full['inference'][0]['mask'], full['objects'][1]['mask']):
    if sum(mask['runs'][1::2]) != mask['width'] * mask['height']:
        failures.append(f'{mask} has not all of its cells')
for path, bad in ((['schema_version'], 2), (['frame'], -1), (['pts_ns'], 0.5), (['objects'], None),
                  (['inference', 0, 'status'], 'done'), (['objects', 0, 'id'], 0),
                  (['objects', 1, 'mask', 'runs'], [0.5, 1]), (['objects', 1, 'mask', 'width'], 0),
                  (['inference', 0, 'embedding'], []),
                  (['objects', 0, 'score'], 1.5), (['objects', 0, 'parent_id'], -1)):
    line = copy.deepcopy(full)
    at = line
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = bad
    expect(False, lines_schema, line, f'{path} = {bad}')

config_schema = validator('model_config.schema.json')
for good in ({}, {'postprocess': 'yolox', 'labels': 'coco.txt', 'threshold': 0.3},
             {'labels': ['a', 'b'], 'threshold': 'a:0.5,0.25', 'mean': [104, 117, 123], 'std': 128,
              'keep_aspect_ratio': True, 'color_order': 'gray', 'max_objects': 10}):
    expect(True, config_schema, good, str(good))
for bad in ({'treshold': 0.3}, {'threshold': 2}, {'mean': [1, 2]}, {'labels': []}, [],
            {'keep_aspect_ratio': 1}, {'color_order': 'grb'}, {'max_objects': 1.5}):
    expect(False, config_schema, bad, str(bad))
for described in sorted((ROOT / 'pipelines').rglob('*.json')):
    if described.with_suffix('.onnx').exists():
        expect(True, config_schema, json.loads(described.read_text()), str(described))

print('\n'.join(failures) or f'{len(lines)} lines and the descriptions fit their schemas')
sys.exit(1 if failures else 0)
