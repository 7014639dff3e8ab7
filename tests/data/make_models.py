#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the tiny ONNX files of this folder: make_models.py FOLDER. Needs python3-onnx and numpy.

dynamic_detector.onnx  A detector with an open batch dimension, in the raw layout of YOLOX.
two_in_two_out.onnx    Two inputs of different shapes, two outputs; the outputs' order is not that in
                       which their nodes come.
fixed_batch.onnx       An input whose batch is fixed at 4.
open_size.onnx         Leaves height and width open.
u8_input.onnx          Takes bytes and gives 64-bit indices.
unknown_op.onnx        Needs an operator that no engine has.
mixes_batch.onnx       Its result for one item depends on the others of the batch.
refuses_batch.onnx     Joins its input with a constant of batch 1.
constant.onnx          Gives the same output for every input.
bare_input.onnx        An input without a batch dimension.
mean_rgb.onnx          The mean of each of three channels of a picture.
mean_rgba.onnx         The same of four.
"""
import pathlib
import sys

import numpy as np
import onnx
import onnx.checker
from onnx import TensorProto, helper, numpy_helper

CLASSES = 2


def model(name, nodes, inputs, outputs, initializers=()):
    graph = helper.make_graph(
        nodes, name, inputs, outputs,
        [numpy_helper.from_array(value, key) for key, value in initializers])
    made = helper.make_model(graph, producer_name='make_models.py',
                             opset_imports=[helper.make_opsetid('', 11)])
    made.ir_version = 7
    return made


def tensor(name, shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def dynamic_detector():
    """images[N,3,64,64], 0..255 → output[N,84,7]: 64 + 16 + 4 anchors of strides 8, 16, 32, each
    x, y, w, h (raw), objectness, 2 classes (after sigmoid). A bright cell is an object of class 0, a
    dark one of class 1, medium grey is nothing: objectness = sigmoid(12·|v| − 5) with v = −1..1 the
    mean of the cell, made of two ReLUs; boxes are as large as the cell."""
    nodes, weights, parts = [], [], []
    rng = np.random.default_rng(7)

    def conv(source, target, weight, bias, stride=1):
        weights.extend([(target + '_w', weight.astype(np.float32)),
                        (target + '_b', bias.astype(np.float32))])
        nodes.append(helper.make_node('Conv', [source, target + '_w', target + '_b'], [target],
                                      kernel_shape=list(weight.shape[2:]),
                                      strides=[stride, stride]))

    # v = mean of the 8×8 cell over its channels, scaled to −1..1, then +v and −v through ReLU.
    mean = np.full((2, 3, 8, 8), 1 / (3 * 64 * 127.5)) * np.array([1, -1]).reshape(2, 1, 1, 1)
    mean *= 1 + 0.02 * rng.standard_normal((1, 3, 8, 8))
    conv('images', 'cell_8', mean, np.array([-1, 1]), stride=8)
    for stride in (8, 16, 32):
        cell = f'cell_{stride}'
        if stride > 8:
            nodes.append(helper.make_node('AveragePool', [f'cell_{stride // 2}'], [cell],
                                          kernel_shape=[2, 2], strides=[2, 2]))
        nodes.append(helper.make_node('Relu', [cell], [cell + '_pos']))
        head = np.zeros((5 + CLASSES, 2, 1, 1))
        bias = np.array([0.5, 0.5, 0, 0, -5, -3, -3])
        head[4] = 12
        head[0, 0] = 0.1
        head[5, 0] = head[6, 1] = 9
        boxes, scores = f'boxes_{stride}', f'scores_{stride}'
        conv(cell + '_pos', boxes, head[:4], bias[:4])
        conv(cell + '_pos', scores + '_raw', head[4:], bias[4:])
        nodes.append(helper.make_node('Sigmoid', [scores + '_raw'], [scores]))
        nodes.append(helper.make_node('Concat', [boxes, scores], [f'head_{stride}'], axis=1))
        nodes.append(helper.make_node('Reshape', [f'head_{stride}', 'flat'], [f'flat_{stride}']))
        parts.append(f'flat_{stride}')
    weights.append(('flat', np.array([0, 5 + CLASSES, -1], np.int64)))
    nodes.append(helper.make_node('Concat', parts, ['all'], axis=2))
    nodes.append(helper.make_node('Transpose', ['all'], ['output'], perm=[0, 2, 1]))
    return model('dynamic_detector', nodes, [tensor('images', ['N', 3, 64, 64])],
                 [tensor('output', ['N', 84, 5 + CLASSES])], weights)


def two_in_two_out():
    """a[1,3,4,4], b[1,2] → second[1,2] = 2·b, first[1,3,4,4] = a + 1. The file lists first, second."""
    nodes = [helper.make_node('Mul', ['b', 'two'], ['second'], name='doubles'),
             helper.make_node('Add', ['a', 'one'], ['first'], name='increments')]
    return model('two_in_two_out', nodes, [tensor('a', [1, 3, 4, 4]), tensor('b', [1, 2])],
                 [tensor('first', [1, 3, 4, 4]), tensor('second', [1, 2])],
                 [('two', np.array([2], np.float32)), ('one', np.array([1], np.float32))])


def fixed_batch():
    """x[4,2,3,3] → y[4,1,3,3]: the sum of the channels."""
    nodes = [helper.make_node('Conv', ['x', 'w'], ['y'], kernel_shape=[1, 1])]
    return model('fixed_batch', nodes, [tensor('x', [4, 2, 3, 3])], [tensor('y', [4, 1, 3, 3])],
                 [('w', np.ones((1, 2, 1, 1), np.float32))])


def open_size():
    """x[N,1,H,W] → y[N,1,H,W]: twice the input."""
    nodes = [helper.make_node('Conv', ['x', 'w'], ['y'], kernel_shape=[1, 1])]
    return model('open_size', nodes, [tensor('x', ['N', 1, 'H', 'W'])],
                 [tensor('y', ['N', 1, 'H', 'W'])], [('w', np.full((1, 1, 1, 1), 2, np.float32))])


def u8_input():
    """x u8[1,4] → y i64[1,4]: 3·x."""
    nodes = [helper.make_node('Cast', ['x'], ['f'], to=TensorProto.FLOAT),
             helper.make_node('Mul', ['f', 'three'], ['g']),
             helper.make_node('Cast', ['g'], ['y'], to=TensorProto.INT64)]
    return model('u8_input', nodes, [tensor('x', [1, 4], TensorProto.UINT8)],
                 [tensor('y', [1, 4], TensorProto.INT64)], [('three', np.array([3], np.float32))])


def unknown_op():
    nodes = [helper.make_node('Relu', ['x'], ['r']),
             helper.make_node('SpectralGate', ['r'], ['y'], name='gate', domain='org.example')]
    made = model('unknown_op', nodes, [tensor('x', [1, 4])], [tensor('y', [1, 4])])
    made.opset_import.append(helper.make_opsetid('org.example', 1))
    return made


def mixes_batch():
    """x[N,2,2,2] → y[N,2,2,2] = 2·x · softmax over the batch."""
    nodes = [helper.make_node('Conv', ['x', 'w'], ['c'], kernel_shape=[1, 1], group=2),
             helper.make_node('Softmax', ['c'], ['s'], axis=0),
             helper.make_node('Mul', ['c', 's'], ['y'])]
    made = model('mixes_batch', nodes, [tensor('x', ['N', 2, 2, 2])],
                 [tensor('y', ['N', 2, 2, 2])], [('w', np.full((2, 1, 1, 1), 2, np.float32))])
    made.opset_import[0].version = 13  # Softmax over one axis.
    return made


def refuses_batch():
    """x[1,1,2,2] → y[1,2,2,2]: 2·x with a constant plane behind it."""
    nodes = [helper.make_node('Conv', ['x', 'w'], ['d'], kernel_shape=[1, 1]),
             helper.make_node('Concat', ['d', 'c'], ['y'], axis=1)]
    return model('refuses_batch', nodes, [tensor('x', [1, 1, 2, 2])], [tensor('y', [1, 2, 2, 2])],
                 [('w', np.full((1, 1, 1, 1), 2, np.float32)),
                  ('c', np.full((1, 1, 2, 2), 3, np.float32))])


def constant():
    """x[N,1,2,2] → y[N,1,2,2] = 5."""
    return model('constant', [helper.make_node('Conv', ['x', 'w', 'b'], ['y'], kernel_shape=[1, 1])],
                 [tensor('x', ['N', 1, 2, 2])], [tensor('y', ['N', 1, 2, 2])],
                 [('w', np.zeros((1, 1, 1, 1), np.float32)), ('b', np.array([5], np.float32))])


def bare_input():
    """boxes[5,2] → corners[2,5]: transposed."""
    return model('bare_input', [helper.make_node('Transpose', ['boxes'], ['corners'], perm=[1, 0])],
                 [tensor('boxes', [5, 2])], [tensor('corners', [2, 5])])


def mean_of(channels):
    """x[N,channels,8,8] → y[N,channels,1,1]: the mean of each channel."""
    return model('mean', [helper.make_node('AveragePool', ['x'], ['y'], kernel_shape=[8, 8])],
                 [tensor('x', ['N', channels, 8, 8])], [tensor('y', ['N', channels, 1, 1])])


def mean_rgb():
    return mean_of(3)


def mean_rgba():
    return mean_of(4)


folder = pathlib.Path(sys.argv[1])
for make in (dynamic_detector, two_in_two_out, fixed_batch, open_size, u8_input, unknown_op,
             mixes_batch, refuses_batch, constant, bare_input, mean_rgb, mean_rgba):
    made = make()
    if make is not unknown_op:
        onnx.checker.check_model(made)
    (folder / (make.__name__ + '.onnx')).write_bytes(made.SerializeToString())
