# SPDX-License-Identifier: Apache-2.0
"""Reference boxes of persons: a public detector run on overlapping tiles of each frame.

People in the clip are 30 to 130 pixels high, too small for one 416-pixel picture of the whole
frame, so every frame is read as seven pictures and the results are joined.
"""

import cv2
import numpy as np

SIZE = 416
PERSON = 0  # COCO-80 class.
FRAME_WIDTH, FRAME_HEIGHT = 768, 576
# x, y, width, height of each picture given to the network.
TILES = [(0, 0, 768, 576)] + [(x, y, 320, 320) for y in (0, 256) for x in (0, 224, 448)]


def _grid():
    cells = []
    for stride in (8, 16, 32):
        n = SIZE // stride
        ys, xs = np.mgrid[0:n, 0:n]
        cells.append(np.stack([xs.ravel(), ys.ravel(), np.full(n * n, stride)], 1))
    return np.concatenate(cells).astype(np.float32)


def _detect(net, grid, picture, low):
    """Boxes x1 y1 x2 y2 score of `picture`, in its own pixels."""
    scale = min(SIZE / picture.shape[1], SIZE / picture.shape[0])
    w, h = round(picture.shape[1] * scale), round(picture.shape[0] * scale)
    canvas = np.full((SIZE, SIZE, 3), 114, np.uint8)
    canvas[:h, :w] = cv2.resize(picture, (w, h), interpolation=cv2.INTER_LINEAR)
    net.setInput(canvas.transpose(2, 0, 1)[None].astype(np.float32))
    out = net.forward()[0]
    score = out[:, 4] * out[:, 5 + PERSON]
    keep = (score >= low) & (out[:, 5:].argmax(1) == PERSON)
    out, cell, score = out[keep], grid[keep], score[keep]
    centre = (out[:, :2] + cell[:, :2]) * cell[:, 2:]
    size = np.exp(out[:, 2:4]) * cell[:, 2:]
    corners = np.concatenate([centre - size / 2, centre + size / 2], 1) / scale
    return np.concatenate([corners, score[:, None]], 1)


def iou(a, b):
    """Intersection over union, and intersection over the smaller area, of every pair."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:4], b[None, :, 2:4])
    both = np.clip(high - low, 0, None).prod(2)
    area_a = (a[:, 2:4] - a[:, :2]).prod(1)[:, None]
    area_b = (b[:, 2:4] - b[:, :2]).prod(1)[None]
    return both / (area_a + area_b - both + 1e-9), both / (np.minimum(area_a, area_b) + 1e-9)


def suppress(boxes, overlap, inside=1.1):
    """Greedy NMS; a box that lies in a better one by the share `inside` goes as well."""
    boxes = boxes[np.argsort(-boxes[:, 4], kind="stable")]
    if not len(boxes):
        return boxes
    union, smaller = iou(boxes, boxes)
    alive = np.ones(len(boxes), bool)
    for i in range(len(boxes)):
        if alive[i]:
            alive[i + 1:] &= (union[i, i + 1:] <= overlap) & (smaller[i, i + 1:] <= inside)
    return boxes[alive]


def label(frame, net, grid, low):
    """Boxes x1 y1 x2 y2 score of the persons of one frame, best first."""
    found = []
    for x, y, w, h in TILES:
        boxes = _detect(net, grid, frame[y:y + h, x:x + w], low)
        boxes[:, :4] += (x, y, x, y)
        # A box cut by the edge between two tiles is whole in the neighbour.
        cut = np.zeros(len(boxes), bool)
        if x > 0:
            cut |= boxes[:, 0] < x + 3
        if y > 0:
            cut |= boxes[:, 1] < y + 3
        if x + w < FRAME_WIDTH:
            cut |= boxes[:, 2] > x + w - 3
        if y + h < FRAME_HEIGHT:
            cut |= boxes[:, 3] > y + h - 3
        found.append(boxes[~cut])
    boxes = np.concatenate(found)
    boxes[:, 0:4:2] = boxes[:, 0:4:2].clip(0, FRAME_WIDTH)
    boxes[:, 1:4:2] = boxes[:, 1:4:2].clip(0, FRAME_HEIGHT)
    return suppress(boxes, 0.5, 0.8)


def label_clip(frames, model, low, progress):
    """Reference boxes of every frame; `model` is yolox_nano_416.onnx."""
    cv2.setNumThreads(1)
    net, grid = cv2.dnn.readNetFromONNX(model), _grid()
    boxes = []
    for i, frame in enumerate(frames):
        boxes.append(label(frame, net, grid, low))
        progress(i + 1, len(frames))
    return boxes
